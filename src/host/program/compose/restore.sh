# Restoring, step by step, for the rollback. Each step may run again: what is as it was is left alone. A step that fails
# keeps nothing else from coming back: each goes on with the rest. Whether the containers are back is for the verification
# to say, so that what could not be cleared away beside them stops nothing that is right.

# keep_restore_plan : before the boundary, the plan that the client compiled of the snapshot (src/deploy/restore-plan.ts),
# from stdin. Refused unless it is whole.
keep_restore_plan() {
  cat >"$TX_DIR/restore-plan.new" && durable "$TX_DIR/restore-plan.new" && restore_plan "$TX_DIR/restore-plan.new" >/dev/null &&
    mv "$TX_DIR/restore-plan.new" "$TX_DIR/restore-plan"
}

# restore_plan FILE : its rows, as restorePlanText makes them; fails where the last does not count the others.
restore_plan() {
  awk -F '\t' '{ print; whole = ($1 == "whole" && $2 == NR - 1) } END { exit !whole }' "$1" || {
    echo "the plan of the rollback is not whole" >&2
    return 1
  }
}

# restore_everything : fails where something is not done that the verification does not see: files, tags, what was to be
# stopped for good, and what runs of this deployment's runner.
restore_everything() {
  restore_snapshot=$(cat "$TX_DIR/snapshot/containers") || return 1
  restore_groups=''
  true >"$TX_DIR/not-restored"
  services_facts=''
  restore_edited=''
  restore_unread=''
  use_live_files
  restore_code=1
  if restore_rows=$(restore_plan "$TX_DIR/restore-plan"); then
    restore_groups=$(printf '%s\n' "$restore_rows" | grep -e "^group$TAB" -e "^sharing$TAB")
    restore_from_files
    restore_code=$?
  else
    stop_what_was_told
  fi
  # Whatever became of plan and files: a container of the snapshot that was only stopped is right as it is.
  restore_policies_by_name
  start_what_ran
  rest_what_rested
  return "$restore_code"
}

# use_live_files : an earlier try may have had to read the recorded ones.
use_live_files() {
  live_secrets=$ENV_PATHS
  use_plan "$PLAN"
  ENV_PATHS=$live_secrets
  PROJECT_DIRECTORY=''
  LENT_IMAGES=''
}

# restore_from_files : nothing is stopped before the files are back and Compose can read them: without them what was
# stopped could not be started again.
restore_from_files() {
  if ! { files_restorable && restore_files; }; then
    stop_what_was_told
    return 1
  fi
  from_code=0
  from_left=$(remove_leftovers) || from_code=1
  [ -z "$from_left" ] || printf '%s\n' "$from_left" | sed "s/^/one-off-left$TAB/" >>"$TX_DIR/exceptions"
  if read_services; then
    remove_dead
    stop_what_differs || from_code=1
    restore_services
    remove_extras
    remove_new_networks
  else
    stop_what_was_told || from_code=1
  fi
  from_tags=$(put_tags_back) || from_code=1
  [ -z "$from_tags" ] || printf '%s\n' "$from_tags" | sed 's/^/tag-not-restored	/' >>"$TX_DIR/exceptions"
  return "$from_code"
}

# not_restored SERVICE WORDS : names what could not be brought back, with the last that was said about it.
not_restored() {
  printf '%s\t%s\n' "$1" "$(printf '%s\n' "$2" | grep . | tail -n 1 | redact | tr '\t' ' ')" >>"$TX_DIR/not-restored"
}

# change_containers : `SERVICE<TAB>DOCKER_COMMAND<TAB>CONTAINER_ID` from stdin, one by one; names what Docker refuses.
change_containers() {
  while IFS=$TAB read -r change_service change_command change_id; do
    # shellcheck disable=SC2086 # a command and its options
    change_said=$(docker_write $change_command "$change_id" 2>&1) || {
      printf '%s\n' "$change_said" >&2
      not_restored "$change_service" "$change_said"
    }
  done
}

# remove_dead : containers whose removal a power cut interrupted: Docker keeps them as `dead`, which nothing can start, and
# leaves them to whoever asked for the removal. Their volumes without a name are handed on (reattach_volumes).
remove_dead() {
  dead_now=$(inventory) || return 1
  two_lists "$restore_snapshot" "$dead_now" | awk -F '\t' "$OF_SERVICES"'
    $7 != "dead" { next }
    !second { before[$11] = 1; next }
    !($11 in before) { print $2 "\trm --force\t" $11 }' | change_containers
}

in_snapshot() {
  among "$1" "$(printf '%s\n' "$restore_snapshot" | cut -f 11)"
}

# remove_leftovers : half-made containers of an interrupted `up` of what is deployed, which carry twelve hex digits before
# their name; and the one-off containers that a killed `compose run` of this deployment's runner left running. Other ones
# that the snapshot lacks are somebody's own, and are left alone: `NAME<TAB>STATE` of each, and of what would not go.
remove_leftovers() {
  leftover_now=$(inventory) || return 1
  leftover_runs=$(docker_read ps --all --quiet --no-trunc --filter "label=$RUN_MARK=$TX") || return 1
  leftover_made=$(deployed_lines "$leftover_now" | awk -F '\t' '$1 ~ /^[0-9a-f]+_/ && index($1, "_") == 13 { print $11 }') || return 1
  leftover_gone=
  for leftover_id in $leftover_made $leftover_runs; do
    in_snapshot "$leftover_id" || ! docker_write rm --force --volumes "$leftover_id" >/dev/null || leftover_gone=$leftover_gone$NEWLINE$leftover_id
  done
  printf '%s\n' "$leftover_now" | awk -F '\t' '$4 == "True" { print $11 "\t" $1 "\t" $7 }' | while IFS=$TAB read -r leftover_id leftover_rest; do
    in_snapshot "$leftover_id" || among "$leftover_id" "$leftover_gone" || printf '%s\n' "$leftover_rest"
  done
  return 0
}

# stop_what_differs : what runs and is not of the snapshot, but for what an earlier try brought back, which need not go down
# again for the sake of another one; and what was told to stop.
stop_what_differs() {
  # shellcheck disable=SC2016 # an awk condition
  stop_chosen 'runs() && (told() || !($11 in before) && !(same() in known)) || deferred()'
}

# stop_what_was_told : where nothing else is stopped: only what may be stopping already, and was not started again since.
stop_what_was_told() {
  # shellcheck disable=SC2016
  stop_chosen '(runs() && told() || deferred()) && before[$11] == $12'
}

# stop_chosen CONDITION : stops the containers for which it holds, and waits. told: containers of the snapshot that dockerd
# may have been told to stop. When `up` is killed dockerd goes on stopping what it was told to stop: a container that is
# found running now would go down after the rollback had verified it. Only an `up` that ended (state applied) leaves no
# stop behind. deferred: those may still be stopping on behalf of apply: a second stop returns when they have stopped,
# so that none of them goes down after it was started again.
stop_chosen() {
  chosen_now=$(inventory) || return 1
  chosen_told=
  [ "$rollback_from" != applying ] || chosen_told=$(deployed_now | tr '\n' ' ')
  chosen_deferred=$(read_all "$TX_DIR/deferred" | tr '\n' ' ')
  # A one-off container that is there still is not of this deployment's runner (remove_leftovers).
  chosen_ids=$(two_lists "$restore_snapshot" "$chosen_now" | awk -F '\t' -v "services= $chosen_told" -v "ids= $chosen_deferred" "$OF_SERVICES"'
    function same() { return $1 "\t" $2 "\t" $3 "\t" $5 "\t" $10 }
    function runs() { return '"$RUNS"' }
    function told() { return index(services, " " $2 " ") && $11 in before }
    function deferred() { return index(ids, " " $11 " ") }
    !second { known[same()] = 1; before[$11] = $12; next }
    '"$1"' { print $11 }') || return 1
  # A container that is gone by now is as good as stopped; what is not will fail the verification.
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$chosen_ids" ] || docker_stop $chosen_ids >/dev/null || return 0
}

# files_restorable : asked before anything is stopped: without the files of before nothing could be started again.
# restore_unread: the env file that somebody edited so that Compose cannot read it any more, as two tries have found.
files_restorable() {
  while IFS=$TAB read -r restorable_path restorable_hash _ _ restorable_copy; do
    restorable_now=$([ -f "$restorable_path" ] && hash_of "$restorable_path")
    [ "$restorable_now" != "$restorable_hash" ] || continue
    copy_is_whole "$restorable_copy" "$restorable_hash" || {
      echo "the recorded copy of $restorable_path is damaged; the file is left as it is" >&2
      return 1
    }
    case $restorable_copy:$restorable_now in
    env: | "env:$(read_all "$TX_DIR/env-hash")" | files/*) continue ;;
    esac
    # What is not understood is not edited: an unclosed quote would swallow the rest of it.
    probe_values "$restorable_path" "$(env_keys "$restorable_path")" >/dev/null || {
      echo "somebody edited $restorable_path, and Compose cannot read it any more; it is left as it is" >&2
      may_use_recorded || return 1
      restore_unread=$restorable_path
    }
  done <"$TX_DIR/snapshot/files.list"
}

# restore_files : the recorded bytes, mode and owner. A copy whose hash is wrong is never put back. A file
# that somebody edited during the deployment keeps the edit (the env file without our values) and is named.
restore_files() {
  while IFS=$TAB read -r file_path file_hash file_mode file_owner file_copy; do
    file_now=$([ -f "$file_path" ] && hash_of "$file_path")
    [ "$file_now" != "$file_hash" ] || continue
    file_new=$(dirname "$file_path")/.closed-loop-restore.$TX
    if [ "$file_copy" = env ] && { [ "$file_now" = "$(read_all "$TX_DIR/env-hash")" ] || [ -z "$file_now" ]; }; then
      cp -p "$TX_DIR/snapshot/env" "$file_new" || return 1
    elif [ "$file_path" = "$restore_unread" ]; then
      printf 'env-not-restored\t%s\n' "$file_path" >>"$TX_DIR/exceptions"
      continue
    elif [ "$file_copy" = env ]; then
      printf 'file-edited-meanwhile\t%s\n' "$file_path" >>"$TX_DIR/exceptions"
      unmanaged_env "$file_path" "$TX_DIR/snapshot/env" >"$file_new" || return 1
    elif [ -z "$file_now" ]; then
      cp -p "$TX_DIR/snapshot/$file_copy" "$file_new" || return 1
    else
      printf 'file-edited-meanwhile\t%s\n' "$file_path" >>"$TX_DIR/exceptions"
      continue
    fi
    chmod "$file_mode" "$file_new" && give_owner "$file_owner" "$file_new" && durable "$file_new" && mv "$file_new" "$file_path" || return 1
  done <"$TX_DIR/snapshot/files.list"
}

# unmanaged_env NOW OLD : NOW with the managed variables as they stood in OLD, or without them.
unmanaged_env() {
  edited_env "$1" "$({ raw_values "$2"; printf '=\n'; wanted_env; } | awk '
    $0 == "=" { second = 1; next }
    { key = substr($0, 1, index($0, "\t") - 1) }
    !second { old[key] = substr($0, index($0, "\t") + 1); next }
    key in old { print key "\traw\t" old[key]; next }
    { print key "\tabsent\t" }')"
}

# read_services : what Compose makes of the files that are back; and which services it makes something else of than at the
# snapshot, because somebody edited a file meanwhile. A first deployment had none.
read_services() {
  [ -n "$restore_groups" ] || return 0
  [ -z "$restore_unread" ] || use_recorded env || return 1
  read_config || { use_recorded files && read_config; } || { use_recorded config && read_config; } || return 1
  services_facts=$(printf '%s\n' "$config_yaml" | awk "$SERVICE_FACTS") || return 1
  restore_edited=$({ read_all "$TX_DIR/snapshot/configs"; printf '=\n'; service_configs; } | awk -F '\t' '
    $0 == "=" { second = 1; next }
    !second { before[$1] = $3; next }
    { now[$1] = $3 }
    END { for (name in before) if (now[name] != before[name]) print name }')
  printf '%s\n' "$restore_edited" >"$TX_DIR/edited" || :
}

# restore_services : by the plan, row by row. What still is as it was needs nothing here. What shares the network, IPC or
# processes of another service has to follow its new container.
restore_services() {
  [ -n "$restore_groups" ] || return 0
  services_present=$(inventory) || return 1
  services_code=0
  services_left=$restore_groups$NEWLINE
  while [ -n "$services_left" ]; do
    services_row=${services_left%%"$NEWLINE"*}
    services_left=${services_left#*"$NEWLINE"}
    case $services_row in sharing"$TAB"*) services_present=$(inventory) || return 1 ;; esac
    restore_group "$services_row" || services_code=1
  done
  return "$services_code"
}

# differing MEMBERS : those of `SERVICE=N …` that are not what they were, one a line: not all of their containers are there
# by ID, or share what they shared.
differing() {
  two_lists "$restore_snapshot" "$services_present" | awk -F '\t' -v "members=$1" "$OF_SERVICES"'
    !second { before[$11, $10] = 1; missing[$2]++; next }
    ($11, $10) in before { missing[$2]--; next }
    { changed[$2] = 1 }
    END {
      n = split(members, member, " ")
      for (i = 1; i <= n; i++) {
        split(member[i], parts, "=")
        if (changed[parts[1]] || missing[parts[1]]) print member[i]
      }
    }'
}

# may_use_recorded : not at the first try: a busy host may just have taken too long.
may_use_recorded() {
  [ "$rollback_try" -gt 1 ]
}

# use_recorded env|files|config : somebody broke them meanwhile; what was recorded still says what ran, where it is whole.
# The configuration stands by itself, where one is broken that was not recorded (one that is included or extended, a
# service's env file).
use_recorded() {
  may_use_recorded && copies_are_whole || return 1
  [ "$1" = env ] || [ -n "$PROJECT_DIRECTORY" ] ||
    PROJECT_DIRECTORY=$(dirname "$(compose_path "$(printf '%s\n' "$COMPOSE_FILES" | head -n 1)")")
  case $1 in
  env) ENV_FILE=$TX_DIR/snapshot/env ;;
  files) COMPOSE_FILES=$(awk -F '\t' -v dir="$TX_DIR/snapshot/" '$5 != "env" { print dir $5 }' "$TX_DIR/snapshot/files.list") ;;
  config)
    copy_is_whole config.yml "$(first_line "$TX_DIR/snapshot/config-hash")" || return 1
    ENV_FILE=$TX_DIR/snapshot/env
    COMPOSE_FILES=$TX_DIR/snapshot/config.yml
    ;;
  esac
  echo recorded-files-used >>"$TX_DIR/exceptions"
}

# copy_is_whole COPY HASH : no other one is ever used.
copy_is_whole() {
  [ "$(hash_of "$TX_DIR/snapshot/$1" 2>/dev/null)" = "$2" ]
}

copies_are_whole() {
  while IFS=$TAB read -r _ whole_hash _ _ whole_copy; do
    copy_is_whole "$whole_copy" "$whole_hash" || {
      echo "the recorded copy $whole_copy is damaged; it is not used" >&2
      return 1
    }
  done <"$TX_DIR/snapshot/files.list"
}

# For one group, beside what health (its services may wait for each other's) and stopping may take.
GROUP_SECONDS=240

# restore_group ROW : one reference and image. Where the reference cannot mean the recorded image any more
# (a lost digest, a file that says something else), an override file of ours names the image ID instead.
restore_group() {
  group_reference=$(column 2 "$1")
  group_id=$(column 3 "$1")
  group_state=$(column 4 "$1")
  group_members=$(differing "$(column 5 "$1")") || return 1
  [ -n "$group_members" ] || return 0
  image_id "$group_id" >/dev/null || pull_again || {
    printf '%s\t%s\n' "$group_reference" "$group_id" >>"$TX_DIR/images-gone"
    echo "image $group_id of $group_reference is gone from this host" >&2
    for group_member in $group_members; do not_restored "${group_member%=*}" "image $group_reference is gone from this host"; done
    return 1
  }
  case $group_reference in
  sha256:*) ;;
  *) is_digest "$group_reference" || docker_write tag "$group_id" "$group_reference" >&2 ;;
  esac
  restore_members
}

# restore_members : `up`; and where that fails, for each by itself: an `up` of several ends with the first that fails.
restore_members() {
  group_code=1
  group_said="the disk is full: $TX_DIR/override.yml cannot be written"
  ! prepare_members || {
    group_said=$(up_members 2>&1)
    group_code=$?
  }
  [ -z "$group_said" ] || printf '%s\n' "$group_said" >&2
  [ "$group_code" != 0 ] || return 0
  case $group_members in
  *"$NEWLINE"*) ;;
  *)
    not_restored "${group_members%=*}" "$group_said"
    return 1
    ;;
  esac
  group_failed=0
  for group_members in $group_members; do
    restore_members || group_failed=1
  done
  return "$group_failed"
}

prepare_members() {
  group_override=
  group_words=
  group_means=$(image_id "$group_reference")
  for group_member in $group_members; do
    group_words="$group_words --scale $group_member"
    group_member=${group_member%=*}
    [ "$group_means" = "$group_id" ] && [ "$(service_image "$services_facts" "$group_member")" = "$group_reference" ] && continue
    group_override="$group_override  $group_member:$NEWLINE    image: $group_id$NEWLINE"
    printf 'reference-overridden\t%s\t%s\t%s\n' "$group_member" "$group_reference" "$group_id" >>"$TX_DIR/exceptions"
    rollback_overridden="$rollback_overridden $group_member"
  done
  group_files=$COMPOSE_FILES
  if [ -n "$group_override" ]; then
    # One that a full disk cut short would say something else.
    printf 'services:\n%s' "$group_override" >"$TX_DIR/override.yml" || return 1
    group_files=$COMPOSE_FILES$NEWLINE$TX_DIR/override.yml
  fi
}

up_members() {
  reattach_volumes "$group_members" "$group_files" || return 1
  up_seconds=$((GROUP_SECONDS + $(grace_patience)))
  up_how=--no-start
  if [ "$group_state" = up ]; then
    up_seconds=$((up_seconds + HEALTH_SECONDS))
    up_how=--detach
  fi
  # shellcheck disable=SC2046,SC2086 # words of service names and numbers
  COMPOSE_FILES=$group_files compose "$ENV_FILE" "$up_seconds" up "$up_how" --no-deps --no-build --pull never $group_words $(printf '%s\n' "$group_members" | sed 's/=.*//') >&2
}

# For each pull of a rollback. One that took so long and failed met a registry that does not answer.
AGAIN_SECONDS=120
SILENT_SECONDS=10

# pull_again : the last resort where somebody removed even what we hold (`docker system prune -a`): by digest, as the
# host itself may, from the reference's own repository, and only what is the recorded image to the byte. Not before the
# second try, when all that needs no registry is back; and no registry that did not answer is asked again.
pull_again() {
  [ "$rollback_try" -gt 1 ] || return 1
  again_own=$group_reference
  # An ID has no repository of its own: those that the deployment knows.
  case $group_reference in sha256:*) again_own=$(wanted_references; printf '%s\n' "$restore_snapshot" | cut -f 6) ;; esac
  read_all "$TX_DIR/snapshot/digests" | own_digests "$again_own" | awk -F '\t' -v id="$group_id" '$1 == id { print $2 }' | while IFS= read -r again_reference; do
    again_registry=$(printf '%s\n' "$again_reference" | canonical)
    again_registry=${again_registry%%/*}
    ! among "$again_registry" "$(read_all "$TX_DIR/silent-registries")" || continue
    read -r again_began _ </proc/uptime
    bounded "$AGAIN_SECONDS" docker pull "$again_reference" >&2 || {
      read -r again_now _ </proc/uptime
      [ $((${again_now%%.*} - ${again_began%%.*})) -lt "$SILENT_SECONDS" ] || ! docker_answers || printf '%s\n' "$again_registry" >>"$TX_DIR/silent-registries"
      continue
    }
    image_id "$group_id" >/dev/null || continue
    printf 'image-pulled-again\t%s\t%s\n' "$group_reference" "$again_reference" >>"$TX_DIR/pulled-again"
    break
  done
  image_id "$group_id" >/dev/null
}

# restore_policies_by_name : as they were, whoever changed them: apply, a person, or a rollback that had failed.
# The container may be a new one.
restore_policies_by_name() {
  policies_now=$(inventory) || return 1
  policies_lost=$(two_lists "$restore_snapshot" "$policies_now" | awk -F '\t' "$OF_SERVICES"'
    !second { policy[$1] = $9; next }
    $1 in policy && policy[$1] != $9 { print $11 "\t" policy[$1] }') || return 1
  [ -z "$policies_lost" ] || printf '%s\n' "$policies_lost" | set_policies
}

# remove_extras : containers of the project whose name the snapshot lacks.
remove_extras() {
  extras_now=$(inventory) || return 1
  extras_ids=$(two_lists "$restore_snapshot" "$extras_now" | awk -F '\t' "$OF_SERVICES"'
    !second { named[$1] = 1; next }
    !($1 in named) { print $11 }') || return 1
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$extras_ids" ] || docker_write rm --force --volumes $extras_ids >/dev/null
}

# start_what_ran : containers of the snapshot that only were stopped (the deferred ones, or by `up`). What shares something
# with another one can only start after it: in the order of the plan.
start_what_ran() {
  start_now=$(inventory) || return 1
  start_sharing=$(printf '%s\n' "$restore_groups" | sed -n "s/^sharing$TAB.*$TAB/ /p" | tr -d '\n')
  two_lists "$restore_snapshot" "$start_now" | awk -F '\t' -v "sharing=$start_sharing" "$OF_SERVICES"'
    !second { if ($7 == "running" || $7 == "restarting") ran[$11] = $2; next }
    $11 in ran && $7 ~ /^(exited|created|paused)$/ {
      print index(sharing, " " ran[$11] "=") "\t" $2 "\t" ($7 == "paused" ? "unpause" : "start") "\t" $11
    }' | sort -n | cut -f 2- | change_containers
}

# rest_what_rested : what did not run, or was paused, and was started by `up` or as a dependency. By name: the
# container may be a new one. What fails here will fail the verification.
rest_what_rested() {
  rest_now=$(inventory) || return 1
  two_lists "$restore_snapshot" "$rest_now" | awk -F '\t' "$OF_SERVICES"'
    function serves() { return $7 == "running" || $7 == "restarting" }
    !second { if (!serves()) rested[$1] = $7; next }
    $1 in rested && serves() { print $11, rested[$1] }' | while read -r rest_id rest_wanted; do
    case $rest_wanted in
    paused) docker_write pause "$rest_id" >/dev/null ;;
    *) docker_stop "$rest_id" >/dev/null ;;
    esac
  done
}

remove_new_networks() {
  new_networks=$(docker_read network ls --filter "label=com.docker.compose.project=$PROJECT_NAME" --format '{{.Name}}') || return 1
  printf '%s\n' "$new_networks" | while IFS= read -r new_network; do
    [ -z "$new_network" ] || among "$new_network" "$(read_all "$TX_DIR/snapshot/networks")" || docker_write network rm "$new_network" >/dev/null
  done
  # What somebody uses meanwhile stays, and is compared with nothing.
  return 0
}

# set_policies : restart policies from stdin, `CONTAINER_ID<TAB>POLICY`; what is gone needs none. Fails where a container
# that is there did not get its own.
set_policies() {
  policies_lost=0
  while IFS=$TAB read -r policy_id policy_value; do
    case $policy_value in
    on-failure:*) ;;
    *) policy_value=${policy_value%%:*} ;;
    esac
    set_policy || {
      wait_for_docker "$DOCKER_SECONDS"
      set_policy || is_gone "$policy_id" || {
        echo "container $policy_id did not get its restart policy $policy_value" >&2
        policies_lost=1
      }
    }
  done
  return "$policies_lost"
}

set_policy() {
  docker_write update --restart "$policy_value" "$policy_id" >/dev/null 2>&1
}
