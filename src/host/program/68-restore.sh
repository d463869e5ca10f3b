# Restoring, step by step, for the rollback. Each step may run again: what is as it was is left alone.

restore_everything() {
  restore_snapshot=$(cat "$TX_DIR/snapshot/containers") || return 1
  files_restorable || return 1
  remove_leftovers || return 1
  stop_what_differs || return 1
  restore_files || return 1
  restore_services || return 1
  remove_extras || return 1
  restore_policies_by_name || return 1
  start_what_ran || return 1
  rest_what_rested
  remove_new_networks
  put_tags_back | sed 's/^/tag-not-restored	/' >>"$TX_DIR/exceptions"
}

in_snapshot() {
  printf '%s\n' "$restore_snapshot" | awk -F '\t' -v id="$1" '$11 == id { found = 1 } END { exit !found }'
}

# Half-made containers of an interrupted `up` carry twelve hex digits before their name; a killed
# `compose run` leaves its one-off container running.
remove_leftovers() {
  leftover_now=$(inventory) || return 1
  printf '%s\n' "$leftover_now" | awk -F '\t' '$0 != "" && ($1 ~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]_/ || $4 == "True") { print $11 }' |
    while IFS= read -r leftover_id; do
      in_snapshot "$leftover_id" || docker_write rm --force "$leftover_id" >/dev/null
    done
}

stop_what_differs() {
  differs_now=$(inventory) || return 1
  differs_running=$(printf '%s\n' "$differs_now" | awk -F '\t' '$7 == "running" || $7 == "restarting" || $7 == "paused" { print $11 }')
  differs_ids=$(printf '%s\n' "$differs_running" | while IFS= read -r differs_id; do
    [ -z "$differs_id" ] || in_snapshot "$differs_id" || printf '%s\n' "$differs_id"
  done)
  # The deferred ones may still be stopping on behalf of apply: a second stop returns when they have stopped,
  # so that none of them goes down after it was started again.
  differs_ids=$(printf '%s\n%s\n%s\n' "$differs_ids" "$(read_all "$TX_DIR/deferred")" "$(told_to_stop)" | sort -u)
  # A container that is gone by now is as good as stopped; what is not will fail the verification.
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$(printf '%s' "$differs_ids" | tr -d '\n')" ] || docker_write stop $differs_ids >/dev/null || return 0
}

# told_to_stop : containers of the snapshot that dockerd may have been told to stop. When `up` is killed dockerd
# goes on stopping what it was told to stop: a container that is found running now would go down after the
# rollback had verified it. Only an `up` that ended (state applied) leaves no stop behind.
told_to_stop() {
  [ "$rollback_from" = applying ] || return 0
  told_services=$(deployed_now)
  printf '%s\n' "$restore_snapshot" | while IFS= read -r told_line; do
    if among "$(column 2 "$told_line")" "$told_services" && among "$(column 11 "$told_line")" "$differs_running"; then
      column 11 "$told_line"
    fi
  done
}

# files_restorable : asked before anything is stopped: without the files of before nothing could be started again.
files_restorable() {
  while IFS=$TAB read -r restorable_path restorable_hash _ _ restorable_copy; do
    restorable_now=$([ -f "$restorable_path" ] && hash_of "$restorable_path")
    [ "$restorable_now" != "$restorable_hash" ] || continue
    [ "$(hash_of "$TX_DIR/snapshot/$restorable_copy")" = "$restorable_hash" ] || {
      echo "the recorded copy of $restorable_path is damaged; the file is left as it is" >&2
      return 1
    }
    case $restorable_copy:$restorable_now in
    env: | "env:$(read_all "$TX_DIR/env-hash")" | files/*) continue ;;
    esac
    # What is not understood is not edited: an unclosed quote would swallow the rest of it.
    probe_values "$restorable_path" "$(env_keys "$restorable_path")" >/dev/null || {
      echo "somebody edited $restorable_path, and Compose cannot read it any more; it is left as it is" >&2
      return 1
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
  unmanaged_old=$(raw_values "$2")
  edited_env "$1" "$(wanted_env | cut -f 1 | while IFS= read -r unmanaged_key; do
    unmanaged_value=$(printf '%s\n' "$unmanaged_old" | awk -F '\t' -v key="$unmanaged_key" '$1 == key { sub(/^[^\t]*\t/, ""); print "=" $0 }' | tail -n 1)
    if [ -n "$unmanaged_value" ]; then
      printf '%s\traw\t%s\n' "$unmanaged_key" "${unmanaged_value#=}"
    else
      printf '%s\tabsent\t\n' "$unmanaged_key"
    fi
  done)"
}

# restore_services : group by group of services with the same reference and image, because one tag can have
# meant two images; last of all, and in the order in which they need each other, those that share the network, IPC
# or processes of another service: they have to follow its new container. What still is the container of the
# snapshot needs nothing here.
restore_services() {
  services_facts=$(service_facts "$ENV_FILE") || { lend_images "$ENV_FILE" && services_facts=$(service_facts "$ENV_FILE"); } || {
    use_recorded_compose_files
    services_facts=$(service_facts "$ENV_FILE") || return 1
  }
  services_all=$(printf '%s\n' "$restore_snapshot" | awk -F '\t' '$0 != "" && $4 != "True" { print $2 }' | sort -u)
  [ -n "$services_all" ] || return 0
  services_sharing=$(sharing_services)
  services_code=0
  restore_groups "$(printf '%s\n' "$services_all" | while IFS= read -r services_name; do
    among "$services_name" "$services_sharing" || printf '%s\n' "$services_name"
  done)" || services_code=1
  for services_name in $services_sharing; do
    ! among "$services_name" "$services_all" || restore_groups "$services_name" || services_code=1
  done
  return "$services_code"
}

# sharing_services : those that share what another one made; what something needs stands before it.
sharing_services() {
  in_order "$services_facts" "$(printf '%s\n' "$services_facts" | awk -F '\t' '$1 == "shares" { print $2 }' | sort -u)"
}

# restore_groups SERVICES
restore_groups() {
  services_present=$(inventory) || return 1
  services_groups=$({ printf '%s\n' "$1"; printf '=\n'; printf '%s\n' "$restore_snapshot"; } | awk -F '\t' '
    $0 == "=" { listing = 1; next }
    !listing { mine[$1] = 1; next }
    $0 != "" && $4 != "True" && ($2 in mine) { print $6 "\t" $5 "\t" ($7 == "running" || $7 == "restarting" || $7 == "paused" ? "up" : "down") }' | sort -u)
  [ -n "$services_groups" ] || return 0
  groups_code=0
  while IFS=$TAB read -r group_reference group_id group_state; do
    group_members=$(printf '%s\n' "$restore_snapshot" | awk -F '\t' -v reference="$group_reference" -v id="$group_id" -v wanted="$group_state" '
      $4 != "True" && $6 == reference && $5 == id && ($7 == "running" || $7 == "restarting" || $7 == "paused" ? "up" : "down") == wanted { print $2 }' | sort -u | while IFS= read -r member; do
      ! among "$member" "$1" || untouched "$member" || printf '%s\n' "$member"
    done)
    [ -z "$group_members" ] || restore_group || groups_code=1
  done <<EOF
$services_groups
EOF
  return "$groups_code"
}

# use_recorded_compose_files : somebody broke them meanwhile; the recorded ones still say what ran.
use_recorded_compose_files() {
  PROJECT_DIRECTORY=$(dirname "$(compose_path "$(printf '%s\n' "$COMPOSE_FILES" | head -n 1)")")
  COMPOSE_FILES=$(awk -F '\t' -v dir="$TX_DIR/snapshot/" '$5 != "env" { print dir $5 }' "$TX_DIR/snapshot/files.list")
}

# untouched SERVICE : all its containers of the snapshot are still there, by ID, and share what they shared.
untouched() {
  untouched_ids=$(printf '%s\n' "$restore_snapshot" | awk -F '\t' -v service="$1" '$2 == service && $4 != "True" { print $11, $10 }' | sort)
  untouched_now=$(printf '%s\n' "$services_present" | awk -F '\t' -v service="$1" '$2 == service && $4 != "True" { print $11, $10 }' | sort)
  [ "$untouched_ids" = "$untouched_now" ]
}

# restore_group : `up` for one reference and image. Where the reference cannot mean the recorded image any more
# (a lost digest, a file that says something else), an override file of ours names the image ID instead.
restore_group() {
  image_id "$group_id" >/dev/null || pull_again || {
    printf '%s\t%s\n' "$group_reference" "$group_id" >>"$TX_DIR/images-gone"
    echo "image $group_id of $group_reference is gone from this host" >&2
    return 1
  }
  case $group_reference in
  sha256:*) ;;
  *) is_digest "$group_reference" || docker_write tag "$group_id" "$group_reference" >&2 ;;
  esac
  group_override=
  group_words=
  for group_member in $group_members; do
    group_scale=$(printf '%s\n' "$restore_snapshot" | awk -F '\t' -v service="$group_member" '$2 == service && $4 != "True" { n++ } END { print n + 0 }')
    group_words="$group_words --scale $group_member=$group_scale"
    [ "$(service_image "$services_facts" "$group_member")" = "$group_reference" ] && [ "$(image_id "$group_reference")" = "$group_id" ] && continue
    group_override="$group_override  $group_member:$NEWLINE    image: $group_id$NEWLINE"
    printf 'reference-overridden\t%s\t%s\t%s\n' "$group_member" "$group_reference" "$group_id" >>"$TX_DIR/exceptions"
    rollback_overridden="$rollback_overridden $group_member"
  done
  group_files=$COMPOSE_FILES
  if [ -n "$group_override" ]; then
    printf 'services:\n%s' "$group_override" >"$TX_DIR/override.yml"
    group_files=$COMPOSE_FILES$NEWLINE$TX_DIR/override.yml
  fi
  reattach_volumes "$group_members" "$group_files" || return 1
  if [ "$group_state" = up ]; then
    # shellcheck disable=SC2086 # words of service names and numbers
    COMPOSE_FILES=$group_files compose "$ENV_FILE" 240 up --detach --no-deps --no-build --pull never $group_words $group_members >&2
  else
    # shellcheck disable=SC2086
    COMPOSE_FILES=$group_files compose "$ENV_FILE" 240 up --no-start --no-deps --no-build --pull never $group_words $group_members >&2
  fi
}

# pull_again : the last resort where somebody removed even what we hold (`docker system prune -a`): by digest, as the
# host itself may, and only what is the recorded image to the byte.
pull_again() {
  awk -F '\t' -v id="$group_id" '$1 == id { print $2 }' "$TX_DIR/snapshot/digests" | while IFS= read -r again_reference; do
    bounded 90 docker pull "$again_reference" >&2 || continue
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
  { printf '%s\n' "$restore_snapshot"; printf '=\n'; printf '%s\n' "$policies_now"; } | awk -F '\t' '
    $0 == "=" { second = 1; next }
    $0 == "" || $4 == "True" { next }
    !second { policy[$1] = $9; next }
    $1 in policy && policy[$1] != $9 { print $11 "\t" policy[$1] }' | set_policies
}

# remove_extras : containers of the project whose name the snapshot lacks.
remove_extras() {
  extras_now=$(inventory) || return 1
  printf '%s\n' "$extras_now" | awk -F '\t' '$0 != "" && $4 != "True" { print $1 "\t" $11 }' | while IFS=$TAB read -r extra_name extra_id; do
    printf '%s\n' "$restore_snapshot" | awk -F '\t' -v name="$extra_name" '$1 == name { found = 1 } END { exit !found }' ||
      docker_write rm --force "$extra_id" >/dev/null
  done
}

# start_what_ran : containers of the snapshot that only were stopped (the deferred ones, or by `up`).
start_what_ran() {
  start_now=$(inventory) || return 1
  start_sharing=$(sharing_services)
  # What shares something with another one can only start after it.
  printf '%s\n' "$restore_snapshot" | SHARING=$start_sharing awk -F '\t' '
    BEGIN { n = split(ENVIRON["SHARING"], names, "\n"); for (i = 1; i <= n; i++) rank[names[i]] = i }
    $0 != "" && $4 != "True" && ($7 == "running" || $7 == "restarting") { print rank[$2] + 0 "\t" $11 }' | sort -n | cut -f 2 | while IFS= read -r start_id; do
    start_state=$(printf '%s\n' "$start_now" | awk -F '\t' -v id="$start_id" '$11 == id { print $7 }')
    case $start_state in
    exited | created) docker_write start "$start_id" >/dev/null || printf '%s\n' "$start_id" ;;
    paused) docker_write unpause "$start_id" >/dev/null || printf '%s\n' "$start_id" ;;
    esac
  done >"$TX_DIR/not-started"
  [ ! -s "$TX_DIR/not-started" ]
}

# rest_what_rested : what did not run, or was paused, and was started by `up` or as a dependency. By name: the
# container may be a new one. What fails here will fail the verification.
rest_what_rested() {
  rest_now=$(inventory) || return 1
  printf '%s\n' "$restore_snapshot" | awk -F '\t' '$0 != "" && $4 != "True" && $7 != "running" && $7 != "restarting" { print $1 "\t" $7 }' | while IFS=$TAB read -r rest_name rest_wanted; do
    rest_id=$(printf '%s\n' "$rest_now" | awk -F '\t' -v name="$rest_name" '$1 == name && ($7 == "running" || $7 == "restarting") { print $11 }')
    [ -n "$rest_id" ] || continue
    case $rest_wanted in
    paused) docker_write pause "$rest_id" >/dev/null ;;
    *) docker_write stop "$rest_id" >/dev/null ;;
    esac
  done
}

remove_new_networks() {
  docker_read network ls --filter "label=com.docker.compose.project=$PROJECT_NAME" --format '{{.Name}}' | while IFS= read -r new_network; do
    among "$new_network" "$(read_all "$TX_DIR/snapshot/networks")" || docker_write network rm "$new_network" >/dev/null
  done
}
