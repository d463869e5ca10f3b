# Volumes without a name of their own: only a container says whose they are. Compose hands them on from the container
# that it replaces; where that one lacks them (the new image declares no volume there), or is gone (an `up` that was
# interrupted), a restored container would start with an empty one, and the data would lie about unseen.

# record_volumes LINES : `SERVICE<TAB>VOLUME<TAB>PATH<TAB>WRITABLE` of these containers.
record_volumes() {
  volumes_ids=$(printf '%s\n' "$1" | awk -F '\t' "$OF_SERVICES"'{ print $11 }')
  [ -n "$volumes_ids" ] || return 0
  # shellcheck disable=SC2016,SC2086 # Go templates; one word per ID
  volumes_raw=$(docker_read inspect --type container --format '{{$service := index .Config.Labels "com.docker.compose.service"}}{{range .Mounts}}{{if eq .Type "volume"}}{{js $service}}{{"\t"}}{{.Name}}{{"\t"}}{{.Destination}}{{"\t"}}{{.RW}}{{"\n"}}{{end}}{{end}}' $volumes_ids) || return 1
  printf '%s\n' "$volumes_raw" | awk -F '\t' 'length($2) == 64 && $2 !~ /[^0-9a-f]/'
}

# lost_volumes MEMBERS : those of `SERVICE=1 …` that are there, and that no container of the service has any more. Of several
# containers nobody could say which volume is whose: the verification will find them different.
lost_volumes() {
  read_all "$TX_DIR/snapshot/volumes" | while IFS=$TAB read -r lost_service lost_volume lost_rest; do
    ! { among "$lost_service=1" "$1" && docker_read volume inspect "$lost_volume" >/dev/null 2>&1; } && continue
    lost_label=com.docker.compose.service=$lost_service
    lost_holders=$(docker_read ps --all --quiet --filter "volume=$lost_volume" --filter "label=$lost_label") || return 1
    [ -n "$lost_holders" ] || printf '%s\t%s\t%s\n' "$lost_service" "$lost_volume" "$lost_rest"
  done
}

# reattach_volumes : for each service of group_members a container, never started, that has its volumes: from it Compose hands
# them on to the one that the files ask for.
reattach_volumes() {
  reattach_lost=$(lost_volumes "$group_members") || return 1
  [ -n "$reattach_lost" ] || return 0
  printf '%s\n' "$reattach_lost" | awk -F '\t' '
    {
      gsub(/\047/, "\047\047", $3)
      $4 = $4 == "true" ? "false" : "true"
      mounts[$1] = mounts[$1] "      - {type: volume, source: v" $2 ", target: \047" $3 "\047, read_only: " $4 "}\n"
      volumes[$2]
    }
    END {
      print "services:"
      for (service in mounts) printf "  %s:\n    volumes:\n%s", service, mounts[service]
      print "volumes:"
      for (volume in volumes) printf "  v%s: {external: true, name: %s}\n", volume, volume
    }' >"$TX_DIR/volumes.yml" || return 1
  reattach_services=$(printf '%s\n' "$reattach_lost" | cut -f 1 | sort -u)
  # shellcheck disable=SC2086 # service names have no blanks
  COMPOSE_FILES=$COMPOSE_FILES$NEWLINE$TX_DIR/volumes.yml compose "$ENV_FILE" "$up_seconds" up --no-start \
    --no-deps --no-build --pull never $reattach_services >&2
}
