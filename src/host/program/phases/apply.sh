# Apply (a job): crosses the boundary. Ends with NOT_APPLIED_CODE and a fact `refused` when it did not.

job_apply() {
  [ "$(state)" = prefetched ] || {
    echo "transaction $TX is $(state): somebody else ended it" >&2
    return "$NOT_APPLIED_CODE"
  }
  files_unchanged && prepare_release || return "$NOT_APPLIED_CODE"
  apply_copy=$(dirname "$ENV_FILE")/.closed-loop-env.$TX
  trap 'rm -f "$apply_copy"; [ "$(state)" != prefetched ] || disarm' EXIT
  # It starts while the env file is edited and read back.
  arm || return "$NOT_APPLIED_CODE"
  edit_copy || return "$NOT_APPLIED_CODE"
  files_unchanged || return "$NOT_APPLIED_CODE"
  keep_restore_plan && after_images >"$TX_DIR/after-images" && armed || return "$NOT_APPLIED_CODE"
  [ -z "$LOCK_FILE" ] || lock_file_held || {
    fact refused lock_file_lost
    return "$NOT_APPLIED_CODE"
  }
  recovery_on_disk

  # The boundary. The lock is looked at once it is written: whoever took the lock before that reads it. So does whoever
  # ends this transaction.
  set_state applying || return 1
  still_mine || {
    set_state prefetched
    fact refused lock_lost
    return "$NOT_APPLIED_CODE"
  }
  fact boundary
  apply_release && set_state applied || return 1
}

# edit_copy : the env file with the wanted values as apply_copy, proven to change nothing else; sets apply_facts.
edit_copy() {
  apply_wanted=$(wanted_env)
  (
    umask 077
    edited_env "$ENV_FILE" "$apply_wanted" >"$apply_copy"
  ) && chmod "$(stat -c %a "$ENV_FILE")" "$apply_copy" && give_owner "$(stat -c %u:%g "$ENV_FILE")" "$apply_copy" || return 1
  check_edit "$ENV_FILE" "$apply_copy" "$apply_wanted" '' || {
    fact refused env_edit "$CHECK_REFUSED"
    return 1
  }
  apply_facts=$CHECK_FACTS
}

# apply_release : what serves changes here.
apply_release() {
  apply_end=$(seconds_from_now "$((APPLY_SECONDS + HEALTH_SECONDS + $(grace_patience)))")
  stop_deferred && put_release || return 1
  while IFS=$TAB read -r apply_reference apply_id; do
    is_digest "$apply_reference" || docker_write tag "$apply_id" "$apply_reference" >&2 || return 1
  done <"$TX_DIR/new-images" || return 1
  # The hash first: a rollback must know our own edit from somebody else's. A file that would not change (the
  # same release again) is not replaced.
  hash_of "$apply_copy" >"$TX_DIR/env-hash" && durable "$TX_DIR/env-hash" || return 1
  cmp -s "$apply_copy" "$ENV_FILE" || { durable "$apply_copy" && mv "$apply_copy" "$ENV_FILE"; } || return 1
  start_dependencies || return 1
  # Services of the release may wait for each other's healthchecks.
  # shellcheck disable=SC2046 # service names have no blanks
  { compose "$ENV_FILE" "$(seconds_until "$apply_end")" up --detach --no-deps --no-build --pull never $(deployed_now) >&2 &&
    recreate_touched "$(seconds_until "$apply_end")" "$(deployed_now)"; } || {
    case $? in 124 | 143) echo "docker compose up was not done in time: a container took long to stop, or a service that others wait for to become healthy" >&2 ;; esac
    fact problem up_failed
    return 1
  }
  wait
  apply_lines=$(inventory) && compare_images "$(wanted_images "$apply_facts" "$(deployed_now)")" "$apply_lines"
}

# All that is brought up, beside what health and stopping may take. The client waits a minute longer.
APPLY_SECONDS=240

# seconds_until MOMENT : at least one, because `timeout 0` is none.
seconds_until() {
  if is_past "$1"; then echo 1; else echo "$(($1 - ${BOOT_CLOCK#* }))"; fi
}

# files_unchanged : the files are still those of the snapshot; else somebody else works here.
files_unchanged() {
  while IFS=$TAB read -r unchanged_path unchanged_hash _; do
    if ! { [ -f "$unchanged_path" ] && [ "$(hash_of "$unchanged_path")" = "$unchanged_hash" ]; }; then
      fact refused files_changed "$unchanged_path"
      return 1
    fi
  done <"$TX_DIR/snapshot/files.list"
  each_tree file tree_unchanged
}

tree_unchanged() {
  tree_is_same || {
    fact refused files_changed "$PROJECT_DIR/$tree_path"
    return 1
  }
}

# deferred_containers : running containers of the deferred services, as the snapshot saw them.
deferred_containers() {
  DEFERRED=$DEFER awk -F '\t' '
    BEGIN { n = split(ENVIRON["DEFERRED"], names, "\n"); for (i = 1; i <= n; i++) deferred[names[i]] = 1 }
    $2 != "" && ($2 in deferred) && $4 != "True"' "$TX_DIR/snapshot/containers"
}

# stop_deferred : so that nothing restarts them, dockerd neither. They stop while the release comes up.
stop_deferred() {
  deferred_containers | awk -F '\t' '{ print $11, $7 }' | while read -r stop_id stop_state; do
    docker_write update --restart no "$stop_id" >/dev/null
    case $stop_state in running | restarting) printf '%s\n' "$stop_id" ;; esac
  done >"$TX_DIR/deferred" || return 1
  # shellcheck disable=SC2046 # one word per ID
  [ ! -s "$TX_DIR/deferred" ] || docker_stop $(cat "$TX_DIR/deferred") >/dev/null &
}

# start_dependencies : what the release needs and does not run yet, first, and as far as it is waited for. What
# exists is started as it is (it is not part of the release), what runs is left alone.
start_dependencies() {
  for dependency in $(dependencies "$apply_facts" "$(deployed_now)"); do
    { among "$dependency" "$DEPLOY" || among "$dependency" "$DEFER"; } && continue
    # Of several the one that asks for most is the first by the alphabet: completed, healthy, started.
    dependency_condition=$(printf '%s\n' "$apply_facts" | awk -F '\t' -v on="$dependency" '$1 == "depends" && $3 == on { print $4 }' | sort | head -n 1)
    ! dependency_lines | awk -F '\t' -v condition="$dependency_condition" '
      $7 ~ /^(running|restarting|paused)$/ || condition == "service_completed_successfully" && $7 == "exited" && $14 == 0 { met = 1 }
      END { exit !met }' || continue
    if ! { compose "$ENV_FILE" "$(seconds_until "$apply_end")" up --detach --no-recreate --no-deps --no-build --pull never "$dependency" >&2 && await_dependency; }; then
      fact problem up_failed
      return 1
    fi
  done
}

# dependency_lines : the containers of $dependency.
dependency_lines() {
  inventory | awk -F '\t' -v service="$dependency" '$2 == service && $4 != "True"'
}

# await_dependency : what its dependents ask for: that it ended well, or that its healthcheck passed.
await_dependency() {
  [ "$dependency_condition" != service_started ] || return 0
  until is_past "$apply_end"; do
    dependency_now=$(dependency_lines)
    case $(printf '%s\n' "$dependency_now" | awk -F '\t' -v condition="$dependency_condition" '
      condition == "service_completed_successfully" { print ($7 != "exited" ? "wait" : ($14 == 0 ? "met" : "failed")); next }
      { print ($8 == "healthy" || ($7 == "running" && $8 == "none") ? "met" : ($8 == "unhealthy" || $7 == "exited" ? "failed" : "wait")) }') in
    *failed*) break ;;
    *wait*) ;;
    *) return 0 ;;
    esac
    sleep 1
  done
  echo "$dependency, which the release depends on, did not become what is needed of it: $(printf '%s\n' "$dependency_now" | awk -F '\t' '{ print $7 ", exit code " $14 ", health " $8 }')" >&2
  return 1
}

# after_images : what apply is going to deploy, `SERVICE<TAB>IMAGE_ID` for each deployed service, where it is known.
after_images() {
  wanted_images "$apply_facts" "$DEPLOY" "$TX_DIR/snapshot/tags" | awk -F '\t' '$2 != ""'
}

# wanted_images FACTS SERVICES [TAGS_FILE] : `SERVICE<TAB>IMAGE_ID` for each: the image that was pulled, or what its
# reference means here, where the file does not say it.
wanted_images() {
  wanted_facts=$1
  wanted_services=$2
  shift 2
  { cat "$TX_DIR/new-images" "$@"; printf '=\n%s\n=\n%s\n' "$wanted_facts" "$wanted_services"; } | awk -F '\t' '
    $0 == "=" { part++; next }
    !part { if (!($1 in id) && $2 != "-") id[$1] = $2; next }
    part == 2 { if ($1 != "") print $1 "\t" reference[$1] "\t" id[reference[$1]]; next }
    $1 == "service" { reference[$2] = $3 }' | while IFS=$TAB read -r wanted_service wanted_reference wanted_id; do
    [ -n "$wanted_id" ] || wanted_id=$(image_id "$wanted_reference")
    printf '%s\t%s\n' "$wanted_service" "$wanted_id"
  done
}

# compare_images WANTED LINES : every container of the services runs the image that is wanted. Facts `running SERVICE NAME
# ID IMAGE_ID STARTED_AT RESTARTS`, or a `problem`.
compare_images() {
  printf '%s\n=\n%s\n' "$1" "$2" | awk -F '\t' -v OFS='\t' '
    $0 == "=" { listing = 1; next }
    !listing { service[++services] = $1; wanted[$1] = $2; next }
    $4 == "True" || !($2 in wanted) { next }
    $5 != wanted[$2] && !($2 in other) { other[$2] = $5 }
    $17 == "cut" { cut[$2] = 1 }
    { running[$2] = running[$2] "fact\trunning\t" $2 "\t" $1 "\t" $11 "\t" $5 "\t" $12 "\t" $13 "\n" }
    END {
      for (i = 1; i <= services; i++) {
        name = service[i]
        if (!(name in running)) other[name] = "none"
        if (name in other) {
          print "fact", "problem", "wrong_image", name, wanted[name], other[name]
          exit 1
        }
        if (name in cut) {
          print name " shares the network, IPC or processes of a container that is gone" | "cat >&2"
          exit 1
        }
        printf "%s", running[name]
      }
    }'
}
