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

# lost_volumes SERVICE : `VOLUME<TAB>PATH<TAB>WRITABLE` of those that no container of the service has any more.
lost_volumes() {
  lost_recorded=$(read_all "$TX_DIR/snapshot/volumes" | awk -F '\t' -v OFS='\t' -v service="$1" '$1 == service { print $2, $3, $4 }')
  [ -n "$lost_recorded" ] || return 0
  lost_ids=$(printf '%s\n' "$services_present" | awk -F '\t' -v "service=$1" "$OF_SERVICES"'$2 == service { print $11 }')
  # shellcheck disable=SC2016,SC2086 # Go templates; one word per ID
  lost_kept=$([ -z "$lost_ids" ] || docker_read inspect --type container --format '{{range .Mounts}}{{.Name}}{{"\t"}}{{.Destination}}{{"\n"}}{{end}}' $lost_ids) || return 1
  printf '%s\n' "$lost_recorded" | while IFS=$TAB read -r lost_volume lost_path lost_writable; do
    among "$lost_volume$TAB$lost_path" "$lost_kept" || ! docker_read volume inspect "$lost_volume" >/dev/null 2>&1 || printf '%s\t%s\t%s\n' "$lost_volume" "$lost_path" "$lost_writable"
  done
}

# reattach_volumes MEMBERS FILES : for each `SERVICE=N` a container, never started, that has them: from it Compose hands them
# on to the one that the files ask for. Of services with one container: of several nobody could say which volume is whose;
# the verification will find them different.
reattach_volumes() {
  reattach_services=
  reattach_volumes=
  reattach_words=
  for reattach_service in $1; do
    case $reattach_service in *=1) reattach_service=${reattach_service%=1} ;; *) continue ;; esac
    reattach_lost=$(lost_volumes "$reattach_service") || return 1
    [ -n "$reattach_lost" ] || continue
    reattach_words="$reattach_words $reattach_service"
    reattach_services="$reattach_services  $reattach_service:$NEWLINE    volumes:$NEWLINE$(printf '%s\n' "$reattach_lost" | awk -F '\t' '{ gsub(/\047/, "\047\047", $2); printf "      - {type: volume, source: v%s, target: \047%s\047, read_only: %s}\n", $1, $2, $3 == "true" ? "false" : "true" }')$NEWLINE"
    reattach_volumes="$reattach_volumes$(printf '%s\n' "$reattach_lost" | cut -f 1 | sort -u | awk '{ printf "  v%s: {external: true, name: %s}\n", $1, $1 }')$NEWLINE"
  done
  [ -n "$reattach_words" ] || return 0
  printf 'services:\n%svolumes:\n%s' "$reattach_services" "$reattach_volumes" >"$TX_DIR/volumes.yml" || return 1
  # shellcheck disable=SC2086 # service names have no blanks
  COMPOSE_FILES=$2$NEWLINE$TX_DIR/volumes.yml compose "$ENV_FILE" "$((GROUP_SECONDS + $(grace_patience)))" up --no-start --no-deps --no-build --pull never $reattach_words >&2
}

# note_volumes : before anything is taken away: volumes without a name that the containers of the release have now. When
# Compose replaces one it leaves behind what the other image does not declare.
note_volumes() {
  note_lines=$(inventory 2>/dev/null) || return 0
  record_volumes "$note_lines" 2>/dev/null | cut -f 2 2>/dev/null >>"$TX_DIR/volumes-seen"
  return 0
}

# forget_volumes : those that came with the release go with it. Docker refuses to remove what a container uses.
forget_volumes() {
  # Of what cannot be read nobody knows whether it came with the release.
  forget_there=$(cat "$TX_DIR/snapshot/volumes-there" 2>/dev/null) || return 0
  read_all "$TX_DIR/volumes-seen" | sort -u | while IFS= read -r forget_volume; do
    among "$forget_volume" "$forget_there" || docker_write volume rm "$forget_volume" >/dev/null 2>&1
  done
  return 0
}
