# What people, and the boot trigger, do to a transaction: `host.sh rollback`, `recover` and `keep`; and what `status` says of
# one without an end.

# person_rollback ID
person_rollback() {
  open_transaction "$1" && use_environment || return
  case $(state) in promoted | unchanged | kept) ;; *) nothing_came_later || return ;; esac
  echo "Rolling back transaction $TX …"
  person_ends rollback
}

# person_ends KIND : by the same job as the client's, detached like it; its result in words. Sets person_job and person_code.
person_ends() {
  # Not by its process: after a restart of the host another one has that number.
  person_job=$1-by-hand-$(random_token)
  verb_start_job "$TX" "$person_job" "$1" </dev/null || return
  person_job=$TX_DIR/jobs/$person_job
  person_follows
  person_code=$(read_all "$person_job/exit")
  case $(state):$person_code in
  rolled_back:0) echo "Done: what ran before deployment $TX runs again; the containers of project $PROJECT_NAME equal the snapshot." ;;
  promoted:0) echo "Nothing was rolled back: deployment $TX is promoted, its release was confirmed." ;;
  unchanged:0) echo "Nothing was done: deployment $TX had not changed anything that serves." ;;
  kept:*) echo "Nothing was done: a person decided that what ran after deployment $TX stays. To have another release, deploy it." ;;
  *":$FOREIGN_CODE") person_decides >&2 ;;
  *":$LOST_LOCK_CODE")
    not_taken 'Nothing was done' "$person_job/out" >&2
    return "$BUSY_CODE"
    ;;
  *)
    tail -n 20 "$person_job/out" | redact
    echo "Deployment $TX is $(state): what runs now is not verified. The output of Docker is in $person_job/out. Once the cause is gone: sh $STATE_DIR/host.sh rollback $TX" >&2
    ;;
  esac
  [ "$person_code" = 0 ]
}

# not_taken WORDS OUT : why the lock was not taken: somebody has it, or it cannot be written, which OUT says.
not_taken() {
  if lock_over "$STATE_DIR/lock" || [ "$holder_token" = "$TX" ]; then
    echo "$1: the lock of the project could not be taken:"
    tail -n 3 "$2" | redact
  else
    printf '%s: the project is in use by %s. Try again when that has ended.\n' "$1" "$holder_words"
  fi
}

# person_follows : waits for the job, and says what it has to say beside its end.
person_follows() {
  person_waits=
  while job_alive "$person_job"; do
    [ -n "$person_waits" ] || ! grep -qxF "$DOCKER_AWAY" "$person_job/out" 2>/dev/null || {
      person_waits=yes
      echo "$DOCKER_AWAY. The job goes on if you leave now."
    }
    pause
  done
  awk -F '\t' '
    $2 ~ /^(exception|difference|not_restored|back|stopped|not_stopped)$/ { sub(/^fact\t/, ""); sub(/\t/, ": "); print }' "$person_job/facts"
}

# person_decides : somebody else has been at work since.
person_decides() {
  echo "Nothing was changed. Somebody changed the project since: it is neither as before deployment $TX nor as that deployment left it."
  awk -F '\t' '
    $3 == "foreign" && $4 == "image" { print "service " $5 ": container " $6 " runs " $7 ", which is neither the image of before nor that of the deployment" }
    $3 == "foreign" && $4 == "env" { print "env file: " $5 " has neither the value of before nor that of the deployment" }' "$person_job/facts"
  echo "To roll back deployment $TX all the same: sh $STATE_DIR/host.sh rollback $TX"
  echo "To keep what runs now, as it is: sh $STATE_DIR/host.sh keep $TX"
}

# person_recover [--at-boot] : every transaction without an end, the latest first. Code 0 when all of them have one.
person_recover() {
  stale_triggers
  recover_left=$(unfinished again | cut -d ' ' -f 1)
  [ -n "$recover_left" ] || echo "Nothing to do: every deployment has its end."
  recover_pause=$GUARD_PAUSE
  while :; do
    recover_code=0
    recover_again=
    for recover_id in $recover_left; do
      person_code=
      open_transaction "$recover_id" && use_environment && recover_one || recover_code=$?
      [ "${1-}" != --at-boot ] || [ ! -d "$TX_DIR" ] || told_at_boot || recover_again="$recover_again $recover_id"
    done
    [ -n "$recover_again" ] || return "$recover_code"
    # After a restart of the host nobody else may come: as often as it takes, and ever more slowly.
    sleep "$recover_pause"
    [ "$recover_pause" -ge "$GUARD_LONGEST_PAUSE" ] || recover_pause=$((recover_pause * 2))
    recover_left=$recover_again
  done
}

# told_at_boot : tells a person how it ended, or that only a person can help; fails where it has to be tried again.
told_at_boot() {
  case $person_code in '' | "$LOST_LOCK_CODE") has_end "$(state)" && return ;; esac
  [ -n "$person_code" ] && [ "$person_code" != "$LOST_LOCK_CODE" ] || return 1
  told_how=ended
  case $person_code in
  "$WRONG_STATE_CODE" | "$FOREIGN_CODE") told_how='not ended' ;;
  *) is_over "$(state)" || return 1 ;;
  esac
  journal "$told_how after a restart of the host: $(state)"
  notify "$(state)" >>"$person_job/out"
}

# stale_triggers : of transactions that have their end; a power cut may have come before theirs was removed.
stale_triggers() {
  for stale_trigger in "$STATE_DIR"/transactions/*/boot-trigger; do
    [ ! -f "$stale_trigger" ] || (stale_id=${stale_trigger%/*} && open_transaction "${stale_id##*/}" && stand_down_at_end)
  done
}

# recover_one : the transaction that is open. One that holds its lock may be at work still, and its guard ends it where it
# is not.
recover_one() {
  echo "Deployment $TX has not ended: it is $(state)."
  recover_told=
  while tx_holds "$TX" && ! ending_at_work && ! is_over "$(state)"; do
    [ -n "$recover_told" ] || echo "It still has the project, and may be at work: waiting for its end, or for $(cat "$TX_DIR/lease") s without a word of it. To end it now: sh $STATE_DIR/host.sh rollback $TX"
    recover_told=yes
    sleep 1
  done
  ! has_end "$(state)" || {
    echo "It ended meanwhile: $(state)."
    return 0
  }
  lock_over "$STATE_DIR/lock" || [ "$holder_token" = "$TX" ] ||
    printf '%s\n' "Waiting up to $RETAKE_SECONDS s: the project is in use by $holder_words."
  person_ends recover
}

# person_keep ID : what runs now stays, whatever it is: a person has decided, and nothing is touched.
person_keep() {
  open_transaction "$1" && use_environment || return
  if has_end "$(state)" || is_before_boundary "$(state)"; then
    echo "Nothing to do: deployment $TX is $(state)."
    return 0
  fi
  keep_disturbs_nobody || return
  keep_said=$TX_DIR/keep-said
  own_lock >/dev/null 2>"$keep_said" || {
    not_taken 'Not kept' "$keep_said" >&2
    rm -f "$keep_said"
    return "$BUSY_CODE"
  }
  rm -f "$keep_said"
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
  forget_trees
  tx_release "$TX"
  echo "Kept: what runs now stays as it is, and deployment $TX is over. Services that it had stopped for its gate may stand still, without a restart policy: bring them up with docker compose. The next deployment that is confirmed gives the policy back."
}

keep_disturbs_nobody() {
  job_of_kind guard || ending_at_work || return 0
  echo "Not kept: somebody on this host is at work on deployment $TX, and ends it. See: sh $STATE_DIR/host.sh status" >&2
  return "$BUSY_CODE"
}

# person_unfinished : a line for each transaction without an end, and what to type.
person_unfinished() {
  unfinished again | while IFS=' ' read -r status_id status_state; do
    status_next="No job ends it. To end it: sh $STATE_DIR/host.sh recover"
    if ! open_transaction "$status_id" 2>/dev/null; then
      status_next=
    elif ending_at_work; then
      status_next='A job on this host ends it now.'
    elif job_of_kind guard; then
      status_next="The guard on this host ends it $(cat "$TX_DIR/lease") s after the last sign of life of its client."
    fi
    echo "Deployment $status_id has not ended: it is $status_state. $status_next"
  done
}
