# Rollback (a job, or a person's command): back to the snapshot, whoever asks and however often. It pulls
# nothing, believes nothing it has not verified, and is never itself rolled back.

ROLLBACK_TRIES=3
# How long it waits for the lock: a deployment that came meanwhile gives it back, because this one has not ended.
RETAKE_SECONDS=60
# How long what may fail waits for a dockerd that does not answer.
DOCKER_SECONDS=60
# Between two looks of what may not fail, at most.
DOCKER_LONGEST_PAUSE=60
DOCKER_AWAY='Docker does not answer: waiting for it, for as long as it takes'
# How long it tries to write down its end on a disk that is full.
WRITE_SECONDS=20

job_rollback() {
  as_executor back_to_snapshot
}

# as_executor COMMAND… : alone, under the lock, with every other job of the transaction ended; and nothing of it is left
# where it ended by that.
as_executor() {
  sole_executor
  # First: a confirmation that is still at work must not win after the state was read. A rollback that is stopped
  # here gives the lock back, so it is taken again.
  own_lock && stop_other_jobs && own_lock || return
  lock_by_itself
  trap 'kill "$LOCK_KEEPER" 2>/dev/null; tx_release "$TX"' EXIT
  trap 'exit 143' TERM INT
  "$@"
  executor_code=$?
  stand_down_at_end
  return "$executor_code"
}

# sole_executor : waits for a rollback that is at work already, whoever asked for it: what it verified is looked at
# again then. executor.<n> is a link to the job that was the n-th to be it.
sole_executor() {
  while :; do
    sole_number=1
    while [ -h "$TX_DIR/executor.$sole_number" ]; do sole_number=$((sole_number + 1)); done
    if job_alive "$TX_DIR/jobs/$(readlink "$TX_DIR/executor.$((sole_number - 1))" 2>/dev/null)"; then
      pause
    else
      ln -s "${JOB-}" "$TX_DIR/executor.$sole_number" 2>/dev/null || [ ! -h "$TX_DIR/executor.$sole_number" ] || continue
      return 0
    fi
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
    docker_pause=$((docker_pause * 2))
    [ "$docker_pause" -le "$DOCKER_LONGEST_PAUSE" ] || docker_pause=$DOCKER_LONGEST_PAUSE
  done
}

# own_lock : where there is something to put back, under the lock only.
own_lock() {
  own_left=$RETAKE_SECONDS
  while :; do
    ! has_end "$(state)" || return 0
    ! tx_retake || return 0
    # Only Docker can say where the second one is, once that was cleared away.
    [ -d "$(read_all "$TX_DIR/project-lock")" ] || docker_answers || {
      await_docker
      continue
    }
    [ "$own_left" -gt 0 ] || break
    own_left=$((own_left - 1))
    sleep 1
  done
  lost_lock
  return "$LOST_LOCK_CODE"
}

back_to_snapshot() {
  case $(state) in
  applying | applied | confirming | rolling_back | rollback_failed) nothing_came_later || return "$WRONG_STATE_CODE" ;;
  begun | snapshotted | prefetched)
    abandon
    fact untouched
    return 0
    ;;
  unchanged)
    fact untouched
    return 0
    ;;
  rolled_back)
    await_docker
    still_rolled_back
    return
    ;;
  promoted)
    # The confirmation won: what it verified stays.
    fact promoted
    promoted_now=$(inventory) && print_containers "$promoted_now"
    return 0
    ;;
  kept)
    fact problem kept
    ! kept_now=$(inventory) || print_containers "$kept_now"
    return "$WRONG_STATE_CODE"
    ;;
  '')
    echo "the state of transaction $TX cannot be read" >&2
    return 1
    ;;
  *)
    echo "transaction $TX is $(state): there is nothing to roll back" >&2
    return "$WRONG_STATE_CODE"
    ;;
  esac
  begin_rollback
  if waited_out || restored; then rolled_back; else report_failure; fi
}

# begin_rollback : rollback-from: the state before it, by which it knows what may be under way still.
begin_rollback() {
  rm -f "$TX_DIR/reserve" "$TX_DIR/silent-registries"
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
  verify_rest=
}

# restored : restores and verifies, as often as it may take. Sets rollback_code, that of the last restore_everything, and
# rollback_back, whether the containers were verified.
restored() {
  rollback_try=0
  rollback_code=0
  # To try again where only time is missing would be to start it again, and to wait as long again.
  until [ "$rollback_code" = 0 ] && only_starting; do
    rollback_try=$((rollback_try + 1))
    rollback_overridden=
    verify_rest=
    true >"$TX_DIR/exceptions"
    true >"$TX_DIR/images-gone"
    gather
    note_volumes
    restore_everything
    rollback_code=$?
    if verify_snapshot && settled; then rollback_back=yes; else rollback_back=no; fi
    [ "$rollback_back" != yes ] || [ "$rollback_code" != 0 ] || return 0
    journal "rollback try $rollback_try did not reach the snapshot"
    # One that a dockerd which went down cut short is no try.
    docker_answers || {
      rollback_try=$((rollback_try - 1))
      verify_rest=
      await_docker
      continue
    }
    [ "$rollback_try" -lt "$ROLLBACK_TRIES" ] || return 1
    sleep "$rollback_try"
  done
  return 1
}

# report_failure : what is missing, and what runs now. Fails.
report_failure() {
  failed_lacks=
  ! verify_now=$(inventory) || failed_lacks=$(what_failed)
  sort -u "$TX_DIR/images-gone" | sed "s/^/fact${TAB}problem${TAB}image_gone${TAB}/"
  rm -f "$TX_DIR/still-starting"
  if [ "$rollback_code" = 0 ] && only_starting; then
    # By that mark a later look at the containers is enough.
    true >"$TX_DIR/still-starting"
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
  ! written_down rollback_failed || {
    [ -z "$failed_lacks" ] || printf '%s\n' "$failed_lacks"
    fact rollback_failed
  }
  return 1
}

# only_starting : whether all that what runs lacks of the snapshot is that a healthcheck, which passed before, has not passed
# yet. That is no reason to stop anything.
only_starting() {
  [ -n "$verify_rest" ] && printf '%s\n' "$verify_rest" | awk -F '\t' '!($2 == "health" && $4 == "starting") { other = 1 } END { exit other }'
}

# waited_out : of a rollback that ended by that: whether it is the snapshot by now, untouched. Fails, so that all is done
# once more, where anything else differs.
waited_out() {
  [ -e "$TX_DIR/still-starting" ] && restore_snapshot=$(cat "$TX_DIR/snapshot/containers") || return 1
  rollback_overridden=$(awk -F '\t' '$1 == "reference-overridden" { printf " %s", $2 }' "$TX_DIR/exceptions") || return 1
  verify_snapshot && settled
}

# written_down STATE : how a rollback ended, as soon as the disk takes it.
written_down() {
  written_left=$WRITE_SECONDS
  until set_state "$1"; do
    [ "$written_left" -gt 0 ] || return 1
    written_left=$((written_left - 1))
    sleep 1
  done
}

# stop_deployed : after a rollback that failed for good, nothing of the deployed services may go on serving, and
# nothing may bring it back: also what is stopped already loses its restart policy, because dockerd starts an `always`
# again when it restarts. Facts `stopped NAME` and `not_stopped NAME STATE`, as seen afterwards, and `stop_verified`;
# without the last nothing is known.
stop_deployed() {
  stop_lines=$(inventory) || return 1
  deployed_lines "$stop_lines" | awk -F '\t' '$9 !~ /^no:/ { print $11 "\t" $9 }' >>"$TX_DIR/policies"
  for stop_id in $(deployed_lines "$stop_lines" | cut -f 11); do
    docker_write update --restart no "$stop_id" >/dev/null
  done
  stop_ids=$(deployed_lines "$stop_lines" | awk -F '\t' "$RUNS"' { print $11 }') || return 1
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$stop_ids" ] || docker_stop $stop_ids >/dev/null
  stop_lines=$(inventory) || return 1
  # What would not stop is killed.
  for stop_id in $(deployed_lines "$stop_lines" | awk -F '\t' "$RUNS"' { print $11 }'); do
    docker_write kill "$stop_id" >/dev/null
  done
  stop_lines=$(inventory) || return 1
  deployed_lines "$stop_lines" | awk -F '\t' "$RUNS"' { printf "fact\tnot_stopped\t%s\t%s\n", $1, $7; next }
    $9 !~ /^no:/ { printf "fact\tnot_stopped\t%s\t%s, restart policy %s\n", $1, $7, $9; next }
    { printf "fact\tstopped\t%s\n", $1 }'
  fact stop_verified
}

# keep_policies LINES : policies: `CONTAINER_ID<TAB>RESTART_POLICY` of what a failed rollback leaves without one. An
# `up` that only starts such a container again does not give it back: a later promotion does (give_policies_back).
keep_policies() {
  two_lists "$restore_snapshot" "$1" | awk -F '\t' "$OF_SERVICES"'
    !second { before[$11] = $9; next }
    $9 ~ /^no:/ && $11 in before && before[$11] != $9 { print $11 "\t" before[$11] }' >>"$TX_DIR/policies"
}

# still_rolled_back : asked again, it looks again; what changed since is somebody else's doing.
still_rolled_back() {
  restore_snapshot=$(cat "$TX_DIR/snapshot/containers") && verify_now=$(inventory) || return 1
  rollback_overridden=$(awk -F '\t' '$1 == "reference-overridden" { printf " %s", $2 }' "$TX_DIR/exceptions")
  restore_edited=$(read_all "$TX_DIR/edited")
  print_rollback
  # What runs is then what the later one made of it, and none of this one's business.
  still_later=$(later_transaction)
  [ -z "$still_later" ] || {
    fact exception later-deployment "${still_later% *}"
    fact rolled_back
    return 0
  }
  still_rest=$(snapshot_differences) || return 1
  [ -n "$still_rest" ] || {
    fact rolled_back
    return 0
  }
  printf '%s\n' "$still_rest" | sed "s/^/fact${TAB}difference${TAB}/"
  return 1
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
  written_down rolled_back || return 1
  fact rolled_back
  rm -f "$TX_DIR/policies" "$TX_DIR/still-starting"
  release_images "$TX" ''
  forget_images
  forget_volumes
}

# verify_snapshot : waits for what only time can mend (a healthcheck that has not passed yet); anything else
# that differs is final for this try. Containers that cannot be read verify nothing.
verify_snapshot() {
  boot_clock
  while :; do
    verify_seen=${BOOT_CLOCK#* }
    verify_now=$(inventory) || return 1
    verify_rest=$(snapshot_differences) || {
      verify_rest=
      return 1
    }
    [ -n "$verify_rest" ] || {
      name_details
      return
    }
    [ "$verify_left" -gt 0 ] || return 1
    printf '%s\n' "$verify_rest" | awk -F '\t' '!($2 == "health" && $4 == "starting") && !($2 == "state" && $4 == "restarting") { final = 1 } END { exit final }' || return 1
    sleep 1
    boot_clock
    verify_left=$((verify_left - ${BOOT_CLOCK#* } + verify_seen))
  done
}

# settled : what was started again outlives the window in which a crash loop shows, and equals the snapshot
# still. What was never restarted needs no second look.
settled() {
  settled_boots=$(running_boots "$verify_now")
  [ "$settled_boots" != "$(running_boots "$restore_snapshot")" ] || return 0
  sleep "$STABLE_SECONDS"
  verify_snapshot || return 1
  [ "$settled_boots" = "$(running_boots "$verify_now")" ] || {
    echo "a restored container restarted within $STABLE_SECONDS s" >&2
    return 1
  }
}

# running_boots LINES : the boots of what ran, steadily, before.
running_boots() {
  two_lists "$restore_snapshot" "$1" | awk -F '\t' "$OF_SERVICES"'
    !second { if ($7 == "running") steady[$1] = 1; next }
    $1 in steady { print $11, $12 }' | sort
}

snapshot_differences() {
  differences "$restore_snapshot" "$verify_now" "$rollback_overridden" "$(held_loosely)"
}

# held_loosely : services that come back as the files say, in the image they had: the drifted ones; and those of which
# Compose makes something else now, because somebody edited a file meanwhile and the edit is kept.
held_loosely() {
  plan_values drift
  printf '%s\n' "${restore_edited-}"
}

# what_failed : facts `difference …`, `back CONTAINER` for what is as it was, and `not_restored SERVICE WORDS`.
what_failed() {
  failed_rest=$(snapshot_differences)
  { printf '%s\n' "$failed_rest"; printf '=\n'; printf '%s\n' "$restore_snapshot" | awk -F '\t' "$OF_SERVICES"'{ print $1 }'; } | awk -F '\t' '
    $0 == "=" { second = 1; next }
    $0 == "" { next }
    !second { differs[$1] = 1; print "fact\tdifference\t" $0; next }
    !($1 in differs) { print "fact\tback\t" $1 }'
  read_all "$TX_DIR/not-restored" | sort -u | sed "s/^/fact${TAB}not_restored${TAB}/"
}

# name_exceptions : what the snapshot itself held that is not "running and healthy".
name_exceptions() {
  read_all "$TX_DIR/pulled-again" >>"$TX_DIR/exceptions" || return 1
  named_rows=$(restore_plan "$TX_DIR/restore-plan") || return 1
  printf '%s\n' "$named_rows" | sed -n "s/^exception$TAB//p" >>"$TX_DIR/exceptions" || return 1
  plan_values drift | sed 's/^/drift	/' >>"$TX_DIR/exceptions" || return 1
  # Edited again since, or given to somebody else.
  named_files=$(cat "$TX_DIR/snapshot/files.list") || return 1
  printf '%s\n' "$named_files" | while IFS=$TAB read -r named_path named_hash named_mode named_owner _; do
    [ -z "$named_path" ] || among "env-not-restored$TAB$named_path" "$(read_all "$TX_DIR/exceptions")" || [ "$(hash_of "$named_path" 2>/dev/null) $(stat -c '%a %u:%g' "$named_path" 2>/dev/null)" = "$named_hash $named_mode $named_owner" ] ||
      printf 'file-edited-meanwhile\t%s\n' "$named_path" >>"$TX_DIR/exceptions"
  done
}
