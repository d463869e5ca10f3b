# A transaction lives in <project-dir>/.closed-loop/transactions/<id>/: plan, state, journal, snapshot/, jobs/.
#
# States: begun, snapshotted, prefetched | applying, applied, confirming, promoted | rolling_back,
# rolled_back, rollback_failed | unchanged. Between prefetched and applying lies the mutation boundary.

# open_transaction ID : sets what its verbs and jobs read.
open_transaction() {
  case ${1-} in
  *[!a-z0-9]* | '')
    echo "not a transaction id" >&2
    return 64
    ;;
  esac
  TX=$1
  TX_DIR=$STATE_DIR/transactions/$TX
  [ -f "$TX_DIR/plan" ] || {
    echo "there is no transaction $TX in $STATE_DIR" >&2
    return 64
  }
  use_plan "$(cat "$TX_DIR/plan")"
  # What was secret before the deployment stays so when somebody edits the file meanwhile.
  ENV_PATHS=$ENV_FILE$NEWLINE$TX_DIR/snapshot/env
}

# durable FILE… : as far as the disk; an older sync knows no arguments.
durable() {
  sync "$@" 2>/dev/null || sync
}

# set_state STATE : replaced as a whole, then journaled.
set_state() {
  printf '%s\n' "$1" >"$TX_DIR/state.new" && durable "$TX_DIR/state.new" && mv "$TX_DIR/state.new" "$TX_DIR/state" && journal "$1"
}

state() {
  cat "$TX_DIR/state"
}

# journal WORDS… : stamped with the host's clock, by which nothing is decided.
journal() {
  printf '%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$TX_DIR/journal"
}

# verb_installed SHA256 : whether this very program lies on the host; verb_install puts stdin there.
verb_installed() {
  [ -f "$STATE_DIR/bin/$1.sh" ] && [ "$(sha256sum <"$STATE_DIR/bin/$1.sh" | cut -d ' ' -f 1)" = "$1" ]
}

verb_install() {
  mkdir -p "$STATE_DIR/bin" && cat >"$STATE_DIR/bin/$1.new" || return 1
  [ "$(sha256sum <"$STATE_DIR/bin/$1.new" | cut -d ' ' -f 1)" = "$1" ] || {
    echo "the host program arrived damaged" >&2
    return 1
  }
  mv "$STATE_DIR/bin/$1.new" "$STATE_DIR/bin/$1.sh"
}

# verb_begin ID SHA256 : the plan comes on stdin. Refused (fact unfinished ID STATE) while an earlier
# transaction went past its boundary and did not end: nothing of ours may pile up on a half state.
verb_begin() {
  begin_plan=$(cat)
  for begin_old in "$STATE_DIR"/transactions/*; do
    [ -f "$begin_old/state" ] || continue
    case $(cat "$begin_old/state") in
    applying | applied | confirming | rolling_back)
      fact unfinished "${begin_old##*/}" "$(cat "$begin_old/state")"
      return 1
      ;;
    begun | snapshotted | prefetched) sweep "${begin_old##*/}" ;;
    esac
  done
  use_plan "$begin_plan"
  TX=$1
  TX_DIR=$STATE_DIR/transactions/$TX
  mkdir -p "$STATE_DIR/transactions" && mkdir "$TX_DIR" "$TX_DIR/snapshot" "$TX_DIR/snapshot/files" "$TX_DIR/jobs" || return 1
  # host.sh is what a person types; a running job keeps the program it started with.
  ln -s "bin/$2.sh" "$STATE_DIR/host.sh.$TX" && mv "$STATE_DIR/host.sh.$TX" "$STATE_DIR/host.sh" || return 1
  printf '%s\n' "$begin_plan" >"$TX_DIR/plan"
  printf '%s\n' "$2" >"$TX_DIR/program"
  set_state begun
}

# sweep ID : a transaction that never reached its boundary and that nobody works on any more.
sweep() (
  open_transaction "$1" || exit 0
  for sweep_job in "$TX_DIR"/jobs/*; do
    ! job_alive "$sweep_job" || exit 0
  done
  abandon
)

# abandon : an end before the boundary. Nothing that serves was touched; local tags are put back.
abandon() {
  put_tags_back
  release_images "$TX" '[a-z]*'
  rm -rf "$TX_DIR/docker-config"
  rm -f "$(dirname "$ENV_FILE")/.closed-loop-env.$TX"
  set_state unchanged
}

verb_abandon() {
  open_transaction "$1" || return
  # First: a job that is still at work must not cross the boundary after its state was read here.
  stop_other_jobs
  case $(state) in
  begun | snapshotted | prefetched) abandon ;;
  unchanged) ;;
  *)
    echo "transaction $TX is $(state), past its boundary: only a rollback or a confirmation ends it" >&2
    return 65
    ;;
  esac
}
