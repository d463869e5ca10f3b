# Restoring, step by step, for the rollback. Each step may run again: what is as it was is left alone. A step that fails
# keeps nothing else from coming back; whether the containers are back is for the verification to say.

# keep_restore_plan : from stdin, before the boundary, what src/deploy/restore-plan.ts made of the snapshot.
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

# restore_everything : fails where something is not done that the verification does not see (files, tags, what was to be
# stopped for good). In a subshell: for this try alone Compose may have to read what was recorded.
restore_everything() (
  for restore_list in exceptions edited images-gone not-restored; do true >"$TX_DIR/$restore_list"; done
  restore_code=1
  # shellcheck disable=SC2030 # for this try alone
  again_silent=
  trees_turn=first trees_failed=
  # One path that cannot be restored keeps the containers no longer than one try.
  if restore_plan "$TX_DIR/restore-plan" >/dev/null && { restore_trees file || { [ "$rollback_try" -gt 1 ] && trees_failed=yes; }; } && restore_files; then
    restore_containers
    restore_code=$?
    [ -z "$trees_failed" ] || restore_code=1
  fi
  # Whatever became of plan and files: a container of the snapshot that was only stopped is right as it is. But one that dockerd
  # is stopping still looks as if it ran.
  await_stops
  restore_states
  return "$restore_code"
)

restore_containers() {
  containers_code=0
  containers_left=$(remove_own_runs) || containers_code=1
  exception one-off-left "$containers_left"
  # Nothing is stopped before Compose can read the files: it could not be started again.
  if read_services; then
    { clear_away && stop_remounts && trees_turn=cleared && restore_trees file && restore_trees state; } || containers_code=1
    restore_services
    remove_new_networks
  elif [ -n "$(plan_values state_file; plan_values file)" ]; then
    containers_code=1
  fi
  containers_tags=$(put_tags_back) || containers_code=1
  exception tag-not-restored "$containers_tags"
  return "$containers_code"
}

# exception KIND LINES
exception() {
  [ -z "$2" ] || printf '%s\n' "$2" | sed "s/^/$1$TAB/" >>"$TX_DIR/exceptions"
}

# not_restored SERVICES WORDS : names what could not be brought back, with the last that was said about it.
not_restored() {
  printf '%s\n' "$2" >&2
  restored_words=$(printf '%s\n' "$2" | grep . | tail -n 1 | redact | tr '\t' ' ')
  for restored_service in $1; do printf '%s\t%s\n' "${restored_service%=*}" "$restored_words" >>"$TX_DIR/not-restored"; done
}

# restore_files : what somebody edited keeps the edit (the env file without our values); name_exceptions names it.
restore_files() {
  while IFS=$TAB read -r file_path file_hash file_mode file_owner file_copy; do
    file_now=$([ -f "$file_path" ] && hash_of "$file_path")
    [ "$file_now" != "$file_hash" ] || continue
    file_new=$(dirname "$file_path")/.closed-loop-restore.$TX
    case $file_copy:$file_now in
    *: | "env:$(read_all "$TX_DIR/env-hash")")
      copy_is_whole "$file_copy" "$file_hash" && cp -p "$TX_DIR/snapshot/$file_copy" "$file_new" || return 1
      ;;
    env:*)
      # What is not understood is not edited: an unclosed quote would swallow the rest of it.
      probe_values "$file_path" "$(env_keys "$file_path")" >/dev/null || {
        echo "somebody edited $file_path, and Compose cannot read it any more; it is left as it is" >&2
        [ "$rollback_try" -gt 1 ] || return 1
        exception env-not-restored "$file_path"
        continue
      }
      copy_is_whole env "$file_hash" && unmanaged_env "$file_path" "$TX_DIR/snapshot/env" >"$file_new" || return 1
      ;;
    *) continue ;;
    esac
    chmod "$file_mode" "$file_new" && give_owner "$file_owner" "$file_new" && durable "$file_new" || return 1
    mv "$file_new" "$file_path" || return 1
  done <"$TX_DIR/snapshot/files.list"
}

# copy_is_whole COPY HASH : no other one is ever used.
copy_is_whole() {
  [ "$(hash_of "$TX_DIR/snapshot/$1" 2>/dev/null)" = "$2" ] || {
    echo "the recorded copy of ${file_path:-$1} is damaged; it is not used" >&2
    return 1
  }
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

# read_services : what Compose makes of the files that are back; edited: the services that it makes something else of than
# at the snapshot, because somebody edited a file meanwhile. A first deployment had none.
read_services() {
  grep -q -e "^group$TAB" -e "^sharing$TAB" "$TX_DIR/restore-plan" || return 0
  read_config || { use_recorded && read_config; } || return 1
  services_facts=$(printf '%s\n' "$config_yaml" | awk "$SERVICE_FACTS") || return 1
  read_all "$TX_DIR/snapshot/configs" | grep -Fvx -e "$(service_configs)" | cut -f 1 >"$TX_DIR/edited"
}

# use_recorded : somebody broke the files meanwhile; the configuration that was recorded still says what ran. Not at the first
# try: a busy host may just have taken too long.
use_recorded() {
  [ "$rollback_try" -gt 1 ] && copy_is_whole env "$(first_line "$TX_DIR/snapshot/files.list" | cut -f 2)" &&
    copy_is_whole config.yml "$(first_line "$TX_DIR/snapshot/config-hash")" || return 1
  PROJECT_DIRECTORY=$(dirname "$(compose_path "$(printf '%s\n' "$COMPOSE_FILES" | head -n 1)")")
  ENV_FILE=$TX_DIR/snapshot/env
  COMPOSE_FILES=$TX_DIR/snapshot/config.yml
  echo recorded-files-used >>"$TX_DIR/exceptions"
}

# marked_runs : the one-off containers of this deployment, one ID a line.
marked_runs() {
  docker_read ps --all --quiet --no-trunc --filter "label=$RUN_MARK=$TX"
}

# remove_marked : fails where Docker does not say which.
remove_marked() {
  marked_ids=$(marked_runs) || return 1
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$marked_ids" ] || docker_write rm --force --volumes $marked_ids >/dev/null || return 0
}

# remove_own_runs : the one-off containers that a killed `compose run` of this deployment's runner left running. Other ones
# that the snapshot lacks are somebody's own, and are left alone: `NAME<TAB>STATE` of each, and of what would not go.
remove_own_runs() {
  remove_marked || return 1
  runs_now=$(inventory) || return 1
  two_lists "$restore_snapshot" "$runs_now" | awk -F '\t' '
    $0 == "=" { second = 1; next }
    !second { before[$11]; next }
    $4 == "True" && !($11 in before) { print $1 "\t" $7 }'
}

# await_stops : once, what dockerd may be stopping still, which would go down after it was verified: the deferred services, and
# after an `up` that was killed (state applying) the deployed ones of the snapshot. A second stop returns when they have stopped.
await_stops() {
  [ ! -e "$TX_DIR/stops-awaited" ] || return 0
  stops_now=$(inventory) || return 1
  stops_told=
  [ "$rollback_from" != applying ] || stops_told=$(deployed_now | tr '\n' ' ')
  stops_ids=$(two_lists "$restore_snapshot" "$stops_now" |
    awk -F '\t' -v "told= $stops_told" -v "rested= $(read_all "$TX_DIR/deferred" | tr '\n' ' ')" "$OF_SERVICES"'
    !second { before[$11]; next }
    index(rested, " " $11 " ") { print $11; next }
    ('"$RUNS"') && $11 in before && index(told, " " $2 " ") { print $11 }') || return 1
  # shellcheck disable=SC2086 # one word per ID
  if [ -z "$stops_ids" ] || docker_stop $stops_ids >/dev/null; then true >"$TX_DIR/stops-awaited"; fi
}

# clear_away : stops, and waits for, what runs and is not of the snapshot, but for what an earlier try brought back. Then it
# removes what the snapshot lacks by name (new services, half-made containers of an interrupted `up`), and what a power cut
# left `dead`, which nothing can start.
clear_away() {
  await_stops || return 1
  clear_now=$(inventory) || return 1
  clear_list=$(two_lists "$restore_snapshot" "$clear_now" | awk -F '\t' "$OF_SERVICES"'
    function same() { return $1 "\t" $2 "\t" $3 "\t" $5 "\t" $10 }
    !second { before[$11] = $7; named[$1]; known[same()]; next }
    !($11 in before) && !($1 in named) { print "extra " $11 }
    $7 == "dead" && before[$11] != "dead" { print "dead " $11 }
    ('"$RUNS"') && !($11 in before) && !(same() in known) { print "stop " $11 }') || return 1
  # What is gone by now is as good as stopped; what is not will fail the verification.
  cleared stop docker_stop
  cleared extra docker_write rm --force --volumes
  cleared dead docker_write rm --force
  return 0
}

# cleared WORD COMMAND… : with what clear_list has under that word.
cleared() {
  cleared_ids=$(printf '%s\n' "$clear_list" | sed -n "s/^$1 //p")
  shift
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$cleared_ids" ] || "$@" $cleared_ids >/dev/null
}

# restore_services : by the plan, row by row: services with one reference and image.
restore_services() {
  while IFS=$TAB read -r group_kind group_reference group_id group_state group_members; do
    case $group_kind in group | sharing) restore_group ;; esac
  done <"$TX_DIR/restore-plan"
}

restore_group() {
  group_now=$(inventory) && group_members=$(differing "$group_members" "$group_now") || return 1
  [ -n "$group_members" ] || return 0
  image_id "$group_id" >/dev/null || pull_again || {
    printf '%s\t%s\n' "$group_reference" "$group_id" >>"$TX_DIR/images-gone"
    not_restored "$group_members" "image $group_reference is gone from this host"
    return 1
  }
  case $group_reference in
  sha256:* | *@*) ;;
  *) docker_write tag "$group_id" "$group_reference" >&2 ;;
  esac
  restore_members
}

# differing MEMBERS NOW : those of `SERVICE=N …` whose containers are not all there by ID, or share something else, one a line.
differing() {
  two_lists "$restore_snapshot" "$2" | awk -F '\t' -v "members=$1" "$OF_SERVICES"'
    !second { before[$11, $10]; missing[$2]++; next }
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

# restore_members : `up`; and where that fails, for each by itself: an `up` of several ends with the first that fails.
restore_members() {
  if members_said=$(up_members 2>&1); then
    printf '%s\n' "$members_said" >&2
    return 0
  fi
  case $group_members in
  *"$NEWLINE"*) printf '%s\n' "$members_said" >&2 ;;
  *)
    not_restored "$group_members" "$members_said"
    return 1
    ;;
  esac
  members_code=0
  for group_members in $group_members; do
    restore_members || members_code=1
  done
  return "$members_code"
}

# For one group, beside what health (its services may wait for each other's) and stopping may take.
GROUP_SECONDS=240

# up_members : in a subshell. Where the reference cannot mean the recorded image any more (a lost digest, a file that says
# something else), an override file of ours names the image ID instead.
up_members() {
  up_scales=
  up_services=
  up_override=
  up_means=$(image_id "$group_reference")
  for up_member in $group_members; do
    up_service=${up_member%=*}
    up_scales="$up_scales --scale $up_member"
    up_services="$up_services $up_service"
    [ "$up_means" = "$group_id" ] && [ "$(service_image "$services_facts" "$up_service")" = "$group_reference" ] && continue
    up_override="$up_override  $up_service:$NEWLINE    image: $group_id$NEWLINE"
    printf 'reference-overridden\t%s\t%s\t%s\n' "$up_service" "$group_reference" "$group_id" >>"$TX_DIR/exceptions"
  done
  [ -z "$up_override" ] || {
    printf 'services:\n%s' "$up_override" >"$TX_DIR/override.yml" || return 1
    COMPOSE_FILES=$COMPOSE_FILES$NEWLINE$TX_DIR/override.yml
  }
  up_seconds=$((GROUP_SECONDS + $(grace_patience)))
  reattach_volumes || return 1
  up_how=--no-start
  [ "$group_state" != up ] || {
    up_seconds=$((up_seconds + HEALTH_SECONDS))
    up_how=--detach
  }
  # shellcheck disable=SC2086 # words of service names and numbers
  compose "$ENV_FILE" "$up_seconds" up "$up_how" --no-deps --no-build --pull never $up_scales $up_services >&2
}

# For each pull of a rollback.
AGAIN_SECONDS=120

# pull_again : where somebody removed even what we hold (`docker system prune -a`): by digest, as the host itself may, from
# the reference's own repository (an ID has none: those that the deployment knows). Not before the second try, when all that
# needs no registry is back; and no registry that did not answer in time is asked again at this try.
pull_again() {
  [ "$rollback_try" -gt 1 ] || return 1
  again_own=$group_reference
  case $group_reference in sha256:*) again_own=$(wanted_references; printf '%s\n' "$restore_snapshot" | cut -f 6) ;; esac
  again_digests=$(read_all "$TX_DIR/snapshot/digests" | own_digests "$again_own" | sed -n "s/^$group_id$TAB//p")
  for again_reference in $again_digests; do
    # shellcheck disable=SC2031 # in the same subshell
    among "${again_reference%%/*}" "${again_silent-}" && continue
    again_end=$(seconds_from_now "$AGAIN_SECONDS")
    if bounded "$AGAIN_SECONDS" docker pull "$again_reference" >&2 && image_id "$group_id" >/dev/null; then
      printf 'image-pulled-again\t%s\t%s\n' "$group_reference" "$again_reference" >>"$TX_DIR/pulled-again"
      return 0
    fi
    # shellcheck disable=SC2031
    ! is_past "$again_end" || again_silent=${again_silent-}$NEWLINE${again_reference%%/*}
  done
  return 1
}

# restore_states : restart policies by name (the container may be a new one); what ran and was only stopped starts, in the order
# of the plan, because what shares with another one can only start after it; what did not run, or was paused, does so again.
restore_states() {
  states_now=$(inventory) || return 1
  states_order=$(cut -f 5 "$TX_DIR/restore-plan" 2>/dev/null | tr '\n' ' ')
  states_changes=$(two_lists "$restore_snapshot" "$states_now" | awk -F '\t' -v OFS='\t' -v "order= $states_order" "$OF_SERVICES"'
    function serves() { return $7 == "running" || $7 == "restarting" }
    !second { policy[$1] = $9; if (serves()) ran[$11]; else rested[$1] = $7; next }
    $1 in policy && policy[$1] != $9 { print "policy", $11, policy[$1] }
    $11 in ran && $7 ~ /^(exited|created)$/ { print index(order, " " $2 "="), "start", $11, $2 }
    $11 in ran && $7 == "paused" { print 0, "unpause", $11, $2 }
    $1 in rested && serves() { print 0, (rested[$1] == "paused" ? "pause" : "stop"), $11, $2 }') || return 1
  printf '%s\n' "$states_changes" | sed -n "s/^policy$TAB//p" | set_policies
  printf '%s\n' "$states_changes" | grep '^[0-9]' | sort -n | while IFS=$TAB read -r _ states_command states_id states_service; do
    if [ "$states_command" = stop ]; then states_call=docker_stop; else states_call="docker_write $states_command"; fi
    # shellcheck disable=SC2086 # a function and its option
    states_said=$($states_call "$states_id" 2>&1) || not_restored "$states_service" "$states_said"
  done
}

# remove_new_networks : what somebody uses meanwhile stays, and is compared with nothing.
remove_new_networks() {
  new_networks=$(project_networks) || return 1
  new_networks=$(printf '%s\n' "$new_networks" | grep -Fvx -e '' -e "$(read_all "$TX_DIR/snapshot/networks")")
  # shellcheck disable=SC2086 # network names have no blanks
  [ -z "$new_networks" ] || docker_write network rm $new_networks >/dev/null || return 0
}

project_networks() {
  docker_read network ls --filter "label=com.docker.compose.project=$PROJECT_NAME" --format '{{.Name}}'
}

# set_policies : restart policies from stdin, `CONTAINER_ID<TAB>POLICY`; what is gone needs none. A dockerd that restarts is waited
# for. Fails where a container that is there did not get its own.
set_policies() {
  policies_code=0
  while IFS=$TAB read -r policy_id policy_value; do
    docker_write update --restart "${policy_value%:0}" "$policy_id" >/dev/null 2>&1 || is_gone "$policy_id" ||
      { wait_for_docker "$DOCKER_SECONDS" && docker_write update --restart "${policy_value%:0}" "$policy_id" >/dev/null; } || {
      echo "container $policy_id did not get its restart policy ${policy_value%:0}" >&2
      policies_code=1
    }
  done
  return "$policies_code"
}
