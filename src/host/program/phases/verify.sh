# Verify: what the acceptance of the closed loop looks at, as facts; what they mean is decided elsewhere. Nothing on the
# host is changed, not even our own state directory, and no lock is taken: no transaction is touched, no container made.
# In the containers that need the Docker socket one `test` is run, as health checks do.

VERIFY_RUNS=1000
# Of the newest complete runs so many are read.
VERIFY_READ_RUNS=3
# How far ahead of the clock a run may be (seconds; reports.ts allows as much).
VERIFY_CLOCK_SLACK=300

# verb_verify OUTPUT_ROOT WORD… : WORDs as in verb_reports; the plan comes on stdin. Facts: `clock SECONDS` (of the host, since 1970), `finding …` as
# preflight says them, what was `looked` at (the rest is left out because of a finding), and those that are named below.
verb_verify() {
  use_plan "$(cat)"
  verify_root=$1
  reports_begin "$@"
  VERIFY_NOW=$(date +%s)
  fact clock "$VERIFY_NOW"
  preflight_tools || return 0
  verify_directory || return 0
  verify_transactions
  fact looked transactions
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
  unfinished | while IFS=' ' read -r verify_id verify_state; do
    fact unfinished "$verify_id" "$verify_state"
  done
  lock_over "$STATE_DIR/lock" || fact at_work "$(holder_words | redact)"
}

# verify_latest : the three files that always name the last run, as the facts of verb_reports.
verify_latest() {
  for verify_file in $REPORT_FILES; do
    read_report "${verify_file%:*}" latest "$verify_root/latest_${verify_file#*:}" "$REPORTS_HOME" ''
  done
}

# verify_runs : `run TIME complete|incomplete NAME`, the newest first; TIME as YYYYMMDDHHMMSS in UTC, by its name or, where
# that is no time, by when its directory was last written to. Then, of the newest complete ones, `delivered NAME` and its two
# reports. `runs_unreadable`: nobody knows.
verify_runs() {
  verify_names=$(assess_runs "$verify_root" 2>/dev/null) || {
    fact runs_unreadable
    return 0
  }
  verify_lines=$(printf '%s\n' "$verify_names" | while IFS= read -r verify_run; do
    if [ -z "$verify_run" ] || [ ! -d "$verify_root/$verify_run" ]; then continue; fi
    printf '%s\t%s\t%s\n' "$(run_time "$verify_run")" "$(run_parts "$verify_run")" "$verify_run"
  done | sort -r | head -n "$VERIFY_RUNS")
  [ -n "$verify_lines" ] || return 0
  # The time is made of digits, which may be a secret's too, and is told as it is.
  {
    printf '%s\n' "$verify_lines" | cut -f 1,2
    printf '=\n'
    printf '%s\n' "$verify_lines" | cut -f 3 | redact
  } | awk '
    !names && $0 == "=" { names = 1; next }
    !names { run[++runs] = $0; next }
    { printf "fact\trun\t%s\t%s\n", run[++told], $0 }'
  # Not those that a clock that was wrong has put into the future, which would be the newest for long.
  verify_soon=$(date -u -d "@$((VERIFY_NOW + VERIFY_CLOCK_SLACK))" +%Y%m%d%H%M%S)
  printf '%s\n' "$verify_lines" | awk -F '\t' -v most="$VERIFY_READ_RUNS" -v soon="$verify_soon" '$1 <= soon && $2 == "complete" && ++count <= most' |
    while IFS=$TAB read -r _ _ verify_run; do
      fact delivered "$(printf '%s\n' "$verify_run" | redact)"
      read_report runtimeAssess run "$verify_root/$verify_run/runtime_assess.json" "$REPORTS_HOME" ''
      read_report closedLoop run "$verify_root/$verify_run/closed_loop_report.json" "$REPORTS_HOME" ''
    done
}

# run_time RUN
run_time() {
  case $1 in
  [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z | [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z-*)
    run_clock=${1%%Z*}
    printf '%s%s' "${run_clock%T*}" "${run_clock#*T}"
    ;;
  *) date -u -d "@$(stat -c %Y "$verify_root/$1")" +%Y%m%d%H%M%S ;;
  esac
}

# run_parts RUN : by the contract a run leaves its log and two reports in its directory.
run_parts() {
  for run_part in runtime.log runtime_assess.json closed_loop_report.json; do
    [ -s "$verify_root/$1/$run_part" ] || {
      printf 'incomplete'
      return
    }
  done
  printf 'complete'
}
