# Confirm (a job): what was ready is still the same container instance of the same image and healthy; then the deferred
# services come back and must stay up; only then is the transaction `promoted`.

# job_confirm : stdin has the container instances that the client saw ready,
# `CONTAINER_ID<TAB>STARTED_AT<TAB>IMAGE_ID<TAB>SERVICE`.
job_confirm() {
  [ "$(state)" = applied ] || return "$WRONG_STATE_CODE"
  still_locked || return 1
  cat >"$TX_DIR/ready" || return 1
  [ -s "$TX_DIR/ready" ] || return "$USAGE_CODE"
  still_ready || return 1
  still_set || return 1
  boot_clock
  # Who carries it forward after a power cut reads both.
  printf '%s\n' "$BOOT_CLOCK" >"$TX_DIR/ready-clock" && durable "$TX_DIR/ready" "$TX_DIR/ready-clock" || return 1
  set_state confirming || return 1
  { still_locked && deferred_back && still_ready "$confirm_now" && still_locked && set_state promoted; } || {
    refuse_confirmation
    return 1
  }
  promoted
}

# refuse_confirmation : from here on it is no confirmation that somebody could carry forward, but a release to roll back.
refuse_confirmation() {
  rm -f "$TX_DIR/reserve"
  [ "$(state)" != confirming ] || set_state applied
}

# confirmation_refused : whether somebody asked for the rollback, or the confirmation died between a verdict of its own and the
# state. What was killed before left none.
confirmation_refused() {
  [ -e "$TX_DIR/rollback-from" ] || [ -n "$(ls "$TX_DIR"/jobs/*/is-rollback 2>/dev/null)" ] ||
    grep -qs "^fact${TAB}problem${TAB}" "$TX_DIR/jobs/confirm/facts"
}

# deferred_back : the deferred services run again as they should, and stay up. Facts `problem …` where they do not.
deferred_back() {
  # A runner that was stopped at its deadline leaves its one-off container running. Now: a deferred service
  # may start a run of its own as soon as it is back.
  restore_snapshot=$(read_all "$TX_DIR/snapshot/containers")
  remove_own_runs | sed "s/^/fact${TAB}one_off_left${TAB}/"
  return_deferred || return 1
  confirm_before=$(inventory) || return "$NOT_SEEN_CODE"
  sleep "$STABLE_SECONDS" &
  confirm_window=$!
  confirm_facts=$(service_facts "$ENV_FILE") || return "$NOT_SEEN_CODE"
  confirm_wanted=$(wanted_images "$confirm_facts" "$DEPLOY")
  wait "$confirm_window"
  confirm_now=$(inventory) || return "$NOT_SEEN_CODE"
  compare_images "$confirm_wanted" "$confirm_now" || return
  confirm_unstable=$(returned_services | first_unstable)
  [ -z "$confirm_unstable" ] || unstable "$confirm_unstable"
}

# first_unstable : of the services from stdin, one that is another container instance than a window ago, or is not well.
first_unstable() {
  { printf '%s\n=\n%s\n=\n' "$confirm_before" "$confirm_now"; cat; } | awk -F '\t' '
    $0 == "=" { part++; next }
    part == 2 { if (before[$1] != now[$1] || ($1 in bad)) { print; exit } next }
    $4 == "True" { next }
    !part { before[$2] = before[$2] $11 " " $12 "\n"; next }
    { now[$2] = now[$2] $11 " " $12 "\n" }
    $7 == "exited" && $14 == 0 && $16 == "one-shot" { next }
    $7 != "running" || $8 == "unhealthy" { bad[$2] = 1 }'
}

# unstable SERVICE : it does not stay up, and that fails; what it said last is why, mostly.
unstable() {
  fact problem unstable "$1"
  for unstable_id in $(printf '%s\n' "$confirm_now" | awk -F '\t' -v service="$1" '$2 == service && $4 != "True" { print $11 }'); do
    container_log "$READ_SECONDS" 10 "$unstable_id" >&2
  done
  return 1
}

# promoted : the state is; what deferred_back has seen is what is reported. What a failed rollback had left without its restart
# policy has it again: this release's `up` only started it.
promoted() {
  for promoted_policies in "$STATE_DIR"/transactions/*/policies; do
    [ ! -f "$promoted_policies" ] || ! set_policies <"$promoted_policies" || rm -f "$promoted_policies"
  done
  stop_other_jobs
  # The release before this one stays for a while: its images keep the tags of this transaction, and those of earlier ones go.
  release_images "$(ls "$STATE_DIR/transactions")" "closed-loop-hold:$TX-"
  disarm
  forget_trees
  tx_release "$TX"
  print_containers "$confirm_now"
}

# still_locked : a client that was not heard of for a lease can promote nothing, and nobody what is being put back.
still_locked() {
  still_mine || {
    fact problem lock_lost
    return 1
  }
}

# still_set : somebody may edit the env file while the gate waits, but for what this deployment sets there: else
# the next `up` by anyone would install something else than what is confirmed. Fact `problem env_changed KEY`.
still_set() {
  [ "$(hash_of "$ENV_FILE")" != "$(cat "$TX_DIR/env-hash")" ] || return 0
  set_wanted=$(wanted_env)
  set_now=$(probe_values "$ENV_FILE" "$(printf '%s\n' "$set_wanted" | cut -f 1)") || return 1
  set_lost=$(printf '%s\n' "$set_now" | grep -Fvx -e "$(as_probed "$set_wanted")" | head -n 1)
  [ -n "$set_lost" ] || return 0
  set_lost=${set_lost%%:*}
  fact problem env_changed "${set_lost#P_}"
  return 1
}

# still_ready [LINES] : each container instance that the client saw ready still runs, in these lines of just now or as Docker lists
# it. Fact `problem lost SERVICE WHAT EXIT_CODE`. One whose health Docker checks anew has the time to pass again.
still_ready() {
  ready_left=$(health_patience)
  ready_now=${1-}
  while :; do
    # All of the project: a Docker that does not answer has removed nothing, and what it does not list is gone.
    [ -n "$ready_now" ] || ready_now=$(inventory 2>/dev/null) || {
      wait_for_docker "$DOCKER_SECONDS"
      ready_now=$(inventory 2>/dev/null)
    } || {
      echo "Docker does not answer, so what is in service cannot be looked at" >&2
      return "$NOT_SEEN_CODE"
    }
    ready_lost=$(lost_instance)
    [ -n "$ready_lost" ] || return 0
    case $ready_lost in starting*) [ "$ready_left" -gt 0 ] ;; *) false ;; esac || break
    ready_left=$((ready_left - 1))
    ready_now=
    sleep 1
  done
  printf '%s\n' "${ready_lost#starting"$TAB"}"
  return 1
}

# lost_instance : the fact of the first instance that is no more what the client saw. Where that is only one whose health is not
# known again, `starting` stands before it: what does not pass again in time counts as a health check that failed.
lost_instance() {
  { printf '%s\n' "$ready_now"; printf '=\n'; cat "$TX_DIR/ready"; } | awk -F '\t' -v OFS='\t' "$CHANGE_OF"'
    $0 == "=" { listing = 1; next }
    !listing { line[$11] = $0; next }
    {
      what = change_of(line[$1], $2, $3)
      if (what == "none") next
      split(line[$1], now, "\t")
      told = "fact" OFS "problem" OFS "lost" OFS $4 OFS (what == "starting" ? "unhealthy" : what) OFS now[14]
      if (what != "starting") exit
      later = "starting" OFS told
      told = ""
    }
    END {
      if (told == "") told = later
      if (told != "") print told
    }'
}

# returned_services : the deferred services that run after a promotion: those deployed, and those that ran.
returned_services() {
  {
    deferred_containers | awk -F '\t' '$7 == "running" || $7 == "restarting" { print $2 }'
    printf '%s\n' "$DEPLOY" | grep -Fx -e "$DEFER"
  } | sort -u
}

return_deferred() {
  deferred_containers | awk -F '\t' '{ print $11 "\t" $9 }' | set_policies || return 1
  return_up=
  for return_service in $(returned_services); do
    if among "$return_service" "$DEPLOY"; then
      return_up="$return_up $return_service"
    else
      # shellcheck disable=SC2046 # one word per ID
      docker_write start $(deferred_containers | awk -F '\t' -v service="$return_service" '$2 == service && ($7 == "running" || $7 == "restarting") { print $11 }') >&2 || return 1
    fi
  done
  [ -n "$return_up" ] || return 0
  # They may wait for each other's healthchecks.
  # shellcheck disable=SC2086 # service names have no blanks
  compose "$ENV_FILE" "$((RETURN_SECONDS + HEALTH_SECONDS))" up --detach --no-deps --no-build --pull never $return_up >&2
}

# Bringing the deferred services up, beside what health may take: the client waits half a minute longer.
RETURN_SECONDS=90

# instances_of LINES SERVICE
instances_of() {
  printf '%s\n' "$1" | awk -F '\t' -v service="$2" '$2 == service && $4 != "True" { print $11, $12 }'
}
