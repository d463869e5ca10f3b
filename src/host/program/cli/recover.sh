# Recovery for people, and for the boot trigger: `host.sh recover`, and what `host.sh status` says of what has no end.

# person_recover [--at-boot] : every transaction without an end, the latest first. Code 0 when all of them have one.
person_recover() {
  stale_triggers
  recover_ids=$(unfinished again | cut -d ' ' -f 1)
  [ -n "$recover_ids" ] || {
    echo "Nothing to do: every deployment has its end."
    return 0
  }
  recover_pause=$GUARD_PAUSE
  while :; do
    recover_all=0
    recover_left=
    for recover_id in $recover_ids; do
      person_code=
      open_transaction "$recover_id" && use_environment && recover_one || recover_all=$?
      [ "${1-}" != --at-boot ] || [ ! -d "$TX_DIR" ] || told_at_boot || recover_left="$recover_left $recover_id"
    done
    [ -n "$recover_left" ] || return "$recover_all"
    # After a restart of the host nobody else may come: as often as it takes, and ever more slowly.
    sleep "$recover_pause"
    recover_pause=$((recover_pause * 2))
    [ "$recover_pause" -le "$GUARD_LONGEST_PAUSE" ] || recover_pause=$GUARD_LONGEST_PAUSE
    recover_ids=$recover_left
  done
}

# told_at_boot : tells a person how it ended, or that only a person can help; fails where it has to be tried again.
told_at_boot() {
  case $person_code in
  '' | "$LOST_LOCK_CODE")
    has_end "$(state)"
    return
    ;;
  "$WRONG_STATE_CODE" | "$FOREIGN_CODE") journal "not ended after a restart of the host: $(state)" ;;
  *)
    is_over "$(state)" || return 1
    journal "ended after a restart of the host: $(state)"
    ;;
  esac
  notify "$(state)" >>"$person_job/out"
}

# stale_triggers : of transactions that have their end; a power cut may have come before theirs was removed.
stale_triggers() {
  for stale_trigger in "$STATE_DIR"/transactions/*/boot-trigger; do
    [ -f "$stale_trigger" ] || continue
    stale_trigger=${stale_trigger%/boot-trigger}
    (open_transaction "${stale_trigger##*/}" && stand_down_at_end)
  done
}

# recover_one : the transaction that is open, by the same job as a client's.
recover_one() {
  echo "Deployment $TX $(unfinished_words "$(state)")."
  await_deployment
  ! has_end "$(state)" || {
    echo "It ended meanwhile: $(state)."
    return 0
  }
  ! lock_held_by_others || echo "Waiting up to $RETAKE_SECONDS s: the project is in use by $(holder_words)."
  # Not by its process: after a restart of the host another one has that number.
  person_name=recover-by-hand-$(random_token)
  person_job=$TX_DIR/jobs/$person_name
  verb_start_job "$TX" "$person_name" recover </dev/null || return
  person_follows
  person_code=$(read_all "$person_job/exit")
  case $(state):$person_code in
  rolled_back:0) echo "Done: what ran before deployment $TX runs again; the containers of project $PROJECT_NAME equal the snapshot." ;;
  promoted:0) echo "Done: deployment $TX had passed its gate, and its confirmation was brought to its end. Its release is in service." ;;
  unchanged:0) echo "Nothing was done: deployment $TX had not changed anything that serves." ;;
  *":$FOREIGN_CODE") recover_asks ;;
  *":$LOST_LOCK_CODE")
    echo "Nothing was done: the project is in use by $(holder_words). Try again when that has ended." >&2
    return "$BUSY_CODE"
    ;;
  *)
    tail -n 20 "$person_job/out" | redact
    echo "Deployment $TX is $(state): what runs now is not verified. The output of Docker is in $person_job/out. Once the cause is gone: sh $STATE_DIR/host.sh rollback $TX" >&2
    ;;
  esac
  case $person_code in 0) ;; *) return 1 ;; esac
}

# recover_asks : somebody else has been at work since.
recover_asks() {
  echo "Nothing was changed. Somebody changed the project since: it is neither as before deployment $TX nor as that deployment left it." >&2
  sed -n "s/^fact${TAB}problem${TAB}foreign${TAB}image${TAB}\([^$TAB]*\)${TAB}\([^$TAB]*\)${TAB}\(.*\)/service \1: container \2 runs \3, which is neither the image of before nor that of the deployment/p
s/^fact${TAB}problem${TAB}foreign${TAB}env${TAB}\(.*\)/env file: \1 has neither the value of before nor that of the deployment/p" "$person_job/facts" >&2
  echo "To roll back deployment $TX all the same: sh $STATE_DIR/host.sh rollback $TX
To keep what runs now, as it is: sh $STATE_DIR/host.sh keep $TX" >&2
}

# person_keep ID : what runs now stays, whatever it is: a person has decided, and nothing is touched.
person_keep() {
  open_transaction "$1" && use_environment || return
  ! has_end "$(state)" || {
    echo "Nothing to do: deployment $TX has its end ($(state))."
    return 0
  }
  before_boundary 2>/dev/null && {
    echo "Nothing to do: deployment $TX has not changed anything that serves."
    return 0
  }
  keep_disturbs_nobody || return
  own_lock 2>/dev/null || {
    echo "Not kept: the project is in use by $(holder_words). Try again when that has ended." >&2
    return "$BUSY_CODE"
  }
  stop_other_jobs
  restore_snapshot=$(read_all "$TX_DIR/snapshot/containers")
  keep_now=$(inventory) || {
    echo "Not kept: Docker does not say what runs now. Try again when it answers." >&2
    tx_release "$TX"
    return 1
  }
  keep_policies "$keep_now"
  [ -s "$TX_DIR/policies" ] || rm -f "$TX_DIR/policies"
  # Somebody may have begun to end it since.
  keep_disturbs_nobody || return
  set_state kept || return 1
  disarm
  release_images "$TX" ''
  tx_release "$TX"
  echo "Kept: what runs now stays as it is, and deployment $TX is over. Services that it had stopped for its gate may stand still, without a restart policy: bring them up with docker compose. The next deployment that is confirmed gives the policy back."
}

keep_disturbs_nobody() {
  job_of_kind guard || ending_at_work || return 0
  echo "Not kept: somebody on this host is at work on deployment $TX, and ends it. See: sh $STATE_DIR/host.sh status" >&2
  return "$BUSY_CODE"
}

lock_held_by_others() {
  ! lock_over "$STATE_DIR/lock" && [ "$holder_token" != "$TX" ]
}

# await_deployment : one that holds its lock may be at work still, and its guard ends it where it is not.
await_deployment() {
  await_told=
  while tx_holds "$TX" && ! ending_at_work; do
    ! is_over "$(state)" || return 0
    [ -n "$await_told" ] || echo "It still has the project, and may be at work: waiting for its end, or for $(cat "$TX_DIR/lease") s without a word of it. To end it now: sh $STATE_DIR/host.sh rollback $TX"
    await_told=yes
    sleep 1
  done
}

# unfinished_words STATE
unfinished_words() {
  case $1 in
  applying) echo "was applying its release" ;;
  applied) echo "had applied its release, and was not confirmed" ;;
  confirming) echo "had passed its gate, and was being confirmed" ;;
  rolling_back) echo "was being rolled back" ;;
  rollback_failed) echo "could not be rolled back: what runs now is not what ran before" ;;
  *) echo "has the unknown state '$1'" ;;
  esac
}

# person_unfinished : a line for each transaction without an end, and what to type.
person_unfinished() {
  unfinished again | while IFS=' ' read -r status_id status_state; do
    printf 'Deployment %s %s. ' "$status_id" "$(unfinished_words "$status_state")"
    (
      open_transaction "$status_id" 2>/dev/null || exit 0
      if ending_at_work; then
        echo "A job on this host ends it now."
      elif job_of_kind guard; then
        echo "The guard on this host ends it $(cat "$TX_DIR/lease") s after the last sign of life of its client."
      elif [ "$status_state" = rollback_failed ]; then
        echo "The next deployment tries once more; to do it now: sh $STATE_DIR/host.sh rollback $status_id"
      elif tx_holds "$TX"; then
        echo "It still holds the lock. If that does not change: sh $STATE_DIR/host.sh recover"
      else
        echo "No job works on it. To end it: sh $STATE_DIR/host.sh recover"
      fi
    )
  done
}
