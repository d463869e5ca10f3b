# Preflight: reads only (its own state directory apart), and tells facts; what speaks against a deployment is judged by the
# client (src/preflight). A `finding` names what could not be read; what stands behind it is left out then.

finding() {
  fact finding "$@"
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
  preflight_events || return 0
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
  directory_real=$(cd "$PROJECT_DIR" 2>/dev/null && pwd -P) || {
    finding project-dir-missing "$PROJECT_DIR"
    return 1
  }
  fact project_dir "$directory_real"
  if ! { mkdir -p "$STATE_DIR" && chmod 700 "$STATE_DIR" && [ -w "$STATE_DIR" ]; } 2>/dev/null; then
    finding project-dir-not-writable "$PROJECT_DIR"
    return 1
  fi
}

preflight_runner() {
  runner_path=$PROJECT_DIR/tools/closed_loop_runner.sh
  [ -r "$runner_path" ] || finding runner-missing "$runner_path"
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
}

# compose_files_there : whether all of them can be read; a finding for each that cannot.
compose_files_there() {
  there_missing=$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r there_file; do
    [ -r "$(compose_path "$there_file")" ] || finding compose-file-missing "$(compose_path "$there_file")"
  done)
  [ -z "$there_missing" ] || {
    printf '%s\n' "$there_missing"
    return 1
  }
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

# preflight_compose : `project NAME` and the lines of SERVICE_FACTS; `env_file PATH` and `set KEY` for each key that has a
# value there; `released SERVICE IMAGE`, as it will be, or `edit_refused REASON`.
preflight_compose() {
  LENT_IMAGES=
  compose_copy=$STATE_DIR/env.$$
  compose_before=$(hash_of "$ENV_FILE")
  compose_edit=$(wanted_env)
  edited_env "$ENV_FILE" "$compose_edit" >"$compose_copy"
  compose_code=0
  check_edit "$ENV_FILE" "$compose_copy" "$compose_edit" "$(plan_values required_env)" 2>/dev/null || compose_code=1
  rm -f "$compose_copy"
  PREFLIGHT_FACTS=$CHECK_OLD_FACTS
  [ -n "$PREFLIGHT_FACTS" ] || { lend_images "$ENV_FILE" && PREFLIGHT_FACTS=$(service_facts "$ENV_FILE" 2>/dev/null); } || {
    finding compose-config-invalid "$({ service_facts "$ENV_FILE" 2>&1 >/dev/null | complaint; env_flaws "$ENV_FILE"; } | redact)"
    return 1
  }
  if [ "$compose_code" = 1 ] && [ "$(hash_of "$ENV_FILE")" != "$compose_before" ]; then
    # By another deployment at work, for one: two files were compared that have nothing to do with each other.
    preflight_compose
    return
  fi
  [ -n "$PROJECT_NAME" ] || PROJECT_NAME=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' '$1 == "name" { print $2 }')
  fact project "$PROJECT_NAME"
  printf '%s\n' "$PREFLIGHT_FACTS" | sed "s/^/fact$TAB/"
  fact env_file "$ENV_FILE"
  printf '%s\n' "$CHECK_OLD" | sed -n "/^P_[A-Za-z0-9_]*: '\[\]'\$/d; s/^P_\([A-Za-z0-9_]*\): .*/fact${TAB}set$TAB\1/p"
  if [ "$compose_code" = 1 ]; then
    fact edit_refused "$CHECK_REFUSED"
  else
    printf '%s\n' "$CHECK_FACTS" | awk -F '\t' '$1 == "service" { printf "fact\treleased\t%s\t%s\n", $2, $3 }'
  fi
}
