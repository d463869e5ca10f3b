# Rollback (a job): back to the snapshot, whoever asks and however often. It is never itself rolled back.

ROLLBACK_TRIES=3
# How long it waits for the lock: a deployment that came meanwhile gives it back, because this one has not ended.
RETAKE_SECONDS=60
# How long what may fail waits for a dockerd that does not answer.
DOCKER_SECONDS=60
DOCKER_AWAY='Docker does not answer: waiting for it, for as long as it takes'

job_rollback() {
  as_executor back_to_snapshot
}

# as_executor COMMAND… : alone, under the lock, with every other job of the transaction ended.
as_executor() {
  # The jobs first: a confirmation that is still at work must not win after the state was read. A rollback that is
  # stopped here gives the lock back, so it is taken again.
  sole_executor && own_lock && stop_other_jobs && own_lock || return
  start_keeper $$ tx_renew
  trap 'end_keeper; tx_release "$TX"' EXIT
  trap 'exit 143' TERM INT
  own_lock_file
  "$@"
  executor_code=$?
  stand_down_at_end
  # Only a person can help.
  case $executor_code in "$WRONG_STATE_CODE" | "$FOREIGN_CODE") release_lock_file ;; esac
  return "$executor_code"
}

# sole_executor : waits for a rollback that is at work already. executor.<n> is a link to the job that was the n-th.
sole_executor() {
  sole_number=1
  until ln -s "${JOB:-none}" "$TX_DIR/executor.$sole_number" 2>/dev/null; do
    [ -h "$TX_DIR/executor.$sole_number" ] || return 1
    if job_alive "$TX_DIR/jobs/$(readlink "$TX_DIR/executor.$sole_number")"; then pause; else sole_number=$((sole_number + 1)); fi
  done
}

# await_docker : for as long as it takes, and ever more slowly: meanwhile nothing can be ended, and nothing is given up.
await_docker() {
  docker_pause=1
  until docker_answers; do
    [ "$docker_pause" -gt 1 ] || {
      journal "$DOCKER_AWAY"
      echo "$DOCKER_AWAY" >&2
    }
    sleep "$docker_pause"
    docker_pause=$((docker_pause < 32 ? docker_pause * 2 : 60))
  done
}

# own_lock : where there is something to put back, under the lock only.
own_lock() {
  own_left=$RETAKE_SECONDS
  until has_end "$(state)" || tx_retake; do
    # Who asks for the name of the project's lock needs Docker.
    [ -d "$(read_all "$TX_DIR/project-lock")" ] || docker_answers || {
      await_docker
      continue
    }
    [ "$own_left" -gt 0 ] || {
      lost_lock
      return "$LOST_LOCK_CODE"
    }
    own_left=$((own_left - 1))
    sleep 1
  done
}

back_to_snapshot() {
  case $(state) in
  applying | applied | confirming | rolling_back | rollback_failed) nothing_came_later || return "$WRONG_STATE_CODE" ;;
  begun | snapshotted | prefetched | unchanged)
    [ "$(state)" = unchanged ] || abandon
    fact untouched
    return 0
    ;;
  rolled_back)
    await_docker
    still_rolled_back
    return
    ;;
  promoted | kept)
    # The confirmation won, or a person has decided: what runs stays.
    ! back_now=$(inventory) || print_containers "$back_now"
    if [ "$(state)" = promoted ]; then fact promoted && return 0; fi
    fact problem kept
    return "$WRONG_STATE_CODE"
    ;;
  *)
    echo "the state of transaction $TX cannot be read" >&2
    return 1
    ;;
  esac
  begin_rollback
  if restored; then rolled_back; else report_failure; fi
}

# begin_rollback : rollback-from: the state before it, by which it knows what may be under way still.
begin_rollback() {
  rm -f "$TX_DIR/reserve"
  rollback_from=$(read_all "$TX_DIR/rollback-from")
  [ -n "$rollback_from" ] || {
    rollback_from=$(state)
    printf '%s\n' "$rollback_from" >"$TX_DIR/rollback-from"
  }
  # It goes on where that cannot be written down.
  set_state rolling_back || :
  rm -f "$(dirname "$ENV_FILE")/.closed-loop-env.$TX" "$(dirname "$ENV_FILE")/.closed-loop-restore.$TX"
  await_docker
  verify_left=$(health_patience)
}

# restored : sets rollback_code, that of the last restore_everything, and rollback_back, whether the containers were verified.
restored() {
  rollback_try=0
  while [ "$rollback_try" -lt "$ROLLBACK_TRIES" ]; do
    sleep "$rollback_try"
    rollback_try=$((rollback_try + 1))
    gather
    verify_rest=
    restore_snapshot=$(cat "$TX_DIR/snapshot/containers") && restore_everything
    rollback_code=$?
    if verify_snapshot && settled; then rollback_back=yes; else rollback_back=no; fi
    [ "$rollback_back:$rollback_code" != yes:0 ] || return 0
    journal "rollback try $rollback_try did not reach the snapshot"
    # One that a dockerd which went down cut short is no try.
    docker_answers || {
      rollback_try=$((rollback_try - 1))
      verify_rest=
      await_docker
    }
    # To try again where only time is missing would be to wait as long again.
    [ "$rollback_code" != 0 ] || ! only_starting || return 1
  done
  return 1
}

# report_failure : what is missing, and what runs now. Fails.
report_failure() {
  failed_lacks=
  ! verify_now=$(inventory) || failed_lacks=$(what_failed)
  sort -u "$TX_DIR/images-gone" | sed "s/^/fact${TAB}problem${TAB}image_gone${TAB}/"
  if [ "$rollback_code" = 0 ] && only_starting; then
    printf '%s\n' "$verify_rest" | cut -f 1 | sed "s/^/fact${TAB}still_starting${TAB}/"
  elif [ "$rollback_back" = yes ] || only_starting; then
    # What is missing is beside the containers then: a file, a tag, or a look at what was to be cleared away.
    fact nothing_stopped
  elif [ "$(plan_values on_rollback_failure)" = stop ]; then
    stop_deployed
  fi
  verify_now=$(inventory) && {
    keep_policies "$verify_now"
    print_containers "$verify_now"
  }
  # What differs is told with the end only: by either the client knows that this is over.
  ! set_state rollback_failed || {
    [ -z "$failed_lacks" ] || printf '%s\n' "$failed_lacks"
    fact rollback_failed
  }
  return 1
}

# only_starting : whether only a healthcheck is missing that passed before and has not passed yet: no reason to stop anything.
only_starting() {
  [ -n "$verify_rest" ] && ! printf '%s\n' "$verify_rest" | grep -qv "${TAB}health${TAB}healthy${TAB}starting\$"
}

# stop_deployed : nothing of the deployed services may go on serving. What is stopped already loses its restart policy too:
# dockerd starts an `always` again when it restarts. Facts `stopped NAME` and `not_stopped NAME STATE`, as seen afterwards,
# and `stop_verified`; without the last nothing is known.
stop_deployed() {
  stop_lines=$(inventory) || return 1
  stop_lines=$(deployed_lines "$stop_lines")
  stop_ids=$(printf '%s\n' "$stop_lines" | cut -f 11)
  printf '%s\n' "$stop_lines" | awk -F '\t' '$9 != "" && $9 !~ /^no:/ { print $11 "\t" $9 }' >>"$TX_DIR/policies"
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$stop_ids" ] || {
    docker_write update --restart no $stop_ids >/dev/null
    docker_stop $stop_ids >/dev/null
  }
  stop_lines=$(inventory) || return 1
  deployed_lines "$stop_lines" | awk -F '\t' "$RUNS"' { printf "fact\tnot_stopped\t%s\t%s\n", $1, $7; next }
    $9 !~ /^no:/ { printf "fact\tnot_stopped\t%s\t%s, restart policy %s\n", $1, $7, $9; next }
    { printf "fact\tstopped\t%s\n", $1 }'
  fact stop_verified
}

# keep_policies LINES : policies: `CONTAINER_ID<TAB>RESTART_POLICY` of what a failed rollback leaves without one. An
# `up` that only starts such a container again does not give it back: a later promotion does (promoted).
keep_policies() {
  two_lists "$restore_snapshot" "$1" | awk -F '\t' "$OF_SERVICES"'
    !second { before[$11] = $9; next }
    $9 ~ /^no:/ && $11 in before && before[$11] != $9 { print $11 "\t" before[$11] }' >>"$TX_DIR/policies"
}

# still_rolled_back : asked again, it looks again; what changed since is somebody else's doing.
still_rolled_back() {
  restore_snapshot=$(cat "$TX_DIR/snapshot/containers") && verify_now=$(inventory) || return 1
  print_rollback
  # What runs is then what the later one made of it, and none of this one's business.
  still_later=$(later_transaction)
  if [ -n "$still_later" ]; then
    fact exception later-deployment "${still_later% *}"
  else
    still_rest=$(snapshot_differences) || return 1
    [ -z "$still_rest" ] || {
      printf '%s\n' "$still_rest" | sed "s/^/fact${TAB}difference${TAB}/"
      return 1
    }
  fi
  fact rolled_back
}

print_rollback() {
  print_containers "$verify_now"
  sort -u "$TX_DIR/exceptions" | sed "s/^/fact${TAB}exception${TAB}/"
  [ -n "$restore_snapshot" ] || fact nothing_ran
}

# rolled_back : what verify_snapshot has just seen is what is reported.
rolled_back() {
  name_exceptions || return 1
  print_rollback
  set_state rolled_back || return 1
  fact rolled_back
  rm -f "$TX_DIR/policies"
  release_images "$TX" ''
  forget_images
  remove_tree "$TX_DIR/release"
  forget_trees
}

# verify_snapshot : waits for what only time can mend; anything else that differs is final for this try.
verify_snapshot() {
  boot_clock
  while :; do
    verify_seen=${BOOT_CLOCK#* }
    verify_rest=
    verify_now=$(inventory) || return 1
    verify_rest=$(snapshot_differences) || return 1
    [ -n "$verify_rest" ] || {
      name_details
      return
    }
    [ "$verify_left" -gt 0 ] || return 1
    ! printf '%s\n' "$verify_rest" | grep -Eqv "${TAB}(health${TAB}.*${TAB}starting|state${TAB}.*${TAB}restarting)\$" || return 1
    sleep 1
    boot_clock
    verify_left=$((verify_left - ${BOOT_CLOCK#* } + verify_seen))
  done
}

# settled : what was started again outlives the window in which a crash loop shows, and equals the snapshot
# still. What was never restarted needs no second look.
settled() {
  settled_instances=$(running_instances "$verify_now")
  [ "$settled_instances" != "$(running_instances "$restore_snapshot")" ] || return 0
  sleep "$STABLE_SECONDS"
  verify_snapshot || return 1
  [ "$settled_instances" = "$(running_instances "$verify_now")" ] || {
    echo "a restored container restarted within $STABLE_SECONDS s" >&2
    return 1
  }
}

# running_instances LINES : the container instances of what ran, steadily, before.
running_instances() {
  two_lists "$restore_snapshot" "$1" | awk -F '\t' "$OF_SERVICES"'
    !second { if ($7 == "running") steady[$1] = 1; next }
    $1 in steady { print $11, $12 }' | sort
}

# snapshot_differences : the drifted services come back as the files say, in the image they had; so do those of which somebody
# edited a file meanwhile.
snapshot_differences() {
  different_reference=$(read_all "$TX_DIR/exceptions" | awk -F '\t' '$1 == "reference-overridden" { printf " %s", $2 }') || return 1
  differences "$restore_snapshot" "$verify_now" "$different_reference" "$(plan_values drift; read_all "$TX_DIR/edited")"
}

# what_failed : facts `difference …`, `back CONTAINER` for what is as it was, and `not_restored SERVICE WORDS`.
what_failed() {
  failed_rest=$(snapshot_differences)
  two_lists "$failed_rest" "$restore_snapshot" | awk -F '\t' "$OF_SERVICES"'
    !second { differs[$1]; print "fact\tdifference\t" $0; next }
    !($1 in differs) { print "fact\tback\t" $1 }'
  read_all "$TX_DIR/not-restored" | sort -u | sed "s/^/fact${TAB}not_restored${TAB}/"
}

# name_exceptions : what the snapshot itself held, and every file whose bytes, mode or owner are not the recorded ones.
name_exceptions() {
  named_rows=$(restore_plan "$TX_DIR/restore-plan") && named_files=$(cat "$TX_DIR/snapshot/files.list") || return 1
  named_unread=$(read_all "$TX_DIR/exceptions" | sed -n "s/^env-not-restored$TAB//p")
  named_all=$({
    read_all "$TX_DIR/pulled-again"
    printf '%s\n' "$named_rows" | sed -n "s/^exception$TAB//p"
    plan_values drift | sed "s/^/drift$TAB/"
    name_trees
    printf '%s\n' "$named_files" | while IFS=$TAB read -r named_path named_hash named_mode named_owner _; do
      [ "$(hash_of "$named_path" 2>/dev/null) $(stat -c '%a %u:%g' "$named_path" 2>/dev/null)" = "$named_hash $named_mode $named_owner" ] ||
        [ -z "$named_path" ] || among "$named_path" "$named_unread" || printf 'file-edited-meanwhile\t%s\n' "$named_path"
    done
  })
  [ -z "$named_all" ] || printf '%s\n' "$named_all" >>"$TX_DIR/exceptions"
}
