# Verify: what the acceptance of the closed loop looks at, as facts; what they mean is decided elsewhere (src/verify). Nothing on
# the host is changed, not even our own state directory, and no lock is taken: no transaction is touched, no container made.
# In the containers that need the Docker socket one `test` is run, as health checks do.

VERIFY_RUNS=1000
# Of the newest complete runs so many are read.
VERIFY_READ_RUNS=3
# How far ahead of the clock a run may be (seconds; reports.ts allows as much).
VERIFY_CLOCK_SLACK=300

# verb_verify OUTPUT_ROOT WINDOW WORD… : WINDOW: how far back restarts are counted (seconds); WORDs as in verb_reports; the plan
# comes on stdin. Facts: `clock SECONDS` (of the host, since 1970), `finding …` as preflight says them, what was `looked` at
# (the rest is left out because of a finding), and those that are named below.
verb_verify() {
  use_plan "$(cat)"
  verify_root=$1 VERIFY_WINDOW=$2
  shift 2
  VERIFY_NOW=$(date +%s)
  fact clock "$VERIFY_NOW"
  preflight_tools || return 0
  verify_directory || return 0
  verify_transactions
  fact looked transactions
  reports_begin "$verify_root" "$@"
  verify_latest
  verify_runs
  fact looked reports
  preflight_engine || return 0
  verify_compose || return 0
  verify_containers
}

# What the redactor cannot learn from must not be read: then nothing of the host leaves it.
verify_directory() {
  verify_real=$(cd "$PROJECT_DIR" 2>/dev/null && pwd -P) || {
    finding project-dir-missing "$PROJECT_DIR"
    return 1
  }
  fact project_dir "$verify_real"
  [ -f "$ENV_FILE" ] || {
    finding env-file-missing "$ENV_FILE"
    return 1
  }
  [ -r "$ENV_FILE" ] || {
    finding env-file-not-editable "$ENV_FILE" "user $(id -un) may not read it"
    return 1
  }
  # A log may hold what was a secret then.
  for verify_env in "$STATE_DIR"/transactions/*/snapshot/env; do
    [ ! -f "$verify_env" ] || [ ! -r "$verify_env" ] || ENV_PATHS=$ENV_PATHS$NEWLINE$verify_env
  done
}

# redacted_last NAME OWN : lines of OWN columns of ours and one of foreign text, from stdin, as facts NAME. Only the text is
# redacted: a time is made of digits that may be a secret's too.
redacted_last() {
  last_lines=$(cat)
  [ -n "$last_lines" ] || return 0
  { printf '%s\n' "$last_lines" | cut -f "1-$2"; printf '=\n'; printf '%s\n' "$last_lines" | cut -f "$(($2 + 1))-" | redact; } |
    awk -v name="$1" -v most="$VERIFY_LINE_BYTES" '
      !texts && $0 == "=" { texts = 1; next }
      !texts { own[++lines] = $0; next }
      { printf "fact\t%s\t%s\t%s\n", name, own[++told], substr($0, 1, most) }'
}

# What a line of foreign text may have.
VERIFY_LINE_BYTES=1000

# verify_transactions : `transaction ID NUMBER STATE TIME` (its last word), `unfinished ID STATE`, `at_work WORDS`; or
# `transactions_unreadable`, where this account is not the one that deploys.
verify_transactions() {
  if [ -d "$STATE_DIR" ] && { [ ! -r "$STATE_DIR" ] || [ ! -x "$STATE_DIR" ]; }; then
    fact transactions_unreadable
    return 0
  fi
  for verify_dir in "$STATE_DIR"/transactions/*; do
    case ${verify_dir##*/} in *[!a-z0-9]*) continue ;; esac
    if [ ! -f "$verify_dir/state" ] || [ ! -r "$verify_dir/state" ]; then continue; fi
    fact transaction "${verify_dir##*/}" "$(first_line "$verify_dir/lock-number")" "$(first_line "$verify_dir/state")" \
      "$(read_all "$verify_dir/journal" 2>/dev/null | tail -n 1 | cut -f 1)"
  done
  unfinished | sed "s/^/fact${TAB}unfinished${TAB}/; s/ /$TAB/"
  lock_over "$STATE_DIR/lock" || fact at_work "$(holder_words | redact)"
}

# verify_latest : the three files that always name the last run, as read_report tells them.
verify_latest() {
  for verify_file in $REPORT_FILES; do
    read_report "${verify_file%:*}" latest "$verify_root/latest_${verify_file#*:}" "$REPORTS_HOME" ''
  done
}

# verify_runs : `run TIME complete|incomplete NAME`, the newest first; TIME as YYYYMMDDHHMMSS in UTC. Then, of the newest complete
# ones, `delivered NAME` and its two reports. `runs_unreadable`: nobody knows.
verify_runs() {
  verify_names=$(assess_runs "$verify_root" 2>/dev/null) || {
    fact runs_unreadable
    return 0
  }
  verify_lines=$(printf '%s\n' "$verify_names" | run_lines | sort -r | head -n "$VERIFY_RUNS")
  printf '%s\n' "$verify_lines" | redacted_last run 2
  # Not those that a clock that was wrong has put into the future, which would be the newest for long.
  verify_soon=$(date -u -d "@$((VERIFY_NOW + VERIFY_CLOCK_SLACK))" +%Y%m%d%H%M%S)
  printf '%s\n' "$verify_lines" | awk -F '\t' -v most="$VERIFY_READ_RUNS" -v soon="$verify_soon" '$1 <= soon && $2 == "complete" && ++count <= most' |
    while IFS=$TAB read -r _ _ verify_run; do
      fact delivered "$(printf '%s\n' "$verify_run" | redact)"
      read_report runtimeAssess run "$verify_root/$verify_run/runtime_assess.json" "$REPORTS_HOME" ''
      read_report closedLoop run "$verify_root/$verify_run/closed_loop_report.json" "$REPORTS_HOME" ''
    done
}

# run_lines : `TIME<TAB>complete|incomplete<TAB>NAME` of the runs of stdin. TIME by its name or, where that is no time, by when
# its directory was last written to. By the contract a run leaves its log and two reports there.
run_lines() {
  while IFS= read -r run_name; do
    if [ -z "$run_name" ] || [ ! -d "$verify_root/$run_name" ]; then continue; fi
    run_time=
    case $run_name in
    ????????T??????Z | ????????T??????Z-*)
      run_time=${run_name%%Z*}
      run_time=${run_time%T*}${run_time#*T}
      ;;
    esac
    number "$run_time" || run_time=$(date -u -d "@$(stat -c %Y "$verify_root/$run_name")" +%Y%m%d%H%M%S)
    run_parts=complete
    for run_part in runtime.log runtime_assess.json closed_loop_report.json; do
      [ -s "$verify_root/$run_name/$run_part" ] || run_parts=incomplete
    done
    printf '%s\t%s\t%s\n' "$run_time" "$run_parts" "$run_name"
  done
}
