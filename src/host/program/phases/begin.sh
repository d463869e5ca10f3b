# A transaction begins, and ends before its boundary: put the program on the host, begin, abandon.

# verb_state ID : where a transaction stands, for whoever comes when its client is gone. Fact `state`, empty where it
# was never begun (then its lock is given back); `before CONTAINER…` as its snapshot saw them; `pulled REFERENCE ID`.
verb_state() {
  if [ ! -f "$STATE_DIR/transactions/$1/state" ]; then
    tx_release "$1"
    fact state ''
    return 0
  fi
  open_transaction "$1" || return
  fact state "$(state)"
  read_all "$TX_DIR/snapshot/containers" | sed "/./s/^/fact${TAB}before${TAB}/"
  read_all "$TX_DIR/new-images" | sed "s/^/fact${TAB}pulled${TAB}/"
}

# verb_installed SHA256 : whether this very program lies on the host. Touched, so that nobody takes it for one that is not used
# any more (keep_programs).
verb_installed() {
  [ -f "$STATE_DIR/bin/$1.sh" ] && touch "$STATE_DIR/bin/$1.sh" && [ "$(hash_of "$STATE_DIR/bin/$1.sh")" = "$1" ]
}

# verb_install SHA256 : puts stdin there. Two clients may do so at the same moment: each writes a file of its own, and whichever
# comes last replaces the same bytes.
verb_install() {
  mkdir -p "$STATE_DIR/bin" || return 1
  install_new=$STATE_DIR/bin/new.$$.sh
  { cat >"$install_new" && [ "$(hash_of "$install_new")" = "$1" ] && mv "$install_new" "$STATE_DIR/bin/$1.sh"; } || {
    rm -f "$install_new"
    echo "the host program arrived damaged, or could not be written" >&2
    return 1
  }
}

# verb_begin ID SHA256 LEASE : by whoever acquired the lock; the plan comes on stdin. Refused while an earlier
# transaction went past its boundary and did not end (fact `unfinished ID STATE`: nothing of ours may pile up on a
# half state), and where a newer run of the same workflow is in service (fact `superseded RUN_NUMBER`).
verb_begin() {
  use_plan "$(cat)"
  TX=$1
  TX_DIR=$STATE_DIR/transactions/$TX
  tx_holds "$TX" || {
    lost_lock
    return "$LOST_LOCK_CODE"
  }
  # Asked again because the answer was lost, or because the host was looked at once more, which may change the plan.
  [ "$(first_line "$TX_DIR/state")" != begun ] || {
    printf '%s\n' "$PLAN" >"$TX_DIR/plan.new" && mv "$TX_DIR/plan.new" "$TX_DIR/plan"
    return
  }
  end_leftovers
  begin_unfinished=$(unfinished | head -n 1)
  begin_newer=$(newer_run)
  if [ -n "$begin_unfinished" ]; then fact unfinished "${begin_unfinished%% *}" "${begin_unfinished#* }"; fi
  if [ -n "$begin_newer" ]; then fact superseded "$begin_newer"; fi
  [ -z "$begin_unfinished$begin_newer" ] || return 1
  begin_earlier=$(ls "$STATE_DIR/transactions" 2>/dev/null)
  mkdir -p "$STATE_DIR/transactions" && mkdir "$TX_DIR" "$TX_DIR/snapshot" "$TX_DIR/snapshot/files" "$TX_DIR/jobs" || return 1
  # host.sh is what a person types; a running job keeps the program it started with.
  ln -s "bin/$2.sh" "$STATE_DIR/host.sh.$TX" && mv "$STATE_DIR/host.sh.$TX" "$STATE_DIR/host.sh" || return 1
  printf '%s\n' "$PLAN" >"$TX_DIR/plan"
  [ -z "$RELEASE_DIR" ] || { mv "$RELEASE_DIR" "$TX_DIR/release" && RELEASE_DIR=$TX_DIR/release && make_view; } || return 1
  printf '%s\n' "$begin_earlier" >"$TX_DIR/earlier"
  printf '%s\n' "$2" >"$TX_DIR/program"
  printf '%s\n' "$3" >"$TX_DIR/lease"
  keep_environment >"$TX_DIR/environment"
  printf '%s\n' "$LOCK_NUMBER" >"$TX_DIR/lock-number"
  printf '%s\n' "$PROJECT_LOCK" >"$TX_DIR/project-lock"
  begin_return=$(plan_values returns_to)
  # Of a release that comes back, the baseline for the next one comes back with it; without it there is none.
  [ -z "$begin_return" ] || cp -pR "$STATE_DIR/transactions/$begin_return/reports" "$TX_DIR/reports" 2>/dev/null
  set_state begun || return 1
  prune_transactions
}

# end_leftovers : by whoever has the lock. Ends what earlier clients left before its boundary.
end_leftovers() {
  for leftover_dir in "$STATE_DIR"/transactions/*; do
    ! is_before_boundary "$(first_line "$leftover_dir/state")" || abort_stale "${leftover_dir##*/}" >&2
  done
}

# newer_run : the number of a newer run of this plan's workflow whose release was promoted, or nothing. One that
# is run again on purpose only gives way to what came while it waited.
newer_run() {
  newer_mine=$(plan_values run_number)
  number "$newer_mine" || return 0
  newer_arrived=$(plan_values arrived)
  [ "$(plan_values attempt)" != 1 ] || newer_arrived=0
  newer_same=$(plan_values repository)$NEWLINE$(plan_values workflow)
  [ -n "${newer_same#*"$NEWLINE"}" ] || return 0
  for newer_dir in "$STATE_DIR"/transactions/*; do
    [ "$(first_line "$newer_dir/state")" = promoted ] || continue
    [ "$(first_line "$newer_dir/lock-number")" -gt "$newer_arrived" ] || continue
    (
      PLAN=$(cat "$newer_dir/plan")
      [ "$(plan_values repository)$NEWLINE$(plan_values workflow)" != "$newer_same" ] || plan_values run_number
    )
  done | awk -v newest="$newer_mine" '$1 + 0 > newest { newest = $1; found = 1 } END { if (found) print newest }'
}

# abort_stale ID : a transaction that had not reached its boundary when whoever calls this had the lock. `applying` is then
# no more than an attempt: it writes that down before it looks at the lock.
abort_stale() (
  open_transaction "$1" && use_environment || exit 0
  for stale_job in "$TX_DIR"/jobs/*; do
    ! job_alive "$stale_job" || fact problem lock_lost >>"$stale_job/facts"
  done
  stop_other_jobs
  case $(state) in begun | snapshotted | prefetched | applying) abandon ;; esac
)

# abandon : an end before the boundary. Nothing that serves was touched; local tags are put back where a pull of ours
# was cut short. Where none was, what they mean now is somebody else's doing. Fails where one of them was not put back.
abandon() {
  # A little: what Docker holds for it would stay.
  wait_for_docker 8
  end_trial
  abandon_rest=
  [ ! -e "$TX_DIR/tags-moved" ] || abandon_rest=$(put_tags_back)
  release_images "$TX" ''
  forget_images
  rm -rf "$TX_DIR/docker-config" "$(dirname "$ENV_FILE")/.closed-loop-env.$TX"
  remove_tree "$TX_DIR/release"
  forget_trees
  set_state unchanged
  disarm
  tx_release "$TX"
  [ -z "$abandon_rest" ] || {
    tags_left "$abandon_rest"
    return 1
  }
}

# verb_abandon ID : fact `untouched` as soon as it is certain that the boundary was not crossed and will not be.
verb_abandon() {
  open_transaction "$1" || return
  [ "$(state)" != unchanged ] || return 0
  before_boundary || return
  tx_retake || {
    lost_lock
    return "$LOST_LOCK_CODE"
  }
  # First: a job that is still at work must not cross the boundary after its state was read here. A rollback that
  # somebody began since this was asked for goes on.
  ! is_before_boundary "$(state)" || stop_other_jobs
  before_boundary || return
  fact untouched
  keeping_lock abandon
}
