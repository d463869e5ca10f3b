# Preflight, the project's shape: what its services and the containers there are have to do with each other.

# The names that the services' containers will have must be free, or theirs already.
preflight_names() {
  names_taken=$(docker_read ps --all --no-trunc --format '{{.Names}}{{"\t"}}{{.Label "com.docker.compose.project"}}') || return 1
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
# looked at, whoever started it; and the files, for what does not run yet.
preflight_sharing() {
  sharing_ids=$(docker_read ps --quiet --no-trunc) || return 1
  # One of them may go away meanwhile: the others are printed all the same.
  # shellcheck disable=SC2016,SC2086 # Go templates; one word per ID
  sharing_now=$([ -z "$sharing_ids" ] || docker_read inspect --type container --format '{{.Name}}{{"\t"}}{{index .Config.Labels "com.docker.compose.project"}}{{"\t"}}{{index .Config.Labels "com.docker.compose.service"}}{{"\t"}}{{.HostConfig.NetworkMode}}{{"\t"}}{{.HostConfig.IpcMode}}{{"\t"}}{{.HostConfig.PidMode}}' $sharing_ids 2>/dev/null)
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
    part == 2 {
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
