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

# hold_images : `image prune` takes untagged images, `image prune -a` those no container uses: each image
# of the snapshot gets a tag and a created container of ours. digests: `IMAGE_ID<TAB>REPOSITORY@DIGEST`, where a
# registry may have it, for the case that somebody removes even what is held.
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
    # With its own image store Docker forgets the digest when it loses the tag that it was pulled by, as after each
    # prefetch; who pulled it knew it, and so did an earlier snapshot.
    cat "${TX_DIR%/*}"/*/new-digests "${TX_DIR%/*}"/*/snapshot/digests 2>/dev/null | grep -F "$hold_ids"
  } | own_digests "$(wanted_references; cut -f 6 "$TX_DIR/snapshot/containers")" | awk '!seen[$0]++' >"$TX_DIR/snapshot/digests"
  # shellcheck disable=SC2016,SC2086 # a Go template; one word per ID
  hold_volumes=$(docker_read image inspect --format '{{$id := .ID}}{{with .Config}}{{range $path, $none := .Volumes}}{{$id}}{{"\t"}}{{println $path}}{{end}}{{end}}' $hold_ids)
  hold_number=0
  printf '%s\n' "$hold_ids" | while IFS= read -r hold_id; do
    hold_number=$((hold_number + 1))
    [ ! -e "$TX_DIR/ending" ] || return 1
    docker_write tag "$hold_id" "closed-loop-hold:$TX-$hold_number" || return 1
    hold_container "$hold_id" "$TX-$hold_number" || return 1
  done
}

# image_digests IMAGE… : `IMAGE_ID<TAB>REPOSITORY@DIGEST`, as far as Docker knows them.
image_digests() {
  # shellcheck disable=SC2016 # a Go template
  docker_read image inspect --format '{{$id := .ID}}{{range .RepoDigests}}{{$id}}{{"\t"}}{{println .}}{{end}}' "$@"
}

# hold_container IMAGE_ID NAME : for each path that the image declares a volume at it has something else there: docker would
# make one without a name, and fill it with what the image has.
hold_container() {
  hold_paths=$(printf '%s\n' "$hold_volumes" | sed -n "s/^$1$TAB//p")
  hold_name=$2
  set --
  hold_ifs=$IFS
  IFS=$NEWLINE
  set -f
  for hold_path in $hold_paths; do
    set -- "$@" --mount "type=tmpfs,\"destination=$(printf '%s\n' "$hold_path" | sed 's/"/""/g')\""
  done
  set +f
  IFS=$hold_ifs
  create_hold "$@" || { [ "$#" -gt 0 ] && create_hold; }
}

create_hold() {
  docker_write create --pull never --name "closed-loop-hold-$hold_name" --label "closed-loop.transaction=$TX" \
    --label com.docker.compose.project= --label com.docker.compose.service= "$@" \
    --network none --entrypoint closed-loop-hold "closed-loop-hold:$hold_name" >/dev/null
}

# release_images IDS KEPT : takes away what keeps images for these transactions (one a line), however many there are: their
# created containers, and their tags but those that begin with KEPT. What could not be taken away holds disk, and decides
# nothing; only a dockerd that restarts just now is waited for.
release_images() {
  released_images "$@" || {
    wait_for_docker "$DOCKER_SECONDS"
    released_images "$@"
  }
  return 0
}

# By name: a label may be the image's own, and then the container that serves has it too.
released_images() {
  release_held=$(docker_read ps --all --filter label=closed-loop.transaction --format '{{.ID}}{{"\t"}}{{.Names}}') || return 1
  release_containers=$(printf '%s\n' "$release_held" | sed -n "s/${TAB}closed-loop-hold-/${TAB}closed-loop-hold:/p" | held_for "$1" '' | cut -f 1)
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$release_containers" ] || docker_write rm --force --volumes $release_containers >/dev/null 2>&1
  release_code=$?
  release_held=$(docker_read image ls --format '{{.Repository}}:{{.Tag}}{{"\t"}}{{.Repository}}:{{.Tag}}' --filter 'reference=closed-loop-*') || return 1
  release_tags=$(printf '%s\n' "$release_held" | held_for "$1" "$2" | cut -f 1)
  # shellcheck disable=SC2086 # one word per tag
  { [ -z "$release_tags" ] || docker_write rmi --no-prune $release_tags >/dev/null 2>&1; } && return "$release_code"
}

# held_for IDS KEPT : of lines `WHAT<TAB>TAG`, those whose tag is one of these transactions' and does not begin with KEPT.
held_for() {
  HELD_FOR=$1 awk -F '\t' -v kept="$2" '
    BEGIN { n = split(ENVIRON["HELD_FOR"], ids, "\n"); for (i = 1; i <= n; i++) ours[ids[i]] = 1 }
    kept != "" && index($2, kept) == 1 { next }
    match($2, /^closed-loop-[a-z]+:/) {
      id = substr($2, RLENGTH + 1)
      sub(/-[0-9]+$/, "", id)
      if (id in ours) print
    }'
}

# put_tags_back : every recorded reference means again what it meant. A reference that meant nothing is
# untagged; the image itself stays as long as something else holds it.
put_tags_back() {
  [ -f "$TX_DIR/snapshot/tags" ] || return 0
  back_tags=$(cat "$TX_DIR/snapshot/tags") || return 1
  # Where Docker gives no list, each is asked for.
  list_images || LOCAL_IMAGES=
  printf '%s\n' "$back_tags" | while IFS=$TAB read -r back_reference back_id; do
    [ -n "$back_reference" ] || continue
    back_now=$(known_id "$back_reference" 2>/dev/null)
    if [ "$back_id" = - ]; then
      [ -z "$back_now" ] || docker_write rmi --no-prune "$back_reference" >/dev/null 2>&1 || printf '%s\n' "$back_reference"
    elif [ "$back_now" != "$back_id" ]; then
      [ -z "$back_now" ] || printf '%s\t%s\n' "$back_reference" "$back_now" >>"$TX_DIR/displaced"
      docker_write tag "$back_id" "$back_reference" || printf '%s\n' "$back_reference"
    fi
  done
  return 0
}

# forget_images : what this deployment brought to the host and nothing uses goes again; what was there before stays, also
# without a name. Docker refuses to remove what a container uses. pulled: the references that were asked for; displaced:
# what a moved tag meant, as in new-images. What could not be removed takes disk, and decides nothing.
forget_images() {
  [ -s "$TX_DIR/snapshot/images" ] || return 0
  read_all "$TX_DIR/pulled" | sort -u | while IFS= read -r forget_reference; do
    # The tags of the release are put back.
    ! among "$forget_reference" "$(wanted_references)" || continue
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
