# Recovery (a job): a transaction that is past its boundary, and that nobody brought to its end, gets one: a confirmation
# that had begun is carried forward, anything else goes back to the snapshot. What is neither before, nor after, nor a
# mixture of this transaction is somebody else's work since: it is not touched.
#
# tried-again: a rollback that had failed was tried once more on behalf of a later deployment.

# job_recover : fact `recovered ID STATE`, and what a rollback or a confirmation says; or `problem foreign …`.
job_recover() {
  as_executor recover_transaction
}

recover_transaction() {
  if is_past_boundary "$(state)"; then
    nothing_came_later || return "$WRONG_STATE_CODE"
    await_docker
    until recover_foreign=$(foreign_state); do
      ! docker_answers || {
        echo "the containers or the env file of project $PROJECT_NAME cannot be read" >&2
        return 1
      }
      await_docker
    done
    [ -z "$recover_foreign" ] || {
      printf '%s\n' "$recover_foreign" | sed "s/^/fact${TAB}problem${TAB}foreign${TAB}/"
      return "$FOREIGN_CODE"
    }
  fi
  case $(state) in
  confirming) carried_or_back ;;
  rollback_failed)
    true >"$TX_DIR/tried-again"
    back_to_snapshot
    ;;
  *) back_to_snapshot ;;
  esac
  recover_code=$?
  fact recovered "$TX" "$(state)"
  return "$recover_code"
}

# How often in a row a look may have no answer, while Docker answers otherwise.
NOT_SEEN_TRIES=5

# carried_or_back : what refuses it is written down before the way back begins: no power cut makes a promotion of it.
carried_or_back() {
  carried_unseen=0
  while :; do
    carried_forward
    carried_code=$?
    [ "$carried_code" != 0 ] || return 0
    if ! docker_answers; then
      await_docker
    elif [ "$carried_code" = "$NOT_SEEN_CODE" ] && [ "$carried_unseen" -lt "$NOT_SEEN_TRIES" ]; then
      carried_unseen=$((carried_unseen + 1))
      sleep 1
    else
      refuse_confirmation || :
      back_to_snapshot
      return
    fi
  done
}

# carried_forward : of a confirmation that was killed: what the gate had passed is in service, healthy, and the deferred
# services with it; then it is promoted. Instances may have changed by a restart of the host, and not since: what crashes again
# and again also runs.
carried_forward() {
  # What is wrong is no fact of this job, which goes on to the rollback then.
  { [ -s "$TX_DIR/ready" ] && ! confirmation_refused && still_set && ready_as_given && carried_instances=$(ready_instances) &&
    deferred_back && ready_as_given && carried_later=$(ready_instances) && [ "$carried_later" = "$carried_instances" ] && tx_holds "$TX" && set_state promoted; } >&2 || return
  promoted
}

# ready_as_given : the very containers that the confirmation was given, as it looked at them itself. Only a restart of the
# host makes others of them that nobody has to answer for.
ready_as_given() {
  given_clock=$(read_all "$TX_DIR/ready-clock")
  if [ -z "$given_clock" ] || same_boot "$given_clock"; then still_ready; else carried_ready; fi
}

# ready_instances : the container instances of what was seen ready, as they are now.
ready_instances() {
  instances_lines=$(inventory) || return "$NOT_SEEN_CODE"
  cut -f 4 "$TX_DIR/ready" | sort -u | while IFS= read -r instances_service; do
    instances_of "$instances_lines" "$instances_service" | sort
  done
}

# carried_ready : every service that was seen ready runs the image it was seen in, healthy where it says so.
carried_ready() {
  carried_left=$(health_patience)
  while :; do
    carried_lines=$(inventory) || return "$NOT_SEEN_CODE"
    carried_rest=$({ cat "$TX_DIR/ready"; printf '=\n'; printf '%s\n' "$carried_lines"; } | awk -F '\t' '
      $0 == "=" { second = 1; next }
      !second { image[$4] = $3; missing[$4]++; next }
      $4 == "True" || !($2 in image) { next }
      { missing[$2]-- }
      $5 != image[$2] { print "final " $2 " runs another image"; next }
      $7 == "exited" && $14 == 0 && $16 == "one-shot" { next }
      $7 == "running" && ($8 == "healthy" || $8 == "none") { next }
      $7 != "running" && $7 != "restarting" && $9 ~ /^no:/ { print "final " $2 " is " $7; next }
      { print "wait " $2 " is " $7 ", " $8 }
      END { for (service in missing) if (missing[service] > 0) print "final " service " lacks " missing[service] " of its containers" }')
    [ -n "$carried_rest" ] || return 0
    case $carried_rest in *"final "*) break ;; esac
    [ "$carried_left" -gt 0 ] || break
    carried_left=$((carried_left - 1))
    sleep 1
  done
  printf 'the confirmation cannot be carried forward: %s\n' "$(printf '%s\n' "$carried_rest" | sed 's/^[a-z]* //')" >&2
  return 1
}

# foreign_state : what is neither of before nor of this transaction, as lines `image SERVICE CONTAINER IMAGE_ID` and
# `env KEY`, tab-separated; fails where it cannot be read.
foreign_state() {
  foreign_now=$(inventory) || return 1
  {
    sed "s/^/before$TAB/" "$TX_DIR/snapshot/containers"
    read_all "$TX_DIR/after-images" | sed "s/^/after$TAB/"
    printf '%s\n' "$DEPLOY" | sed "s/^/deploy$TAB/"
    printf '=\n%s\n' "$foreign_now"
  } | awk -F '\t' -v OFS='\t' '
    !second && $1 == "before" { known[$3 "\t" $6] = 1; next }
    !second && $1 == "after" { known[$2 "\t" $3] = after[$2] = 1; next }
    !second && $1 == "deploy" { deployed[$2] = 1; next }
    $0 == "=" { second = 1; next }
    # Without knowing what was to be put in, nothing can be called foreign.
    second && $4 != "True" && ($2 in deployed) && ($2 in after) && !(($2 "\t" $5) in known) { print "image", $2, $1, $5 }' || return 1
  foreign_values
}

# foreign_values : managed keys of the env file whose value is neither the old one nor the new one.
foreign_values() {
  [ -f "$ENV_FILE" ] || return 0
  case $(hash_of "$ENV_FILE") in "$(hash_of "$TX_DIR/snapshot/env")" | "$(read_all "$TX_DIR/env-hash")") return 0 ;; esac
  foreign_wanted=$(wanted_env)
  foreign_keys=$(printf '%s\n' "$foreign_wanted" | cut -f 1)
  # One that Compose cannot read is for the rollback to name.
  foreign_read=$(probe_values "$ENV_FILE" "$foreign_keys" 2>/dev/null) || return 0
  foreign_old=$(probe_values "$TX_DIR/snapshot/env" "$foreign_keys") || return 1
  printf '%s\n' "$foreign_read" | grep -Fvx -e "$foreign_old" -e "$(as_probed "$foreign_wanted")" | sed -n "s/^P_\([A-Za-z0-9_]*\):.*/env$TAB\1/p"
  return 0
}
