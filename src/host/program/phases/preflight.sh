# Preflight: reads only (its own state directory apart), and tells facts; what speaks against a deployment is judged by the
# client (src/preflight). A `finding` names what could not be read; what stands behind it is left out then.

finding() {
  fact finding "$@"
}

# verb_preflight [ID] : the plan comes on stdin. ID: of the transaction that has the lock already, and keeps it meanwhile.
verb_preflight() {
  use_plan "$(cat)"
  under_lock "${1-}" look_at_host
}

# under_lock ID COMMAND… : ID may be empty.
under_lock() {
  TX=$1
  shift
  # A transaction that has begun took the files of the release with it.
  [ -z "$RELEASE_DIR" ] || [ -z "$TX" ] || [ ! -d "$STATE_DIR/transactions/$TX/release" ] || RELEASE_DIR=$STATE_DIR/transactions/$TX/release
  if [ -n "$TX" ]; then keeping_lock "$@"; else "$@"; fi
}

look_at_host() {
  tools_there && directory_there || return 0
  state_dir_there || {
    finding project-dir-not-writable "$PROJECT_DIR"
    return 0
  }
  lock_top "$STATE_DIR/lock"
  fact lock_number "$LOCK_TOP"
  tell_unfinished
  paths_replaceable || return 0
  tell_release || return
  as_released runner_there
  look_trouble=
  [ -z "$LOCK_FILE" ] || look_trouble=$(lock_file_trouble)
  [ -z "$look_trouble" ] || finding lock-file-unusable "$LOCK_FILE" "$look_trouble"
  preflight_boot_trigger
  tell_engine && preflight_files && preflight_compose || return 0
  preflight_containers && tell_effects && tell_planned || return 1
  # One may have crossed its boundary meanwhile.
  tell_unfinished
  fact disk "$(df -Pk "$PROJECT_DIR" | awk 'NR == 2 { print $4 }')"
}

# state_dir_there : whether the host program may write in its own directory, which is made where it is needed.
state_dir_there() {
  if [ -z "${LOOK_DIR-}" ]; then
    { mkdir -p "$STATE_DIR" && chmod 700 "$STATE_DIR" && [ -w "$STATE_DIR" ]; } 2>/dev/null
  elif [ -e "$STATE_DIR" ]; then
    [ -w "$STATE_DIR" ]
  else
    [ -w "$PROJECT_DIR" ]
  fi
}

runner_there() {
  runner_path=$COMPOSE_ROOT$PROJECT_DIR/tools/closed_loop_runner.sh
  [ -r "$runner_path" ] || finding runner-missing "$runner_path"
}

# tell_unfinished : `unfinished ID STATE` for each.
tell_unfinished() {
  unfinished | sed "s/^/fact${TAB}unfinished${TAB}/; s/ /$TAB/"
}

tools_there() {
  tools_missing=0
  for tool in docker setsid timeout awk sed sort cut grep sha256sum stat base64 readlink date tail head df find ${RELEASE_DIR:+tar} ${LOCK_FILE:+flock}; do
    command -v "$tool" >/dev/null 2>&1 || {
      finding tool-missing "$tool" "$PATH"
      tools_missing=1
    }
  done
  return "$tools_missing"
}

directory_there() {
  directory_real=$(cd "$PROJECT_DIR" 2>/dev/null && pwd -P) || {
    finding project-dir-missing "$PROJECT_DIR"
    return 1
  }
  fact project_dir "$directory_real"
}

tell_engine() {
  tell_version docker docker-unreachable version --format '{{.Server.Version}}' &&
    tell_version compose compose-missing compose version --short
}

# tell_version FACT FINDING WORD… : what docker answers to these words, or why it does not.
tell_version() {
  version_fact=$1
  version_finding=$2
  shift 2
  version_said=$(docker_read "$@" 2>/dev/null) || {
    finding "$version_finding" "$(stderr_of docker_read "$@" | redact)"
    return 1
  }
  fact "$version_fact" "$version_said"
}

preflight_files() {
  as_released compose_files_there
  files_code=$?
  env_file_there edit && return "$files_code"
}

# compose_files_there : whether all of them can be read; a finding for each that cannot.
compose_files_there() {
  there_missing=$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r there_file; do
    [ -r "$(compose_path "$there_file")" ] || finding compose-file-missing "$(compose_path "$there_file")"
  done)
  printf '%s' "$there_missing${there_missing:+$NEWLINE}"
  [ -z "$there_missing" ]
}

# env_file_there read|edit : whether this account may do that; else a finding.
env_file_there() {
  if [ ! -f "$ENV_FILE" ]; then
    finding env-file-missing "$ENV_FILE"
  elif [ ! -r "$ENV_FILE" ]; then
    finding env-file-not-editable "$ENV_FILE" "user $(id -un) may not read it"
  elif [ "$1" = edit ] && [ ! -w "$(dirname "$ENV_FILE")" ]; then
    finding env-file-not-editable "$ENV_FILE" "user $(id -un) may not write to its directory"
  elif [ "$1" = edit ] && [ "$(id -u)" != 0 ] && [ "$(stat -c %u "$ENV_FILE")" != "$(id -u)" ]; then
    finding env-file-not-editable "$ENV_FILE" "it belongs to $(stat -c %U "$ENV_FILE"), and only root could give an edited copy back to that owner"
  else
    return 0
  fi
  return 1
}

# preflight_compose : what tell_project says; `lent` where Compose reads the files only with images of the plan; `env_file PATH`
# and `set KEY` for each key that has a value there; `released SERVICE IMAGE`, as it will be, or `edit_refused REASON`.
preflight_compose() {
  LENT_IMAGES=
  compose_copy=$SCRATCH_DIR/env.$$
  compose_before=$(hash_of "$ENV_FILE")
  compose_edit=$(wanted_env)
  edited_env "$ENV_FILE" "$compose_edit" >"$compose_copy"
  compose_code=0
  check_edit "$ENV_FILE" "$compose_copy" "$compose_edit" "$(plan_values required_env)" 2>/dev/null || compose_code=1
  rm -f "$compose_copy"
  PROJECT_FACTS=$CHECK_OLD_FACTS
  [ -z "$RELEASE_DIR" ] || PROJECT_FACTS=$(as_released service_facts "$ENV_FILE" 2>/dev/null) || :
  [ -n "$PROJECT_FACTS" ] || { lend_images "$ENV_FILE" && PROJECT_FACTS=$(as_released service_facts "$ENV_FILE" 2>/dev/null); } || {
    as_released config_invalid
    return 1
  }
  if [ "$compose_code" = 1 ] && [ "$(hash_of "$ENV_FILE")" != "$compose_before" ]; then
    # By another deployment at work, for one: two files were compared that have nothing to do with each other.
    preflight_compose
    return
  fi
  tell_project
  [ -z "$LENT_IMAGES" ] || fact lent
  fact env_file "$ENV_FILE"
  printf '%s\n' "$CHECK_OLD" | sed -n "/^P_[A-Za-z0-9_]*: '\[\]'\$/d; s/^P_\([A-Za-z0-9_]*\): .*/fact${TAB}set$TAB\1/p"
  if [ "$compose_code" = 1 ]; then
    fact edit_refused "$CHECK_REFUSED"
  else
    printf '%s\n' "$CHECK_FACTS" | awk -F '\t' '$1 == "service" { printf "fact\treleased\t%s\t%s\n", $2, $3 }'
  fi
}

config_invalid() {
  finding compose-config-invalid "$(service_facts "$ENV_FILE" 2>&1 >/dev/null | complaint "$ENV_FILE")"
}

# tell_project : `project NAME`, and the lines of PROJECT_FACTS.
tell_project() {
  [ -n "$PROJECT_NAME" ] || PROJECT_NAME=$(printf '%s\n' "$PROJECT_FACTS" | awk -F '\t' '$1 == "name" { print $2 }')
  fact project "$PROJECT_NAME"
  printf '%s\n' "$PROJECT_FACTS" | sed "s/^/fact$TAB/"
}

# preflight_containers : `container` lines of the project's; what tell_others says; `sharer` lines for what runs on the host and
# shares a namespace with another container; `local_image REFERENCE` for each image here that a service builds; `log_driver NAME`,
# Docker's own, where the gate service names none; `looked containers`, once these are whole.
preflight_containers() {
  tell_others || return 1
  # One may have gone since. Only in a host that changes it takes another listing.
  # shellcheck disable=SC2046 # one word per ID
  containers_now=$(inventory_of $(printf '%s\n' "$others_all" | PROJECT_NAME=$PROJECT_NAME awk -F '\t' '$4 == ENVIRON["PROJECT_NAME"] { print $1 }')) ||
    containers_now=$(inventory) || return 1
  print_containers "$containers_now"
  containers_running=$(printf '%s\n' "$others_all" | awk -F '\t' '$3 ~ /^(Up|Restarting)/ { print $1 }')
  # One of them may go away meanwhile: the others are printed all the same.
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$containers_running" ] || docker_read inspect --type container --format "$SHARER_LINE" $containers_running 2>/dev/null |
    sed -n "/${TAB}container:/s#^/*#fact${TAB}sharer$TAB#p"
  containers_built=$(printf '%s\n' "$PROJECT_FACTS" | awk -F '\t' '$1 == "service" && $6 == "built" { print $3 }')
  # shellcheck disable=SC2086 # one word per image
  [ -z "$containers_built" ] || docker_read image inspect --format '{{range .RepoTags}}{{.}}{{"\n"}}{{end}}' $containers_built 2>/dev/null | sed "/./!d; s/^/fact${TAB}local_image$TAB/"
  printf '%s\n' "$PROJECT_FACTS" | awk -F '\t' -v service="$GATE" '$1 == "service" && $2 == service && $5 != "" { found = 1 } END { exit !found }' ||
    fact log_driver "$(docker_read info --format '{{.LoggingDriver}}' 2>/dev/null)"
  fact looked containers
}

# tell_others : `other` lines for every container of the host. Where nobody gave the project's name, and nothing of it runs,
# `ours PATH` for each directory and file another project was started from that is the project directory, or a compose file
# of the plan.
tell_others() {
  others_all=$(docker_read ps --all --no-trunc --format "$OTHER_LINE") || return 1
  printf '%s\n' "$others_all" | sed "/./!d; s/^/fact${TAB}other$TAB/"
  [ -z "$(plan_values project_name)" ] || return 0
  # What needs escapes in JSON names no path that could be compared here.
  others_paths=$(printf '%s\n' "$others_all" | PROJECT_NAME=$PROJECT_NAME awk -F '\t' '
    $4 == ENVIRON["PROJECT_NAME"] { runs = runs || ($6 != "True" && $3 ~ /^Up/ && $3 !~ /Paused/); next }
    $4 != "" && !/\\/ { gsub(/,/, "\n", $8); paths = paths $7 "\n" $8 "\n" }
    END { if (!runs) printf "%s", paths }' | tr -d '"' | sort -u)
  others_own=$(cd "$PROJECT_DIR" && pwd -P)$NEWLINE$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r own_file; do readlink -f "$(compose_path "$own_file")"; done)
  printf '%s\n' "$others_paths" | while IFS= read -r others_path; do
    ! among "$(readlink -f "$others_path" 2>/dev/null)" "$others_own" || fact ours "$others_path"
  done
}

# verb_ask_docker ID LENT PROFILES WORD… : what docker says to a call that changes nothing (src/preflight/drift.ts), or Compose to
# one of the project. LENT: whether the files need images of the plan, PROFILES: all or enabled. Facts `ended CODE`, and `said
# CONTAINER WORD` for each `container` of the plan that is named, `hashed SERVICE HASH`; all that is said, as text.
verb_ask_docker() {
  use_plan "$(cat)"
  ask_id=$1
  shift
  under_lock "$ask_id" ask_docker "$@"
}

ask_docker() {
  [ "$1" != lent ] || lend_images "$ENV_FILE"
  [ "$2" != enabled ] || ALL_PROFILES=no
  shift 2
  ask_hashed=
  [ "${3-}" != --hash ] || ask_hashed=,$4,
  if [ "$1" = compose ]; then
    shift
    # A project that has no files of its own yet is asked about with those of the release.
    ask_as=
    [ -z "$RELEASE_DIR" ] || compose_files_there >/dev/null || ask_as=as_released
    ask_said=$($ask_as compose "$ENV_FILE" "$ASK_SECONDS" "$@" 2>&1)
  else
    ask_said=$(docker_read "$@" 2>&1)
  fi
  fact ended "$?"
  # Its progress comes among its warnings.
  { plan_values container; printf '=\n%s\n' "$ask_said"; } | awk -v hashed="$ask_hashed" '
    $0 == "=" { listing = 1; next }
    !listing { mine[$1] = 1; next }
    # No redactor may change what is compared.
    NF == 2 && index(hashed, "," $1 ",") && $2 ~ /^[0-9a-f]+$/ && length($2) == 64 { print "fact\thashed\t" $1 "\t" $2; next }
    { for (i = 1; i < NF; i++) if ($i == "Container" && ($(i + 1) in mine)) printf "fact\tsaid\t%s\t%s\n", $(i + 1), $(i + 2) }'
  printf '%s\n' "$ask_said" | as_text
}
ASK_SECONDS=20
