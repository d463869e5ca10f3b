# Images that a transaction keeps on the host, tags that it moves, and what it gives back at its end.

# tags: `REFERENCE<TAB>IMAGE_ID` for every reference that this deployment, or a rollback, may move; `-`
# where the reference means nothing locally.
snapshot_tags() {
  list_images --all || return 1
  {
    wanted_references
    printf '%s\n' "$snapshot_lines" | cut -f 6
  } | sort -u | while IFS= read -r tags_reference; do
    case $tags_reference in '' | sha256:* | *@*) continue ;; esac
    tags_id=$(known_id "$tags_reference") || return 1
    printf '%s\t%s\n' "$tags_reference" "${tags_id:--}"
  done >"$TX_DIR/snapshot/tags"
}

# hold_images : `image prune` takes untagged images, `image prune -a` those no container uses: each image of the snapshot
# gets a tag and a created container of ours. digests: `IMAGE_ID<TAB>REPOSITORY@DIGEST`, for pull_again.
hold_images() {
  hold_ids=$({
    cut -f 5 "$TX_DIR/snapshot/containers"
    cut -f 2 "$TX_DIR/snapshot/tags"
  } | sort -u | grep . | grep -Fvx -e -)
  : >"$TX_DIR/snapshot/digests"
  [ -n "$hold_ids" ] || return 0
  {
    # shellcheck disable=SC2086 # one word per ID
    image_digests $hold_ids
    # Docker's own image store forgets the digest with the tag that it was pulled by, as after each prefetch.
    cat "${TX_DIR%/*}"/*/new-digests "${TX_DIR%/*}"/*/snapshot/digests 2>/dev/null | grep -F "$hold_ids"
  } | own_digests "$(wanted_references; cut -f 6 "$TX_DIR/snapshot/containers")" | awk '!seen[$0]++' >"$TX_DIR/snapshot/digests"
  hold_number=0
  for hold_id in $hold_ids; do
    hold_number=$((hold_number + 1))
    [ ! -e "$TX_DIR/ending" ] && docker_write tag "$hold_id" "closed-loop-hold:$TX-$hold_number" && hold_container || return 1
  done
}

# image_digests IMAGE… : `IMAGE_ID<TAB>REPOSITORY@DIGEST`, as far as Docker knows them.
image_digests() {
  # shellcheck disable=SC2016 # a Go template
  docker_read image inspect --format '{{$id := .ID}}{{range .RepoDigests}}{{$id}}{{"\t"}}{{println .}}{{end}}' "$@"
}

# hold_container : for each path that the image declares a volume at it has something else there: docker would make one
# without a name, and fill it with what the image has.
hold_container() {
  set --
  # shellcheck disable=SC2016 # a Go template
  docker_read image inspect --format '{{with .Config}}{{range $path, $none := .Volumes}}{{println $path}}{{end}}{{end}}' "$hold_id" | sed '/./!d; s/"/""/g' | {
    while IFS= read -r hold_path; do set -- "$@" --mount "type=tmpfs,\"destination=$hold_path\""; done
    # A path that Docker does not take for a mount: a volume too many is removed with the container.
    create_hold "$@" || { [ "$#" -gt 0 ] && create_hold; }
  }
}

create_hold() {
  docker_write create --pull never --name "closed-loop-hold-$TX-$hold_number" --label "closed-loop.transaction=$TX" \
    --label com.docker.compose.project= --label com.docker.compose.service= "$@" \
    --network none --entrypoint closed-loop-hold "closed-loop-hold:$TX-$hold_number" >/dev/null
}

# release_images IDS KEPT : takes away what keeps images for these transactions (one a line): their created containers, and
# their tags but those that begin with KEPT. By name: a label may be the image's own. What cannot be taken away holds disk.
release_images() {
  release_held=$({
    docker_read ps --all --filter label=closed-loop.transaction --format 'container {{.ID}} {{.Names}}'
    docker_read image ls --filter 'reference=closed-loop-*' --format 'tag {{.Repository}}:{{.Tag}} {{.Repository}}:{{.Tag}}'
  } | RELEASED=$1 awk -v kept="$2" '
    BEGIN { n = split(ENVIRON["RELEASED"], ids, "\n"); for (i = 1; i <= n; i++) ours[ids[i]] }
    kept != "" && index($3, kept) == 1 { next }
    match($3, /^closed-loop-(hold|new)[-:]/) {
      id = substr($3, RLENGTH + 1)
      sub(/-[0-9]+$/, "", id)
      if (id in ours) print $1, $2
    }')
  release_containers=$(printf '%s\n' "$release_held" | sed -n 's/^container //p')
  release_tags=$(printf '%s\n' "$release_held" | sed -n 's/^tag //p')
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$release_containers" ] || docker_write rm --force --volumes $release_containers >/dev/null 2>&1
  # shellcheck disable=SC2086 # one word per tag
  [ -z "$release_tags" ] || docker_write rmi --no-prune $release_tags >/dev/null 2>&1
  return 0
}

# put_tags_back : every recorded reference means again what it meant; prints those that do not. A reference that meant nothing
# is untagged; the image itself stays as long as something else holds it.
put_tags_back() {
  [ -f "$TX_DIR/snapshot/tags" ] || return 0
  back_tags=$(cat "$TX_DIR/snapshot/tags") || return 1
  # Where Docker gives no list, each is asked for.
  list_images || LOCAL_IMAGES=
  printf '%s\n' "$back_tags" | while IFS=$TAB read -r back_reference back_id; do
    [ -n "$back_reference" ] || continue
    back_now=$(known_id "$back_reference" 2>/dev/null)
    [ "${back_now:--}" != "$back_id" ] || continue
    if [ "$back_id" = - ]; then
      docker_write rmi --no-prune "$back_reference" >/dev/null 2>&1
    else
      [ -z "$back_now" ] || printf '%s\t%s\n' "$back_reference" "$back_now" >>"$TX_DIR/displaced"
      docker_write tag "$back_id" "$back_reference"
    fi || printf '%s\n' "$back_reference"
  done
  return 0
}

# forget_images : what this deployment brought to the host goes again, and Docker refuses to remove what a container uses.
# pulled: the references that were asked for; displaced: what a moved tag meant, as in new-images.
forget_images() {
  [ -s "$TX_DIR/snapshot/images" ] || return 0
  # The tags of the release are put back.
  read_all "$TX_DIR/pulled" | sort -u | grep -Fvx -e "$(wanted_references)" | while IFS= read -r forget_reference; do
    ! is_new_image "$(image_id "$forget_reference")" || docker_write rmi --no-prune "$forget_reference" >/dev/null 2>&1
  done
  { read_all "$TX_DIR/new-images"; read_all "$TX_DIR/displaced"; } | cut -f 2 | sort -u | while IFS= read -r forget_id; do
    is_new_image "$forget_id" || continue
    forget_tags=$(docker_read image inspect --format '{{range .RepoTags}}{{println .}}{{end}}' "$forget_id" 2>/dev/null) || continue
    [ -n "$forget_tags" ] || docker_write rmi --no-prune "$forget_id" >/dev/null 2>&1
  done
  return 0
}

# is_new_image ID : whether it came to the host since the snapshot.
is_new_image() {
  [ -n "$1" ] && ! grep -Fqx -e "$1" "$TX_DIR/snapshot/images"
}
