# Images of earlier releases, which nobody needs any more: told to the client, which chooses (src/deploy/old-images.ts), and removed
# under the lock, each looked at once more. Nothing here is a part of a deployment: it has its end.

# released_images DIR : `ID KEY REFERENCE IMAGE_ID`, tab-separated, of a release that was confirmed, or that a person kept.
released_images() {
  case $(first_line "$1/state") in promoted | kept) ;; *) return 0 ;; esac
  { sed -n "s/^image$TAB//p" "$1/plan"; printf '=\n'; read_all "$1/new-images"; } | awk -F '\t' -v OFS='\t' -v id="${1##*/}" '
    $0 == "=" { second = 1; next }
    !second { key[$2] = $1; next }
    $1 in key { print id, key[$1], $1, $2 }'
}

reversed() {
  awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }'
}

# verb_old_images ID : facts `release ID KEY REFERENCE IMAGE_ID`, the latest first (old-images has those of transactions that are not
# kept any more, the latest last); `image IMAGE_ID`, `tag` and `digest IMAGE_ID NAME` for those that are there; `used IMAGE_ID` by a
# container, also a stopped one; `data_root`, as verb_space.
verb_old_images() {
  open_transaction "$1" && [ "$(state)" = promoted ] || return "$WRONG_STATE_CODE"
  old_rows=$({
    for old_dir in "$STATE_DIR"/transactions/*; do printf '%s\t%s\n' "$(first_line "$old_dir/lock-number")" "$old_dir"; done | sort -rn | cut -f 2 |
      while IFS= read -r old_dir; do released_images "$old_dir"; done
    read_all "$STATE_DIR/old-images" | reversed
  })
  printf '%s\n' "$old_rows" | sed "/./!d; s/^/fact${TAB}release$TAB/"
  old_used=$(docker_read ps --all --quiet --no-trunc) || return 1
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$old_used" ] || docker_read inspect --type container --format "fact${TAB}used$TAB{{.Image}}" $old_used || return 1
  for old_id in $(printf '%s\n' "$old_rows" | cut -f 4 | sort -u); do
    # shellcheck disable=SC2016 # a Go template
    docker_read image inspect --format '{{$id := .ID}}{{println "image" $id}}{{range .RepoTags}}{{println "tag" $id .}}{{end}}{{range .RepoDigests}}{{println "digest" $id .}}{{end}}' "$old_id" 2>/dev/null |
      tr ' ' '\t' | sed "/./!d; s/^/fact$TAB/"
  done
  tell_data_root
}

# verb_remove_images ID : stdin names them, `IMAGE_ID<TAB>TAG…`, with all the tags that each has. Facts `removed IMAGE_ID`, and
# `data_root`. LOST_LOCK_CODE where somebody else is at work: they may need what is old here.
verb_remove_images() {
  open_transaction "$1" && [ "$(state)" = promoted ] && remove_project=$(project_lock) || return "$WRONG_STATE_CODE"
  take_locks "$TX" "$REMOVE_LEASE" "$remove_project" || return "$LOST_LOCK_CODE"
  keeping_lock remove_images
  tx_release "$TX"
  tell_data_root
}
REMOVE_LEASE=60

remove_images() {
  while IFS= read -r remove_line; do
    remove_id=${remove_line%%"$TAB"*}
    remove_tags=$(printf '%s\n' "$remove_line" | tr '\t' '\n' | sed 1d | sort)
    remove_now=$(docker_read image inspect --format '{{range .RepoTags}}{{println .}}{{end}}' "$remove_id") || continue
    remove_used=$(docker_read ps --all --quiet --filter "ancestor=$remove_id") || continue
    [ -z "$remove_used" ] || continue
    [ "$(printf '%s\n' "$remove_now" | sed '/./!d' | sort)" = "$remove_tags" ] || continue
    # shellcheck disable=SC2086 # one word per tag
    ! docker_write rmi --no-prune ${remove_tags:-"$remove_id"} >/dev/null || fact removed "$remove_id"
  done
}
