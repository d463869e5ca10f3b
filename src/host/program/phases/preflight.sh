# Preflight: reads only (its own state directory apart). Every reason to refuse is a fact `finding`, all
# of them at once; what cannot be looked at because an earlier finding stands in the way is left out.

MINIMUM_DOCKER=20.10
MINIMUM_COMPOSE=2.20

finding() {
  fact finding "$@"
}

# at_least VERSION MINIMUM : compares major and minor.
at_least() {
  awk -v version="${1#v}" -v minimum="$2" 'BEGIN {
    split(version, v, /[.+-]/); split(minimum, m, ".")
    exit !(v[1] + 0 > m[1] + 0 || (v[1] + 0 == m[1] + 0 && v[2] + 0 >= m[2] + 0))
  }'
}

# verb_preflight [ID] : the plan comes on stdin. ID: of the transaction that has the lock already, and keeps it meanwhile.
verb_preflight() {
  use_plan "$(cat)"
  [ -n "${1-}" ] || {
    look_at_host
    return
  }
  TX=$1
  keeping_lock look_at_host
}

look_at_host() {
  preflight_tools || return 0
  preflight_directory || return 0
  lock_top "$STATE_DIR/lock"
  fact lock_number "$LOCK_TOP"
  half_state
  preflight_runner
  preflight_boot_trigger
  preflight_engine || return 0
  preflight_files || return 0
  preflight_compose || return 0
  preflight_calls || return 0
  preflight_containers || return 1
  # One may have crossed its boundary meanwhile.
  half_state
  fact disk "$(df -Pk "$PROJECT_DIR" | awk 'NR == 2 { print $4 }')"
}

half_state() {
  [ -z "$(unfinished)" ] || fact unfinished
}

preflight_tools() {
  tools_missing=0
  for tool in docker setsid timeout awk sed sort cut grep sha256sum stat base64 readlink date tail head df; do
    command -v "$tool" >/dev/null 2>&1 || {
      finding tool-missing "$tool" "$PATH"
      tools_missing=1
    }
  done
  return "$tools_missing"
}

preflight_directory() {
  [ -d "$PROJECT_DIR" ] || {
    finding project-dir-missing "$PROJECT_DIR"
    return 1
  }
  directory_real=$(cd "$PROJECT_DIR" && pwd -P) || {
    finding project-dir-missing "$PROJECT_DIR"
    return 1
  }
  fact project_dir "$directory_real"
  if ! { mkdir -p "$STATE_DIR" && chmod 700 "$STATE_DIR" && [ -w "$STATE_DIR" ]; } 2>/dev/null; then
    finding project-dir-not-writable "$PROJECT_DIR"
    return 1
  fi
}

preflight_engine() {
  engine_version=$(docker_read version --format '{{.Server.Version}}' 2>/dev/null) || {
    finding docker-unreachable "$(stderr_of docker_read version --format '{{.Server.Version}}' | redact)"
    return 1
  }
  fact docker "$engine_version"
  compose_version=$(docker_read compose version --short 2>/dev/null) || {
    finding compose-missing "$(stderr_of docker_read compose version --short | redact)"
    return 1
  }
  fact compose "$compose_version"
  engine_old=0
  at_least "$engine_version" "$MINIMUM_DOCKER" || {
    finding docker-too-old "$engine_version" "$MINIMUM_DOCKER"
    engine_old=1
  }
  at_least "$compose_version" "$MINIMUM_COMPOSE" || {
    finding compose-too-old "$compose_version" "$MINIMUM_COMPOSE"
    engine_old=1
  }
  return "$engine_old"
}

# compose_files_there : whether all of them can be read; a finding for each that cannot.
compose_files_there() {
  there_code=0
  there_ifs=$IFS
  IFS=$NEWLINE
  set -f
  for there_file in $COMPOSE_FILES; do
    [ -r "$(compose_path "$there_file")" ] || {
      finding compose-file-missing "$(compose_path "$there_file")"
      there_code=1
    }
  done
  set +f
  IFS=$there_ifs
  return "$there_code"
}

preflight_files() {
  files_missing=0
  compose_files_there || files_missing=1
  if [ ! -f "$ENV_FILE" ]; then
    finding env-file-missing "$ENV_FILE"
    files_missing=1
  elif [ ! -r "$ENV_FILE" ] || [ ! -w "$(dirname "$ENV_FILE")" ]; then
    finding env-file-not-editable "$ENV_FILE" "user $(id -un) may not read it, or may not write to its directory"
    files_missing=1
  elif [ "$(id -u)" != 0 ] && [ "$(stat -c %u "$ENV_FILE")" != "$(id -u)" ]; then
    finding env-file-not-editable "$ENV_FILE" "it belongs to $(stat -c %U "$ENV_FILE"), and only root could give an edited copy back to that owner"
    files_missing=1
  fi
  return "$files_missing"
}

preflight_compose() {
  PREFLIGHT_FACTS=$(service_facts "$ENV_FILE" 2>/dev/null) || { lend_images "$ENV_FILE" && PREFLIGHT_FACTS=$(service_facts "$ENV_FILE" 2>/dev/null); } || {
    finding compose-config-invalid "$({ service_facts "$ENV_FILE" 2>&1 >/dev/null | complaint; env_flaws "$ENV_FILE"; } | redact)"
    return 1
  }
  [ -n "$PROJECT_NAME" ] || PROJECT_NAME=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' '$1 == "name" { print $2 }')
  fact project "$PROJECT_NAME"
  printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' '$1 == "service" { printf "fact\tservice\t%s\n", $2 }'
  known_services=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' '$1 == "service" { print $2 }')
  service_lost=0
  for wanted_service in $DEPLOY; do
    among "$wanted_service" "$known_services" || {
      finding service-missing "$wanted_service" "$(printf '%s' "$known_services" | tr '\n' ' ')"
      service_lost=1
    }
  done
  required_keys=$(plan_values required_env)
  CHECK_OLD=
  [ "$service_lost" = 1 ] || preflight_images
  preflight_required
  return 0
}

preflight_required() {
  [ -n "$required_keys" ] || return 0
  required_read=$CHECK_OLD
  [ -n "$required_read" ] || required_read=$(probe_values "$ENV_FILE" "$required_keys")
  for required_key in $required_keys; do
    case "$NEWLINE$required_read$NEWLINE" in
    *"${NEWLINE}P_$required_key: '[]'$NEWLINE"*) finding required-env-missing "$required_key" "$ENV_FILE" ;;
    *"${NEWLINE}P_$required_key: "*) ;;
    *) finding required-env-missing "$required_key" "$ENV_FILE" ;;
    esac
  done
}

# The release must really arrive: each image variable is used, and the judged service runs one of them.
preflight_images() {
  images_copy=$STATE_DIR/env.$$
  images_before=$(hash_of "$ENV_FILE")
  images_wanted=$(wanted_env)
  images_key=$(proven_key)
  edited_env "$ENV_FILE" "$images_wanted" >"$images_copy"
  if check_edit "$ENV_FILE" "$images_copy" "$images_wanted" "$required_keys"; then
    images_new=$(service_facts "$images_copy" 2>/dev/null) && keep_proven "$images_key" "$images_new"
    for images_key in $(plan_values image | cut -f 1); do
      images_reference=$(plan_values image | awk -F '\t' -v key="$images_key" '$1 == key { print $2 }')
      printf '%s\n' "$images_new" | awk -F '\t' -v image="$images_reference" '$1 == "service" && $3 == image { found = 1 } END { exit !found }' ||
        finding image-variable-unused "$images_key"
    done
    among "$(service_image "$images_new" "$GATE")" "$(wanted_references)" || finding gate-service-unmanaged "$GATE"
  elif [ "$(hash_of "$ENV_FILE")" != "$images_before" ]; then
    # By another deployment at work, for one: two files were compared that have nothing to do with each other.
    preflight_images
  else
    finding env-file-not-editable "$ENV_FILE" "$CHECK_REFUSED"
  fi
  rm -f "$images_copy"
}

preflight_containers() {
  containers_now=$(inventory) || return 1
  print_containers "$containers_now"
  preflight_elsewhere "$containers_now" || return 1
  preflight_names || return 1
  preflight_built
  preflight_sharing || return 1
  gate_driver=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' -v service="$GATE" '$1 == "service" && $2 == service { print $5 }')
  [ -n "$gate_driver" ] || gate_driver=$(docker_read info --format '{{.LoggingDriver}}' 2>/dev/null)
  [ "$gate_driver" != none ] || finding log-driver-unreadable "$GATE" "$gate_driver"
  [ -z "$containers_now" ] || preflight_drift
}

preflight_runner() {
  runner_path=$PROJECT_DIR/tools/closed_loop_runner.sh
  [ -r "$runner_path" ] || finding runner-missing "$runner_path"
}
