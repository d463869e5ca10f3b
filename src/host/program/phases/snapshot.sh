# The snapshot: what a rollback returns to. Containers as lines, files as bytes, tags as image IDs.

# Known by its process like a job: who ends the transaction waits for it.
verb_snapshot() {
  fenced "$1" || return
  # Asked again because the answer was lost: the shell that was asked first goes on with it.
  while job_alive "$TX_DIR/snapshot"; do pause; done
  [ "$(state)" != snapshotted ] || {
    print_snapshot
    return
  }
  rm -f "$TX_DIR/snapshot/exit" "$TX_DIR/snapshot/pid"
  claim_job "$TX_DIR/snapshot" "$$"
  keeping_lock take_snapshot
  snapshot_code=$?
  # The shell of a client that died goes on with what it was asked: what was ended meanwhile stays ended.
  still_mine || {
    snapshot_code=$LOST_LOCK_CODE
    if [ -e "$TX_DIR/ending" ]; then release_images "$TX" ''; else abandon; fi
  }
  : >"$TX_DIR/snapshot/exit"
  return "$snapshot_code"
}

take_snapshot() {
  snapshot_trees && snapshot_files && snapshot_lines=$(inventory) || return
  printf '%s\n' "$snapshot_lines" >"$TX_DIR/snapshot/containers" || return
  record_volumes "$snapshot_lines" >"$TX_DIR/snapshot/volumes" || return
  container_details "$snapshot_lines" >"$TX_DIR/snapshot/details" || return
  config_yaml=
  { [ -z "$snapshot_lines" ] && ! compose_files_there >/dev/null; } || read_config 2>/dev/null || {
    echo "Compose cannot read the files of the project any more" >&2
    return 1
  }
  service_configs >"$TX_DIR/snapshot/configs" && printf '%s\n' "$config_yaml" >"$TX_DIR/snapshot/config.yml" || return
  hash_of "$TX_DIR/snapshot/config.yml" >"$TX_DIR/snapshot/config-hash" || return
  project_networks >"$TX_DIR/snapshot/networks" || return
  # shellcheck disable=SC2046 # one word per ID
  { [ -z "$snapshot_lines" ] || longest_grace $(printf '%s\n' "$snapshot_lines" | cut -f 11); } >"$TX_DIR/snapshot/grace" || return
  snapshot_tags && printf '%s\n' "$LOCAL_IMAGES" | cut -f 2 | sort -u >"$TX_DIR/snapshot/images" && hold_images || return
  (cd "$TX_DIR/snapshot" && durable ./* files/*) && still_mine && print_snapshot && set_state snapshotted
}

# print_snapshot : what the client compiles the plan of a rollback of. Facts `container …`, and `link …` for what services
# need and share; `grace SECONDS`.
print_snapshot() {
  snapshot_links=$(awk "$SERVICE_FACTS" "$TX_DIR/snapshot/config.yml") || return 1
  fact grace "$(grace_patience)"
  print_containers "$(cat "$TX_DIR/snapshot/containers")"
  printf '%s\n' "$snapshot_links" | awk -F '\t' '$1 == "depends" || $1 == "shares" { print "fact\tlink\t" $0 }'
}

# files.list: `PATH<TAB>SHA256<TAB>MODE<TAB>UID:GID<TAB>COPY`, the env file first.
snapshot_files() {
  : >"$TX_DIR/snapshot/files.list"
  record_file "$ENV_FILE" env || return 1
  files_number=0
  printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r files_name; do
    files_number=$((files_number + 1))
    in_kept_tree "$files_name" || record_file "$(readlink -f "$(compose_path "$files_name")")" "files/$files_number" || return 1
  done
}

record_file() {
  cp -p "$1" "$TX_DIR/snapshot/$2" || return 1
  record_hash=$(hash_of "$TX_DIR/snapshot/$2")
  printf '%s\t%s\t%s\t%s\n' "$1" "$record_hash" "$(stat -c "%a$TAB%u:%g" "$1")" "$2" >>"$TX_DIR/snapshot/files.list"
}
