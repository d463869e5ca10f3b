# Entry: a job of ours, or a person at the host's shell.

# Compose reads variables from its environment before the env file, so nothing of a login may reach it:
# an exported AI_TRADE_IMAGE would beat every value written to the file.
# A command that only is run under the lock keeps the environment it was called in.
if [ "${CLOSED_LOOP_CLEAN-}" != yes ] && [ "${CLOSED_LOOP_LIBRARY-}" != yes ] && [ "${1-}" != with-lock ]; then
  in_clean_environment sh "$0" "$@"
fi

usage() {
  echo "usage: sh host.sh status         how every deployment ended, and who uses the project now
       sh host.sh rollback ID    rolls transaction ID back to what ran before it
       sh host.sh recover        ends every unfinished deployment: completes a confirmation that was killed, else rolls back
       sh host.sh keep ID        ends transaction ID as it is: what runs now stays, and nothing is touched
       sh host.sh hold REASON    keeps every deployment off until release
       sh host.sh release        ends the hold
       sh host.sh with-lock [--wait SECONDS] COMMAND [ARGUMENT…]
                                 runs COMMAND while no deployment does; code $BUSY_CODE when it never was its turn
                                 (default: after 1800 s)" >&2
  return "$USAGE_CODE"
}

# person_status : every transaction kept here and how it ended, newest last.
person_status() {
  for status_dir in "$STATE_DIR"/transactions/*; do
    [ ! -f "$status_dir/state" ] || printf '%s  %s  %s\n' "$(tail -n 1 "$status_dir/journal" | cut -f 1)" "${status_dir##*/}" "$(cat "$status_dir/state")"
  done | sort
  person_unfinished
  if lock_over "$STATE_DIR/lock"; then echo "The project is free."; else printf '%s\n' "The project is in use by $holder_words."; fi
}

# as_owner ARG… : root becomes the account that deploys here, because what root writes that account could not read.
as_owner() {
  [ "$(id -u)" = 0 ] || return 0
  owner_name=$(stat -c %U "$STATE_DIR")
  [ "$owner_name" != root ] || return 0
  # shellcheck disable=SC2016 # the other shell's words
  exec su -s /bin/sh "$owner_name" -c 'exec sh "$@"' sh "$0" "$@"
}

main() {
  STATE_DIR=$(cd "$(dirname "$0")" && pwd -P) || return 1
  case $STATE_DIR in */bin) STATE_DIR=${STATE_DIR%/bin} ;; esac
  case ${1-}:$#:${2-} in
  job:*) shift && run_job "$@" ;;
  with-lock:*) shift && with_lock "$@" ;;
  status:*) person_status ;;
  # A hold, too, may end what an earlier client left, and writes that down.
  rollback:2:* | keep:2:* | hold:2:* | release:1:* | recover:1:* | recover:2:--at-boot)
    as_owner "$@"
    "person_$1" "${2-}"
    ;;
  *) usage ;;
  esac
}

[ "${CLOSED_LOOP_LIBRARY-}" = yes ] || main "$@"
