# Retention: of the transactions that ended the last ones stay, and the one that is in service.

KEPT_TRANSACTIONS=5
# Of transactions that are not kept any more (old-images.sh).
REMEMBERED_IMAGES=100

# prune_transactions : by who begins one, under the lock. What cannot be removed takes space, and decides nothing.
prune_transactions() {
  keep_programs
  few_old=$(old_transactions)
  [ -n "$few_old" ] || return 0
  release_images "$few_old" ''
  few_images=$({
    read_all "$STATE_DIR/old-images"
    for few_id in $few_old; do released_images "$STATE_DIR/transactions/$few_id"; done | reversed
  } | tail -n "$REMEMBERED_IMAGES")
  printf '%s\n' "$few_images" | sed '/./!d' >"$STATE_DIR/old-images"
  for few_id in $few_old; do
    remove_tree "${STATE_DIR:?}/transactions/${few_id:?}" || journal "transaction $few_id could not be removed"
  done
  return 0
}

# For so many days nothing is taken for left over: whoever waits for the lock has put its program there already.
LEFT_OVER_DAYS=7

# keep_programs : programs that no transaction began with go, and what a check that was killed left: copies of the env file, and files of
# a release.
keep_programs() {
  programs_used=$(cat "$STATE_DIR"/transactions/*/program 2>/dev/null; basename "$(readlink "$STATE_DIR/host.sh")" .sh)
  find "$STATE_DIR/bin" -name '*.sh' -mtime "+$LEFT_OVER_DAYS" 2>/dev/null | while IFS= read -r programs_path; do
    among "$(basename "$programs_path" .sh)" "$programs_used" || rm -f "$programs_path"
  done
  find "$STATE_DIR" -maxdepth 1 -name 'env.[0-9]*' -mtime +0 -exec rm -rf {} + 2>/dev/null
  find "$STATE_DIR/incoming" -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} + 2>/dev/null
}

# old_transactions : the IDs of those that may go, one a line. Kept are the last ones, this one among them; the last
# two promoted ones (the release, and the one that `actions/rollback` returns to), and the last that a person kept: they say that
# nothing before them comes back; what has not ended, or has failed to go back and still may; and what still has a restart policy to give back, or somebody at work.
old_transactions() {
  for old_dir in "$STATE_DIR"/transactions/*; do
    old_number=$(first_line "$old_dir/lock-number")
    old_state=never-begun
    [ ! -e "$old_dir/state" ] || old_state=$(first_line "$old_dir/state")
    printf '%s\t%s\t%s\n' "${old_number:-0}" "${old_dir##*/}" "$old_state"
  done | sort -rn | awk -F '\t' -v kept="$KEPT_TRANSACTIONS" '
    $3 == "promoted" && promoted++ < 2 || $3 == "kept" && !kept_one++ { next }
    NR > kept && $3 ~ /^(promoted|rolled_back|rollback_failed|unchanged|kept|never-begun)$/ { print $2 }' |
    while IFS= read -r old_id; do
      # What this transaction returns to is asked for once more.
      case $old_id in *[!a-z0-9]* | "$TX" | "$(plan_values returns_to)") continue ;; esac
      (
        TX_DIR=$STATE_DIR/transactions/$old_id
        for old_dir in "$TX_DIR"/jobs/*; do ! job_alive "$old_dir" || exit 1; done
        [ ! -e "$TX_DIR/policies" ] || exit 1
        [ "$(first_line "$TX_DIR/state")" != rollback_failed ] || ! open_transaction "$old_id" || ! nothing_came_later
      ) 2>/dev/null && printf '%s\n' "$old_id"
    done
}
