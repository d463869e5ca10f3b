# What `actions/rollback` can return to: the releases of the transactions that were promoted, as far as they are kept.

# verb_releases : the plan of a look comes on stdin. Fact `unconfirmed NUMBER` of each transaction that left something else in
# service than a release that was confirmed, or may have. Facts `release ID NUMBER CONFIRMED_AT RUN_URL` of each; `planned ID KEY
# REFERENCE`, `variable ID KEY VALUE`, `file ID TARGET`, `deployed ID REFERENCE IMAGE_ID` and `source ID IMAGE_ID REPOSITORY@DIGEST` of its images; `here IMAGE_ID` for each
# of all these images that this host still has.
verb_releases() {
  use_plan "$(cat)"
  releases_facts=$(for releases_dir in "$STATE_DIR"/transactions/*; do
    case $(first_line "$releases_dir/state") in
    promoted) release_facts "$releases_dir" ;;
    kept | rollback_failed) fact unconfirmed "$(first_line "$releases_dir/lock-number")" ;;
    esac
  done)
  [ -n "$releases_facts" ] || return 0
  printf '%s\n' "$releases_facts"
  # Docker prints those that it has, and fails for the others.
  # shellcheck disable=SC2046 # one word per ID
  docker_read image inspect --format '{{.ID}}' $(printf '%s\n' "$releases_facts" | awk -F '\t' '$2 == "deployed" { print $5 }' | sort -u) 2>/dev/null |
    sed "/./!d; s/^/fact${TAB}here$TAB/"
  return 0
}

# release_facts DIR
release_facts() {
  release_references=$(awk -F '\t' '$1 == "image" { print $3 }' "$1/plan")
  {
    sed "s/^/plan$TAB/" "$1/plan"
    sed "s/^/image$TAB/" "$1/new-images"
    read_all "$1/new-digests" | own_digests "$release_references" | sed "s/^/digest$TAB/"
  } | awk -F '\t' -v OFS='\t' -v id="${1##*/}" -v number="$(first_line "$1/lock-number")" \
    -v at="$(sed -n "s/${TAB}promoted\$//p" "$1/journal" | tail -n 1)" '
    $1 == "plan" && $2 == "where" { where = $3 }
    $1 == "plan" && $2 == "image" { print "fact", "planned", id, $3, $4 }
    $1 == "plan" && $2 == "file" { print "fact", "file", id, $3 }
    $1 == "plan" && $2 == "env" { print "fact", "variable", id, $3, $4 }
    $1 == "image" { print "fact", "deployed", id, $2, $3 }
    $1 == "digest" { print "fact", "source", id, $2, $3 }
    END { print "fact", "release", id, number, at, where }'
}
