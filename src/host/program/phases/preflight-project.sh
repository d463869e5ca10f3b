# Preflight, the project's shape: what its services and the containers there are have to do with each other.

# What is needed past the boundary and can be tried without changing anything: that Compose gets on with the engine (one
# whose oldest API is newer than Compose speaks refuses it), and that there are events to watch. A finding each.
preflight_calls() {
  calls_code=0
  calls_said=$(stderr_of compose "$ENV_FILE" "$READ_SECONDS" ps --all --quiet) || {
    finding docker-call-failed 'docker compose ps' "$(printf '%s\n' "$calls_said" | redact)" "$engine_version" "$compose_version"
    calls_code=1
  }
  calls_said=$(stderr_of docker_read events --since "$(date +%s)" --until 0s --filter type=container --format "$EVENT_LINE") || {
    finding docker-call-failed 'docker events' "$(printf '%s\n' "$calls_said" | redact)" "$engine_version" "$compose_version"
    calls_code=1
  }
  return "$calls_code"
}

# The names that the services' containers will have must be free, or theirs already.
preflight_names() {
  names_taken=$(docker_read ps --all --no-trunc --format '{{.Names}}{{"\t"}}{{js (.Label "com.docker.compose.project")}}') || return 1
  { printf '%s\n' "$PREFLIGHT_FACTS"; printf '=\n'; printf '%s\n' "$names_taken"; } | PROJECT_NAME=$PROJECT_NAME DEPLOY=$DEPLOY awk -F '\t' '
    BEGIN { n = split(ENVIRON["DEPLOY"], names, "\n"); for (i = 1; i <= n; i++) deployed[names[i]] = 1 }
    $0 == "=" { listing = 1; next }
    !listing && $1 == "scale" { scale[$2] = $3; next }
    !listing && $1 == "service" && ($2 in deployed) { wanted[$2] = $4; order[++count] = $2; next }
    listing { owner[$1] = $2 == "" ? "no compose project" : $2 }
    function check(name, service) {
      if (name in owner && owner[name] != ENVIRON["PROJECT_NAME"]) printf "fact\tfinding\tcontainer-name-taken\t%s\t%s\t%s\n", name, service, owner[name]
    }
    END {
      for (i = 1; i <= count; i++) {
        service = order[i]
        if (wanted[service] != "") { check(wanted[service], service); continue }
        for (number = 1; number <= (service in scale ? scale[service] : 1); number++) check(ENVIRON["PROJECT_NAME"] "-" service "-" number, service)
      }
    }'
}

# preflight_elsewhere : a deployment must start no second copy of what runs. Compose writes on its containers from which
# directory and files they are; where those are the files of this plan, in a project of another name, that name stands
# somewhere else than where it was looked for (a `.env` beside the env file, the environment of whoever started it). A name
# that was given by a person is meant, and so is a project that runs already.
preflight_elsewhere() {
  [ -z "$(plan_values project_name)" ] && ! printf '%s\n' "$1" | awk -F '\t' '$4 != "True" && $7 == "running" { found = 1 } END { exit !found }' || return 0
  # What needs escapes in JSON names no directory that could be compared here.
  elsewhere_all=$(docker_read ps --no-trunc --format '{{json (.Label "com.docker.compose.project")}}{{"\t"}}{{json (.Label "com.docker.compose.service")}}{{"\t"}}{{json (.Label "com.docker.compose.oneoff")}}{{"\t"}}{{json (.Label "com.docker.compose.project.working_dir")}}{{"\t"}}{{json (.Label "com.docker.compose.project.config_files")}}{{"\t"}}{{.Names}}') || return 1
  elsewhere_dir=$(cd "$PROJECT_DIR" && pwd -P)
  elsewhere_files=$(own_compose_files)
  printf '%s\n' "$elsewhere_all" | sed '/\\/d; s/"//g' | while IFS=$TAB read -r elsewhere_project elsewhere_service elsewhere_once elsewhere_from elsewhere_config elsewhere_name; do
    if [ -z "$elsewhere_project" ] || [ "$elsewhere_project" = "$PROJECT_NAME" ] || [ "$elsewhere_once" = True ]; then continue; fi
    among "$elsewhere_service" "$DEPLOY" || continue
    if [ "$(cd "${elsewhere_from:-/}" 2>/dev/null && pwd -P)" = "$elsewhere_dir" ] || own_file_in "$elsewhere_config"; then
      finding runs-as-other-project "$elsewhere_project" "$elsewhere_service" "$elsewhere_name" "$PROJECT_NAME"
    fi
  done | awk -F '\t' '!seen[$4]++'
}

# own_compose_files : the compose files of the plan, links resolved.
own_compose_files() {
  printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r own_file; do readlink -f "$(compose_path "$own_file")"; done
}

# own_file_in LIST : whether one of these files, as Compose writes them on a container, is one of the plan.
own_file_in() {
  printf '%s\n' "$1" | tr ',' '\n' | while IFS= read -r other_file; do
    ! among "$(readlink -f "$other_file" 2>/dev/null)" "$elsewhere_files" || echo found
  done | grep -q found
}

# Nothing is built here: what has no image to pull must have been built before.
preflight_built() {
  for built_service in $DEPLOY $(dependencies "$PREFLIGHT_FACTS" "$DEPLOY"); do
    built_image=$(printf '%s\n' "$PREFLIGHT_FACTS" | awk -F '\t' -v service="$built_service" '$1 == "service" && $2 == service && $6 == "built" { print $3 }')
    [ -n "$built_image" ] || continue
    among "$built_service" "$DEPLOY" || ! among "$built_service" "$(printf '%s\n' "$containers_now" | cut -f 2)" || continue
    [ -n "$(image_id "$built_image")" ] || finding image-not-built "$built_service" "$built_image"
  done
}

# A container that shares the network, IPC or processes of another one lives in what that one made: when that one is
# replaced, or stopped and started again, it is cut off, and nothing notices. It must go the same way. What runs is
# looked at, whoever started it (a `compose run` excepted, which ends by itself); and the files, for what does not run yet.
preflight_sharing() {
  sharing_ids=$(docker_read ps --quiet --no-trunc) || return 1
  # One of them may go away meanwhile: the others are printed all the same.
  # shellcheck disable=SC2016,SC2086 # Go templates; one word per ID
  sharing_now=$([ -z "$sharing_ids" ] || docker_read inspect --type container --format '{{.Name}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.project")}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.service")}}{{"\t"}}{{js .HostConfig.NetworkMode}}{{"\t"}}{{js .HostConfig.IpcMode}}{{"\t"}}{{js .HostConfig.PidMode}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.oneoff")}}' $sharing_ids 2>/dev/null)
  { printf '%s\n' "$PREFLIGHT_FACTS"; printf '=\n'; printf '%s\n' "$containers_now"; printf '=\n'; printf '%s\n' "$sharing_now"; } |
    PROJECT_NAME=$PROJECT_NAME DEPLOY=$DEPLOY DEFER=$DEFER awk -F '\t' '
    function list(text, set,    names, n, i) { n = split(text, names, "\n"); for (i = 1; i <= n; i++) if (names[i] != "") set[names[i]] = 1 }
    function found(sharer, owner, kind, cure) {
      if (!((sharer, owner, kind) in told)) printf "fact\tfinding\tnamespace-cut\t%s\t%s\t%s\t%s\n", sharer, owner, kind, cure
      told[sharer, owner, kind] = 1
    }
    BEGIN { list(ENVIRON["DEPLOY"], deploy); list(ENVIRON["DEFER"], defer) }
    $0 == "=" { part++; next }
    part == 0 && $1 == "service" && $4 != "" { service_of[$4] = $2 }
    part == 0 && $1 == "shares" && ($2 in deploy) { with[++count] = $0 }
    part == 1 { service_of[$1] = service_of[$11] = $2 }
    part == 2 && $7 != "True" {
      sub(/^\//, "", $1)
      kinds[4] = "network"; kinds[5] = "ipc"; kinds[6] = "pid"
      for (i = 4; i <= 6; i++) {
        if (index($i, "container:") != 1) continue
        owner = service_of[substr($i, 11)]
        if (!(owner in deploy) && !(owner in defer)) continue
        if ($2 != ENVIRON["PROJECT_NAME"]) found($1, owner, kinds[i], "outside")
        else if (!($3 in deploy)) found($3, owner, kinds[i], "deploy")
      }
    }
    END {
      for (j = 1; j <= count; j++) {
        split(with[j], shared, "\t")
        owner = shared[4]
        if (sub(/^service:/, "", owner)) {
          if ((owner in defer) && !(shared[2] in defer)) found(shared[2], owner, shared[3], "defer")
        } else {
          sub(/^container:/, "", owner)
          owner = service_of[owner]
          if ((owner in deploy) || (owner in defer)) found(shared[2], owner, shared[3], "by-service")
        }
      }
    }'
}

# What `up` on the untouched files would recreate: a rollback returns to the files, not to what ran. Older releases of
# Compose take the dependencies that an `up` was told of for a part of the service: what was brought up by hand with
# its dependencies, or by us without them, is asked for in the same way. What really differs does so every way.
preflight_drift() {
  drift_suspects=$(printf '%s\n' "$DEPLOY" | while IFS= read -r drift_service; do
    ! among "$drift_service" "$(printf '%s\n' "$containers_now" | cut -f 2)" || printf '%s\n' "$drift_service"
  done)
  drift_all=$drift_suspects
  drift_seen=
  drift_failed=
  drift_try "$drift_all" --no-deps
  drift_try "$(printf '%s\n' "$drift_all" | while IFS= read -r drift_service; do
    among "$drift_service" "$DEFER" || printf '%s\n' "$drift_service"
  done)" --no-deps
  # One by one only where they are few: it takes a second each.
  [ "$(printf '%s\n' "$drift_suspects" | wc -l)" -gt 8 ] || for drift_service in $drift_suspects; do
    drift_try "$drift_service" --no-deps
  done
  drift_compare
  drift_try "$drift_all"
  ALL_PROFILES=no drift_try "$drift_all"
  for drift_service in $drift_suspects; do
    ! among "$drift_service" "$drift_seen" || finding drift "$drift_service"
  done
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
  # Its progress comes on stderr, among its warnings: only lines of containers of this project are read.
  case $drift_code:$drift_failed in
  0:*) drift_failed=none ;;
  124:) drift_failed='no answer within 20 s' ;;
  *:) drift_failed="$(printf '%s\n' "$drift_said" | tail -n 3) (code $drift_code)" ;;
  esac
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
  drift_suspects=$(printf '%s\n' "$drift_suspects" | while IFS= read -r drift_suspect; do
    among "$drift_suspect" "$1" || printf '%s\n' "$drift_suspect"
  done)
}
