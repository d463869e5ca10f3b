# A transaction lives in <project-dir>/.closed-loop/transactions/<id>/: plan, state, journal, snapshot/, jobs/. Its states, and
# which of them lie before the mutation boundary: src/host/protocol/states.ts.

# open_transaction ID : sets what its verbs and jobs read.
open_transaction() {
  TX=${1-}
  TX_DIR=$STATE_DIR/transactions/$TX
  case $TX in *[!a-z0-9]* | '') false ;; *) [ -f "$TX_DIR/plan" ] ;; esac || {
    echo "there is no transaction $TX in $STATE_DIR" >&2
    return "$USAGE_CODE"
  }
  opened_plan=
  while IFS= read -r opened_line || [ -n "$opened_line" ]; do opened_plan=$opened_plan$opened_line$NEWLINE; done <"$TX_DIR/plan"
  use_plan "$opened_plan"
  [ -z "$RELEASE_DIR" ] || RELEASE_DIR=$TX_DIR/release
  # What was secret before the deployment stays so when somebody edits the file meanwhile.
  ENV_PATHS=$ENV_FILE$NEWLINE$TX_DIR/snapshot/env
}

# durable FILE… : as far as the disk; an older sync knows no arguments.
durable() {
  sync "$@" 2>/dev/null || sync
}

# set_state STATE : replaced as a whole or not at all, and known after a power cut; then journaled, where that can be.
set_state() {
  printf '%s\n' "$1" >"$TX_DIR/state.new" && durable "$TX_DIR/state.new" && mv "$TX_DIR/state.new" "$TX_DIR/state" || return 1
  durable "$TX_DIR"
  journal "$1" || :
}

state() {
  read -r state_now <"$TX_DIR/state" && printf '%s\n' "$state_now"
}

# is_over STATE : whether nobody is at work on it any more. A rollback that failed has ended too, and may be tried again.
is_over() {
  has_end "$1" || [ "$1" = rollback_failed ]
}

# still_mine : whether nobody else has its lock, and nobody is ending it.
still_mine() {
  [ ! -e "$TX_DIR/ending" ] && tx_holds "$TX"
}

# journal WORDS… : stamped with the host's clock, by which nothing is decided. A line that a full disk cut short stays
# one by itself.
journal() {
  [ -z "$(tail -c 1 "$TX_DIR/journal" 2>/dev/null)" ] || printf '\n' >>"$TX_DIR/journal"
  printf '%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$TX_DIR/journal"
}

before_boundary() {
  is_before_boundary "$(state)" || {
    echo "transaction $TX is $(state), past its boundary: only a rollback or a confirmation ends it" >&2
    return "$WRONG_STATE_CODE"
  }
}

# nothing_came_later : where a later transaction was promoted, or did not end, a rollback of this one would undo
# that. One that changed nothing, or undid what it had changed, does not matter.
nothing_came_later() {
  came_later=$(later_transaction)
  [ -n "$came_later" ] || return 0
  case $came_later in
  *' promoted' | *' kept') came_cure='deploy the release that you want' ;;
  *) came_cure='roll that one back first, or deploy the release that you want' ;;
  esac
  echo "transaction ${came_later% *} came after $TX and is ${came_later#* }: $came_cure" >&2
  return 1
}

# later_transaction : `ID STATE` of one that came after this and left its mark, or nothing.
later_transaction() {
  for later_dir in "$STATE_DIR"/transactions/*; do
    later_state=$(first_line "$later_dir/state")
    case $later_state in begun | snapshotted | prefetched | unchanged | rolled_back | "") continue ;; esac
    among "$TX" "$(read_all "$later_dir/earlier")" || continue
    printf '%s %s\n' "${later_dir##*/}" "$later_state"
    return
  done
}

# unfinished [again] : lines `ID STATE` of what a deployment has to bring to its end before its own; the latest first, because
# none is rolled back under a later one. A rollback that failed is tried once more, where nothing came after it.
unfinished() {
  for unfinished_dir in "$STATE_DIR"/transactions/*; do
    [ -f "$unfinished_dir/state" ] || continue
    unfinished_state=$(first_line "$unfinished_dir/state")
    if has_end "$unfinished_state" || is_before_boundary "$unfinished_state"; then continue; fi
    if [ "$unfinished_state" = rollback_failed ]; then
      [ "${1-}" = again ] || [ ! -e "$unfinished_dir/tried-again" ] || continue
      (open_transaction "${unfinished_dir##*/}" && nothing_came_later) 2>/dev/null || continue
    fi
    unfinished_number=$(first_line "$unfinished_dir/lock-number")
    printf '%s\t%s %s\n' "${unfinished_number:-0}" "${unfinished_dir##*/}" "${unfinished_state:-unreadable}"
  done | sort -rn | cut -f 2
}

# heartbeat : a sign of life of the client, for the guard. Written over what is there, which needs no room on a full disk: an
# empty file would be one sign of life, and then no other.
heartbeat() {
  boot_clock
  printf '%s\n' "$BOOT_CLOCK" 2>/dev/null 1<>"$TX_DIR/heard"
}
