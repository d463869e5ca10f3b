# Preflight, the project: the containers of the host, as facts, and what Compose would do with those of the project.

# What is needed past the boundary and can be tried without changing anything: that there are events to watch.
preflight_events() {
  events_said=$(stderr_of docker_read events --since "$(date +%s)" --until 0s --filter type=container --format "$EVENT_LINE") ||
    call_failed 'docker events' "$events_said"
}

# call_failed CALL WORDS
call_failed() {
  finding docker-call-failed "$1" "$(printf '%s\n' "$2" | redact)" "$engine_version" "$compose_version"
  return 1
}

# preflight_containers : `container` lines of the project's; what preflight_others tells; `sharer NAME PROJECT SERVICE ONE_OFF
# NETWORK IPC PID` for what runs and shares one of these with another container; `local_image REFERENCE` for each image here
# that a service builds; `log_driver NAME`, Docker's own, where the gate service names none; `looked containers`, once these
# are whole; `recreates SERVICE`, `warning up-not-tried REASON`.
preflight_containers() {
  containers_now=$(inventory) || return 1
  print_containers "$containers_now"
  preflight_others || return 1
  others_running=$(printf '%s\n' "$others_all" | awk -F '\t' '$3 ~ /^(Up|Restarting)/ { print $1 }')
  # One of them may go away meanwhile: the others are printed all the same.
  # shellcheck disable=SC2016,SC2086 # Go templates; one word per ID
  [ -z "$others_running" ] || docker_read inspect --type container --format '{{.Name}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.project")}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.service")}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.oneoff")}}{{"\t"}}{{js .HostConfig.NetworkMode}}{{"\t"}}{{js .HostConfig.IpcMode}}{{"\t"}}{{js .HostConfig.PidMode}}' $others_running 2>/dev/null |
    sed -n "/${TAB}container:/s#^/*#fact${TAB}sharer$TAB#p"
  built_images=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' '$1 == "service" && $6 == "built" { print $3 }')
  # shellcheck disable=SC2086 # one word per image
  [ -z "$built_images" ] || docker_read image inspect --format '{{range .RepoTags}}{{.}}{{"\n"}}{{end}}' $built_images 2>/dev/null | sed "/./!d; s/^/fact${TAB}local_image$TAB/"
  printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' -v service="$GATE" '$1 == "service" && $2 == service && $5 != "" { found = 1 } END { exit !found }' ||
    fact log_driver "$(docker_read info --format '{{.LoggingDriver}}' 2>/dev/null)"
  fact looked containers
  preflight_drift
}

# preflight_others : `other ID STATUS NAME PROJECT SERVICE ONE_OFF DIRECTORY FILES` for every container of the host, the last
# two as JSON; Compose writes there from which directory and files it is. Where nobody gave the project's name, `ours PATH` for
# each of these paths that is the project directory, or a compose file of the plan.
preflight_others() {
  others_all=$(docker_read ps --all --no-trunc --format '{{.ID}}{{"\t"}}{{.Names}}{{"\t"}}{{.Status}}{{"\t"}}{{js (.Label "com.docker.compose.project")}}{{"\t"}}{{js (.Label "com.docker.compose.service")}}{{"\t"}}{{js (.Label "com.docker.compose.oneoff")}}{{"\t"}}{{json (.Label "com.docker.compose.project.working_dir")}}{{"\t"}}{{json (.Label "com.docker.compose.project.config_files")}}') || return 1
  printf '%s\n' "$others_all" | sed "/./!d; s/^/fact${TAB}other$TAB/"
  [ -z "$(plan_values project_name)" ] || return 0
  others_own=$(cd "$PROJECT_DIR" && pwd -P)$NEWLINE$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r own_file; do readlink -f "$(compose_path "$own_file")"; done)
  # What needs escapes in JSON names no path that could be compared here.
  printf '%s\n' "$others_all" | PROJECT_NAME=$PROJECT_NAME awk -F '\t' '$4 != "" && $4 != ENVIRON["PROJECT_NAME"] && !/\\/ {
    gsub(/,/, "\n", $8)
    print $7 "\n" $8
  }' | tr -d '"' | sort -u | while IFS= read -r others_path; do
    ! among "$(readlink -f "$others_path" 2>/dev/null)" "$others_own" || fact ours "$others_path"
  done
}

# What `up` on the untouched files would recreate: a rollback returns to the files, not to what ran. Older releases of
# Compose take the dependencies that an `up` was told of for a part of the service: what was brought up by hand with
# its dependencies, or by us without them, is asked for in the same way. What really differs does so every way.
preflight_drift() {
  # The client refuses a Compose that may not know a dry run.
  case ${compose_version#v} in '' | [!0-9]* | [01].* | 2.? | 2.?.* | 2.1? | 2.1?.*) return 0 ;; esac
  drift_all=$(printf '%s\n' "$DEPLOY" | grep -Fx -e "$(printf '%s\n' "$containers_now" | cut -f 2)")
  drift_suspects=$drift_all
  drift_seen=
  drift_failed=
  drift_try "$drift_all" --no-deps
  # That Compose gets on with the engine (one whose oldest API is newer than Compose speaks refuses it) is known where an
  # `up` came to its end.
  [ "$drift_failed" = none ] || drift_ps=$(stderr_of compose "$ENV_FILE" "$READ_SECONDS" ps --all --quiet) || {
    call_failed 'docker compose ps' "$drift_ps"
    return 0
  }
  drift_try "$(printf '%s\n' "$drift_all" | grep -Fvx -e "$DEFER")" --no-deps
  # One by one only where they are few: it takes a second each.
  [ "$(printf '%s\n' "$drift_suspects" | wc -l)" -gt 8 ] || for drift_service in $drift_suspects; do
    drift_try "$drift_service" --no-deps
  done
  drift_compare
  drift_try "$drift_all"
  ALL_PROFILES=no drift_try "$drift_all"
  printf '%s\n' "$drift_suspects" | grep -Fx -e "$drift_seen" | sed "/./!d; s/^/fact${TAB}recreates$TAB/"
  case $drift_failed in '' | none) ;; *) fact warning up-not-tried "$(printf '%s\n' "$drift_failed" | redact)" ;; esac
}

# drift_try SERVICES WORDS… : takes those off $drift_suspects that `up` WORDS SERVICES would leave as they are. What it
# says is worth something also when it fails in the end, for the sake of a dependency. drift_failed: why none has come to
# its end so far.
drift_try() {
  drift_tried=$1
  shift
  [ -n "$drift_suspects" ] && [ -n "$drift_tried" ] || return 0
  # shellcheck disable=SC2086 # service names have no blanks
  drift_said=$(compose "$ENV_FILE" 20 up --dry-run --detach --no-build --pull never "$@" $drift_tried 2>&1)
  drift_code=$?
  case $drift_code:$drift_failed in
  0:*) drift_failed=none ;;
  124:) drift_failed='no answer within 20 s' ;;
  *:) drift_failed="$(printf '%s\n' "$drift_said" | tail -n 3) (code $drift_code)" ;;
  esac
  # Its progress comes on stderr, among its warnings: only lines of containers of this project are read.
  drift_said=$({ printf '%s\n' "$containers_now"; printf '=\n'; printf '%s\n' "$drift_said"; } | awk '
    $0 == "=" { listing = 1; next }
    !listing { split($0, columns, "\t"); service[columns[1]] = columns[2]; next }
    {
      for (i = 1; i < NF; i++) {
        if ($i != "Container" || !($(i + 1) in service)) continue
        if ($(i + 2) ~ /^Recreated?$/) again[service[$(i + 1)]] = 1
        if ($(i + 2) == "Running" || $(i + 2) == "Created") stays[service[$(i + 1)]] = 1
      }
    }
    END {
      for (name in again) print "again", name
      for (name in stays) if (!(name in again)) print "stays", name
    }')
  drift_seen=$drift_seen$NEWLINE$(printf '%s\n' "$drift_said" | sed -n 's/^again //p')
  drift_clear "$(printf '%s\n' "$drift_said" | sed -n 's/^stays //p')"
}

# drift_compare : takes those off whose containers carry the hash that Compose gives the files, and run the image.
drift_compare() {
  [ -n "$drift_suspects" ] || return 0
  drift_hashes=$(compose "$ENV_FILE" "$READ_SECONDS" config --hash "$(printf '%s' "$drift_suspects" | tr '\n' ',')" 2>/dev/null) || return 0
  # shellcheck disable=SC2046 # one word per ID
  drift_labels=$(docker_read inspect --type container --format '{{js (index .Config.Labels "com.docker.compose.service")}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.config-hash")}} {{.Image}}' $(printf '%s\n' "$containers_now" | cut -f 11)) || return 0
  drift_clear "$(for drift_service in $drift_suspects; do
    drift_wanted="$(printf '%s\n' "$drift_hashes" | awk -v service="$drift_service" '$1 == service { print $2 }') $(image_id "$(service_image "$PREFLIGHT_FACTS" "$drift_service")")"
    printf '%s\n' "$drift_labels" | awk -F '\t' -v service="$drift_service" -v wanted="$drift_wanted" '$1 == service && $2 != wanted { differs = 1 } END { exit differs }' &&
      printf '%s\n' "$drift_service"
  done)"
}

# drift_clear SERVICES : these are no suspects any more.
drift_clear() {
  drift_suspects=$(printf '%s\n' "$drift_suspects" | grep -Fvx -e "$1")
}
