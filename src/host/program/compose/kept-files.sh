# What `files` and `state-files` replace: recorded before the boundary, put in place behind it, restored by a rollback.
#
# snapshot/trees.list: `NUMBER<TAB>file|state<TAB>HASH<TAB>PATH` (tree_hash; PATH relative to the project) for each entry that the
# release changes and each state file; snapshot/trees/NUMBER is its copy. release/ready/NUMBER: the release's, to be moved in
# place. aside/NUMBER: what stood there, moved there. discarded/, edited-files/: what a rollback took away. trees-back: what it
# has dealt with; made-directories: made for an entry; moved-edits: exceptions; remounts: containers that a rollback stops once.

# snapshot_trees : the bytes of state files are those of some moment while what runs goes on writing them.
snapshot_trees() {
  mkdir -p "$TX_DIR/snapshot/trees" && : >"$TX_DIR/snapshot/trees.list" || return 1
  trees_compared=
  [ -z "$RELEASE_DIR" ] || { trees_compared=$(rows_in "$PROJECT_DIR") && trees_compared=$(compare_release "$trees_compared"); } || {
    echo "the project's files that the release replaces cannot be read" >&2
    return 1
  }
  { printf '%s\n' "$trees_compared"; plan_values state_file | sed "s/^/state$TAB/"; } | awk -F '\t' -v OFS='\t' '
    $1 == "entry" && $3 != "same" { print ++number, "file", $2 }
    $1 == "state" { print ++number, "state", $2 }' | while IFS=$TAB read -r trees_number trees_kind trees_path; do
    keep_tree "$trees_number" "$trees_kind" "$trees_path" || keep_tree "$trees_number" "$trees_kind" "$trees_path" || {
      echo "$PROJECT_DIR/$trees_path could not be recorded: it changes all the time, or cannot be read, or the disk is full" >&2
      exit 1
    }
  done && sync
}

# keep_tree NUMBER KIND PATH
keep_tree() {
  keep_hash=absent
  remove_tree "$TX_DIR/snapshot/trees/$1"
  if is_there "$PROJECT_DIR/$3"; then
    cp -a "$PROJECT_DIR/$3" "$TX_DIR/snapshot/trees/$1" && keep_hash=$(tree_hash "$TX_DIR/snapshot/trees" "$1" "$3") || return 1
  fi
  [ "$2" = state ] || [ "$keep_hash" = "$(tree_hash "$PROJECT_DIR" "$3")" ] || return 1
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$keep_hash" "$3" >>"$TX_DIR/snapshot/trees.list"
}

# each_tree KIND COMMAND… : for each row, as $tree_number, $tree_wanted (its hash) and $tree_path. Fails where one of them did.
each_tree() {
  each_kind=$1
  each_code=0
  shift
  [ ! -f "$TX_DIR/snapshot/trees.list" ] || while IFS=$TAB read -r tree_number tree_kind tree_wanted tree_path; do
    [ "$tree_kind" != "$each_kind" ] || "$@" </dev/null || each_code=1
  done <"$TX_DIR/snapshot/trees.list"
  return "$each_code"
}

# tree_is_same : whether what stands there is what was recorded.
tree_is_same() {
  [ "$(tree_hash "$PROJECT_DIR" "$tree_path")" = "$tree_wanted" ]
}

# in_kept_tree FILE : whether this compose file of the plan lies in what the release replaces: it is no file by itself then.
in_kept_tree() {
  kept_file=$1
  kept_real=$(readlink -f "$(compose_path "$1")") || kept_real=
  ! each_tree file holds_no_file
}

holds_no_file() {
  for holds_path in "$tree_path" "$PROJECT_DIR/$tree_path" "./$tree_path"; do
    case $kept_file/ in "$holds_path"/*) return 1 ;; esac
  done
  case $kept_real/ in "$(cd "$PROJECT_DIR" && pwd -P)/$tree_path"/*) return 1 ;; esac
}

# prepare_release : before the boundary, so that nothing but renames is left to do.
prepare_release() {
  renew_state || return
  [ -n "$RELEASE_DIR" ] || return 0
  stage_tree=$RELEASE_DIR/tree
  tree_is_whole || {
    echo "the files of the release were changed on this host since they came" >&2
    return 1
  }
  mkdir -p "$RELEASE_DIR/ready" "$TX_DIR/aside" && each_tree file prepare_tree && sync
}

# renew_state : what runs has gone on writing since the snapshot, while images were pulled and tried.
renew_state() {
  [ -n "$(plan_values state_file)" ] || return 0
  renew_rows=$(sed -n "/^[0-9]*${TAB}state$TAB/p" "$TX_DIR/snapshot/trees.list")
  renew_files=$(sed "/^[0-9]*${TAB}state$TAB/d" "$TX_DIR/snapshot/trees.list")
  printf '%s\n' "$renew_files" | sed '/./!d' >"$TX_DIR/snapshot/trees.list"
  printf '%s\n' "$renew_rows" | while IFS=$TAB read -r renew_number renew_kind _ renew_path; do
    keep_tree "$renew_number" "$renew_kind" "$renew_path" || keep_tree "$renew_number" "$renew_kind" "$renew_path" || exit 1
  done
}

prepare_tree() {
  remove_tree "$RELEASE_DIR/ready/$tree_number"
  cp -a "$RELEASE_DIR/tree/$tree_path" "$RELEASE_DIR/ready/$tree_number"
}

# put_release : the release's files take their places.
put_release() {
  each_tree file put_tree
}

put_tree() {
  make_way && put_at "$RELEASE_DIR/ready/$tree_number" "$PROJECT_DIR/$tree_path" "$TX_DIR/aside/$tree_number"
}

# make_way : the directories above it that are missing.
make_way() {
  way_at=$PROJECT_DIR
  way_rest=$tree_path
  while case $way_rest in */*) ;; *) false ;; esac do
    way_at=$way_at/${way_rest%%/*}
    way_rest=${way_rest#*/}
    [ -d "$way_at" ] || { printf '%s\n' "$way_at" >>"$TX_DIR/made-directories" && mkdir -m 755 "$way_at"; } || return 1
  done
}

# restore_trees file|state : each once; what somebody edits after that is left as it is.
restore_trees() {
  each_tree "$1" restore_tree || return 1
  [ "$1" = state ] || read_all "$TX_DIR/made-directories" | sed '1!G; h; $!d' | while IFS= read -r made_directory; do
    # Only what is empty goes.
    rmdir "$made_directory" 2>/dev/null
  done
  return 0
}

restore_tree() {
  ! among "$tree_number" "$(read_all "$TX_DIR/trees-back")" || return 0
  # What runs of the release would have Docker make it anew.
  [ "$tree_wanted" != absent ] || [ "${trees_turn-cleared}" = cleared ] || return 0
  tree_at=$PROJECT_DIR/$tree_path
  tree_is_same || tree_was_put || {
    note_mounts && { [ "$tree_kind" = file ] || stop_remounts; } && choose_copy && choose_aside || return 1
    if [ "$tree_wanted" != absent ]; then
      make_way && keep_lock_file_in_place && put_at "$tree_copy" "$tree_at" "$tree_aside" || return 1
    elif is_there "$tree_at"; then
      mv "$tree_at" "$tree_aside" || return 1
    fi
  }
  durable "${tree_at%/*}"
  printf '%s\n' "$tree_number" >>"$TX_DIR/trees-back" && durable "$TX_DIR/trees-back"
}

# tree_was_put : whether a rollback that was killed had moved the only copy there. What runs may have changed it since.
tree_was_put() {
  among "$tree_number" "$(read_all "$TX_DIR/trees-checked")" && ! is_there "$TX_DIR/snapshot/trees/$tree_number" && ! is_there "$TX_DIR/aside/$tree_number"
}

# keep_lock_file_in_place : the lock file of the host's own loop stays the very file that whoever waits for it has open.
keep_lock_file_in_place() {
  case $LOCK_FILE in "$tree_at"/*) ;; *) return 0 ;; esac
  [ ! -f "$LOCK_FILE" ] || ln -f "$LOCK_FILE" "$tree_copy${LOCK_FILE#"$tree_at"}" 2>/dev/null || :
}

# choose_copy : sets tree_copy: what was moved aside, if it is what was recorded; else the copy of the snapshot, if that is. Both
# are moved: on a full disk there is no room for another.
choose_copy() {
  [ "$tree_wanted" != absent ] || return 0
  for tree_copy in "$TX_DIR/aside/$tree_number" "$TX_DIR/snapshot/trees/$tree_number"; do
    # Checked by a rollback that was killed: the lock file in it may be another one by now.
    ! { is_there "$tree_copy" && among "$tree_copy" "$(read_all "$TX_DIR/trees-checked")"; } || return 0
    [ "$(tree_hash "${tree_copy%/*}" "$tree_number" "$tree_path")" = "$tree_wanted" ] || continue
    printf '%s\n%s\n' "$tree_number" "$tree_copy" >>"$TX_DIR/trees-checked" && durable "$TX_DIR/trees-checked"
    return
  done
  echo "the recorded copy of $tree_at is damaged; it is not used" >&2
  return 1
}

# choose_aside : sets tree_aside, where what stands there goes. Of what is neither the release's nor was recorded somebody may
# want to have the edit.
choose_aside() {
  tree_aside=$TX_DIR/discarded/$tree_number
  tree_edited=no
  if [ "$tree_kind" = file ] && is_there "$tree_at" && ! is_released; then
    tree_aside=$TX_DIR/edited-files/$tree_number
    tree_edited=yes
  fi
  mkdir -p "${tree_aside%/*}" || return 1
  while is_there "$tree_aside"; do tree_aside=$tree_aside+; done
  [ "$tree_edited" = no ] || printf 'file-edited-meanwhile\t%s\t%s\n' "$tree_at" "$tree_aside" >>"$TX_DIR/moved-edits"
}

# is_released : whether what stands there is the release's.
is_released() {
  released_now=$(tree_rows "$PROJECT_DIR" "$tree_path" | cut -f 1-4)
  [ -n "$released_now" ] && [ "$released_now" = "$(ENTRY=$tree_path awk -F '\t' '
    $4 == ENVIRON["ENTRY"] || index($4, ENVIRON["ENTRY"] "/") == 1' "$TX_DIR/release/manifest")" ]
}

# note_mounts : what runs and mounts something at, above or below the path, which is another file or directory once it is
# restored; `CONTAINER_ID<TAB>STARTED_AT` for stop_remounts.
note_mounts() {
  note_ids=$(docker_read ps --quiet --no-trunc --filter "label=com.docker.compose.project=$PROJECT_NAME") || return 1
  [ -n "$note_ids" ] || return 0
  # shellcheck disable=SC2086 # one word per ID
  note_lines=$(project_mounts $note_ids 2>/dev/null)
  [ -n "$note_lines" ] || return 1
  # What mounts the whole host has nothing of this project in particular.
  printf '%s\n' "$note_lines" | NOTED=$PROJECT_DIR/$tree_path/ NOTED_REAL=$(cd "$PROJECT_DIR" && pwd -P)/$tree_path/ awk -F '\t' -v OFS='\t' '
    function overlap(one, other) { return index(one, other) == 1 || index(other, one) == 1 }
    $5 == "" || $5 == "/" { next }
    overlap($5 "/", ENVIRON["NOTED"]) || overlap($5 "/", ENVIRON["NOTED_REAL"]) { print $3, $4 }' >>"$TX_DIR/remounts"
}

# project_mounts ID… : `SERVICE<TAB>CONTAINER<TAB>ID<TAB>STARTED_AT` of each, and again with `<TAB>SOURCE` for each path of the host
# that it mounts.
project_mounts() {
  docker_read inspect --type container --format "$MOUNT_LINE" "$@" | sed "/./!d; s#$TAB/#$TAB#"
}

# stop_remounts : each container instance once. What ran is started again with all the rest, and mounts what is there then.
stop_remounts() {
  [ -s "$TX_DIR/remounts" ] || return 0
  remounts_now=$(inventory) || return 1
  remounts_ids=$({ cat "$TX_DIR/remounts"; printf '=\n%s\n' "$remounts_now"; } | awk -F '\t' '
    $0 == "=" { second = 1; next }
    !second { noted[$1, $2]; next }
    ('"$RUNS"') && $4 != "True" && ($11, $12) in noted { print $11 }')
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$remounts_ids" ] || docker_stop $remounts_ids >/dev/null
}

# recreate_touched SECONDS SERVICES : of these (one a line) what mounts a path that the release changes, and that no `up` made
# anew for another reason: it would go on with what stood there before.
recreate_touched() {
  [ -n "$(plan_values touched)" ] || return 0
  touched_now=$(inventory) || return 1
  touched_services=$(two_lists "$(cat "$TX_DIR/snapshot/containers")" "$touched_now" | TOUCHED=$(plan_values touched | grep -Fx -e "$2") awk -F '\t' "$OF_SERVICES"'
    BEGIN { n = split(ENVIRON["TOUCHED"], names, "\n"); for (i = 1; i <= n; i++) touched[names[i]] }
    !second { before[$11]; next }
    $11 in before && $2 in touched { print $2 }' | sort -u)
  # shellcheck disable=SC2086 # service names have no blanks
  [ -z "$touched_services" ] || compose "$ENV_FILE" "$1" up --detach --no-deps --no-build --pull never --force-recreate $touched_services >&2
}

# name_trees : exceptions: what somebody edited, before a rollback or after it had restored the path.
name_trees() {
  read_all "$TX_DIR/moved-edits"
  each_tree file name_tree
}

name_tree() {
  tree_is_same || printf 'file-edited-meanwhile\t%s\n' "$PROJECT_DIR/$tree_path"
}

# forget_trees : once nothing has to be restored any more. The release's own files stay with it.
forget_trees() {
  remove_tree "$TX_DIR/release/ready" "$TX_DIR/release/view" "$TX_DIR/aside" "$TX_DIR/discarded" "$TX_DIR/snapshot/trees"
}
