# The lock for people and for the host's own commands (cron, the scheduler, the runner).

# How long `with-lock` waits unless told, and how long the lock outlives a command that was killed (seconds).
LOCK_WAIT_SECONDS=1800
COMMAND_LEASE_SECONDS=60

# holder_lines KIND LEASE TEXT : TEXT is the command, or the reason.
holder_lines() {
  lines_by=$(id -un 2>/dev/null || id -u)
  lines_since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  lines_text=$(printf '%s' "$3" | tr '\t\n' '  ')
  case $1 in
  hold) lines_words="a hold of $lines_by: $lines_text, since $lines_since" ;;
  *) lines_words="the command \"$lines_text\" of $lines_by, since $lines_since" ;;
  esac
  printf 'kind\t%s\nlease\t%s\ntold\t-\t%s\t%s\t%s\nwords\t%s\n' "$1" "$2" "$lines_by" "$lines_text" "$lines_since" "$lines_words"
}

random_token() {
  head -c 16 /dev/urandom | sha256sum | cut -c 1-16
}

# person_hold REASON : never over a deployment that has not ended, because a hold keeps its rollback off too.
person_hold() {
  mkdir -p "$STATE_DIR/lock" || return 1
  hold_token=$(random_token)
  lock_try "$STATE_DIR/lock" "$hold_token" "$(holder_lines hold 0 "$1")" || {
    [ $? != "$UNWRITABLE_CODE" ] || return 1
    printf '%s\n' "Not held: the project is in use by $holder_words. Try again when that has ended." >&2
    return "$BUSY_CODE"
  }
  end_leftovers
  # A rollback that failed is over, and keeps nobody off.
  hold_unfinished=$(unfinished | grep -v ' rollback_failed$' | head -n 1)
  [ -z "$hold_unfinished" ] || {
    lock_release "$STATE_DIR/lock" "$hold_token"
    echo "Not held: deployment ${hold_unfinished%% *} has not ended (${hold_unfinished#* }). First roll it back: sh $STATE_DIR/host.sh rollback ${hold_unfinished%% *}" >&2
    return "$BUSY_CODE"
  }
  echo "Held: no deployment begins, and no command runs under the lock, until: sh $STATE_DIR/host.sh release"
}

person_release() {
  if lock_over "$STATE_DIR/lock"; then
    echo "There is no hold."
  elif [ "$holder_kind" != hold ]; then
    printf '%s\n' "There is no hold: the project is in use by $holder_words, which ends by itself." >&2
    return "$BUSY_CODE"
  else
    # The line of a hold that another account took cannot be written over; that it is released stands beside it then.
    lock_end "$STATE_DIR/lock" "$LOCK_TOP"
    lock_over "$STATE_DIR/lock" && echo "Released: deployments may begin again."
  fi
}

# with_lock [--wait SECONDS] COMMAND ARG… : with the command's own exit code, or BUSY_CODE when it never was its turn.
# Called from within a deployment, or from within itself, it does not wait for the lock that it works under.
with_lock() {
  with_wait=$LOCK_WAIT_SECONDS
  if [ "${1-}" = --wait ]; then
    number "${2-}" || usage || return
    with_wait=$2
    shift 2
  fi
  [ $# -gt 0 ] || usage || return
  if [ -n "${CLOSED_LOOP_LOCK_TOKEN-}" ]; then
    lock_holds "$STATE_DIR/lock" "$CLOSED_LOOP_LOCK_TOKEN" || {
      echo "closed-loop: what called this command no longer holds the lock of ${STATE_DIR%/*}; not run" >&2
      return "$BUSY_CODE"
    }
    as_caller "$@"
  fi
  CLOSED_LOOP_LOCK_TOKEN=$(random_token)
  export CLOSED_LOOP_LOCK_TOKEN
  mkdir -p "$STATE_DIR/lock" || return 1
  wait_for_turn "$*" || return
  run_under_lock "$@"
}

# wait_for_turn WORDS : what would be written of this command is made only once the lock is free: many may wait.
wait_for_turn() {
  turn_shown=
  until lock_over "$STATE_DIR/lock" && lock_try "$STATE_DIR/lock" "$CLOSED_LOOP_LOCK_TOKEN" "$(holder_lines command "$COMMAND_LEASE_SECONDS" "$1")"; do
    [ $? != "$UNWRITABLE_CODE" ] || return 1
    if [ "$with_wait" -le 0 ]; then
      printf '%s\n' "closed-loop: busy, not run: the project is in use by $holder_words" >&2
      return "$BUSY_CODE"
    fi
    [ "$turn_shown" = "$LOCK_TOP" ] ||
      printf '%s\n' "closed-loop: waiting up to $with_wait s: the project is in use by $holder_words" >&2
    turn_shown=$LOCK_TOP
    with_wait=$((with_wait - 1))
    sleep 1
  done
}

# as_caller COMMAND ARG… : becomes the command, in the environment of the caller: a name that this program uses for
# itself may be one that the caller exports.
as_caller() {
  umask "$CALLER_UMASK"
  caller_token=$CLOSED_LOOP_LOCK_TOKEN
  unset LC_ALL
  eval "$CALLER_EXPORTS"
  CLOSED_LOOP_LOCK_TOKEN=$caller_token
  exec "$@"
}

# run_under_lock COMMAND ARG… : in the background, so that a signal is handed on at once and the lock given back.
run_under_lock() {
  exec 3<&0
  as_caller "$@" <&3 3<&- &
  under_command=$!
  exec 3<&-
  trap 'kill -TERM "$under_command" 2>/dev/null' TERM INT HUP
  start_keeper "$under_command" command_renew
  # A signal ends a wait before the command has ended.
  while wait "$under_command"; under_code=$?; kill -0 "$under_command" 2>/dev/null; do :; done
  end_keeper
  lock_release "$STATE_DIR/lock" "$CLOSED_LOOP_LOCK_TOKEN"
  return "$under_code"
}

command_renew() {
  lock_holds "$STATE_DIR/lock" "$CLOSED_LOOP_LOCK_TOKEN" || return
  lock_renew "$STATE_DIR/lock" "$LOCK_TOP"
  return 0
}
