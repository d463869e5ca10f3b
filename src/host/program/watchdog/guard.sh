# The guard (a job): from the boundary on it keeps the project locked, and ends the transaction when the client has
# not been heard of for its lease. Nothing is decided by a clock: it counts its own ticks. It outlives the SSH
# session and the job that started it, because it has a session of its own.
#
# heard: rewritten with every sign of life of the client. guard-ended-it: the guard began to end the transaction.

# Ticks between two renewals of the locks; less than the shortest lease by far.
GUARD_RENEWS=5
# Ticks before another try, where a job of the guard's died or had to give way; doubled each time, up to the second.
GUARD_PAUSE=10
GUARD_LONGEST_PAUSE=600

# job_guard JOB : the apply job that armed it. Fact `armed`.
job_guard() {
  guard_apply=$TX_DIR/jobs/$1
  guard_lease=$(first_line "$TX_DIR/lease")
  count "$guard_lease" || guard_lease=90
  guard_ticks=0
  guard_silent=0
  guard_heard=
  guard_job=
  guard_number=0
  guard_next=0
  # A confirmation may take so long; one that hangs in Docker is ended.
  guard_confirm_left=$((420 + HEALTH_SECONDS))
  guard_pause=$GUARD_PAUSE
  trap 'exit 143' TERM INT
  fact armed
  while guard_watches; do
    sleep 1
    guard_ticks=$((guard_ticks + 1))
  done
}

# guard_watches : one look; fails when there is nothing left to guard.
guard_watches() {
  guard_now=$(first_line "$TX_DIR/heard")
  guard_silent=$((guard_silent + 1))
  [ "$guard_now" = "$guard_heard" ] || guard_silent=0
  guard_heard=$guard_now
  guard_state=$(first_line "$TX_DIR/state")
  if is_over "$guard_state"; then
    # Whoever ends it is tidying up behind that state, or died in the middle of it.
    ending_at_work || job_of_kind confirm || {
      guard_ended
      return 1
    }
  elif is_before_boundary "$guard_state"; then
    # Nothing was crossed, and nobody is about to. It may have been crossed since that was read: one more look then.
    { job_process "$guard_apply" && [ -n "$(session_pids "$PROCESS_ID")" ]; } || ending_at_work ||
      ! before_boundary 2>/dev/null || {
      disarm
      return 1
    }
  elif [ -d "$TX_DIR" ]; then
    # Nobody else comes in between the lease and the rollback.
    [ $((guard_ticks % GUARD_RENEWS)) != 0 ] || {
      if tx_holds "$TX"; then tx_renew; else tx_retake; fi >/dev/null 2>&1
      keep_lock_file
    }
    if [ "$guard_silent" -ge "$guard_lease" ] || [ -e "$TX_DIR/guard-ended-it" ]; then guard_ends; fi
  else
    return 1
  fi
}

# guard_ends : by the jobs by which anybody ends a transaction, and as often as it takes: what dies is started anew.
# Fails where only a person can help.
guard_ends() {
  ! ending_at_work || return 0
  guard_kind=rollback
  if [ "$guard_state" = confirming ]; then
    if ! job_of_kind confirm; then
      guard_kind=recover
    elif [ "$guard_confirm_left" -gt 0 ]; then
      guard_confirm_left=$((guard_confirm_left - 1))
      return 0
    fi
  fi
  [ -z "$guard_job" ] || {
    case $(read_all "$TX_DIR/jobs/$guard_job/exit") in
    "$WRONG_STATE_CODE" | "$FOREIGN_CODE")
      journal "the guard could not end it: see jobs/$guard_job/out"
      tx_release "$TX"
      disarm
      notify "$guard_state" >&2
      return 1
      ;;
    esac
    guard_job=
    guard_next=$((guard_ticks + guard_pause))
    guard_pause=$((guard_pause * 2))
    [ "$guard_pause" -le "$GUARD_LONGEST_PAUSE" ] || guard_pause=$GUARD_LONGEST_PAUSE
  }
  [ "$guard_ticks" -ge "$guard_next" ] || return 0
  rm -f "$TX_DIR/reserve"
  true >"$TX_DIR/guard-ended-it"
  journal "the client was not heard of for $guard_lease s: the guard ends it"
  guard_number=$((guard_number + 1))
  guard_job=guard-$guard_number
  launch "$guard_job" "$guard_kind" </dev/null
  return 0
}

# guard_ended : the transaction has its end; nothing of it may be left.
guard_ended() {
  stop_other_jobs
  tx_release "$TX"
  disarm
  [ -e "$TX_DIR/guard-ended-it" ] || return 0
  journal "the guard ended it: $guard_state"
  notify "$guard_state" >&2
}
