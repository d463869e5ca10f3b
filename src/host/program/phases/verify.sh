# Verify: what the acceptance of the closed loop looks at, as facts, judged by src/verify. Nothing on the host is changed, not
# even our own state directory. In the containers that need the Docker socket one `test` is run, as health checks do.

# At most so many runs are told, and of the newest complete ones so many read; of a log, its last lines, cut to so many bytes.
VERIFY_RUNS=1000
VERIFY_READ_RUNS=3
VERIFY_LOG_PIECES=2000
VERIFY_LINE_BYTES=1000

# verb_verify OUTPUT_ROOT WINDOW WORD… : WINDOW: how far back restarts are counted (seconds); WORDs as in verb_reports; the plan
# comes on stdin. Facts: `clock SECONDS` (of the host, since 1970), `finding …` as preflight says them, what was `looked` at
# (the rest is left out because of a finding), and those that are named below.
verb_verify() {
  use_plan "$(cat)"
  verify_root=$1
  verify_window=$2
  shift 2
  verify_clock=$(date +%s)
  fact clock "$verify_clock"
  # What the redactor cannot learn from must not be read: then nothing of the host leaves it.
  tools_there && directory_there && env_file_there read || return 0
  # A log may hold what was a secret then.
  for verify_env in "$STATE_DIR"/transactions/*/snapshot/env; do
    [ ! -f "$verify_env" ] || [ ! -r "$verify_env" ] || ENV_PATHS=$ENV_PATHS$NEWLINE$verify_env
  done
  verify_transactions
  fact looked transactions
  reports_begin "$verify_root" "$@"
  # The three files that always name the last run.
  for verify_file in $REPORT_FILES; do
    read_report "${verify_file%:*}" latest "$verify_root/latest_${verify_file#*:}" "$REPORTS_HOME" ''
  done
  verify_runs
  fact looked reports
  tell_engine && verify_compose && verify_containers
  return 0
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
  tell_unfinished
  lock_over "$STATE_DIR/lock" || fact at_work "$(printf '%s\n' "$holder_words" | redact)"
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
  printf '%s\n' "$verify_lines" | awk -F '\t' -v most="$VERIFY_READ_RUNS" -v now="$(date -u +%Y%m%d%H%M%S)" '$1 <= now && $2 == "complete" && ++count <= most' |
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
    # As 20260214T150000Z, or with more behind it.
    run_time=${run_name%%Z*}
    run_time=${run_time%%T*}${run_time#*T}
    { [ "${#run_time}" = 14 ] && number "$run_time"; } || run_time=$(date -u -d "@$(stat -c %Y "$verify_root/$run_name")" +%Y%m%d%H%M%S)
    run_parts=complete
    for run_part in runtime.log runtime_assess.json closed_loop_report.json; do
      [ -s "$verify_root/$run_name/$run_part" ] || run_parts=incomplete
    done
    printf '%s\t%s\t%s\n' "$run_time" "$run_parts" "$run_name"
  done
}

# verify_compose : what tell_project says; `image SERVICE REFERENCE ID`, the ID empty where there is no such image here; and
# `project_dir_set VALUE`, what AI_TRADE_PROJECT_DIR is in the env file as Compose reads it.
verify_compose() {
  compose_files_there || return 1
  PROJECT_FACTS=$(service_facts "$ENV_FILE" 2>/dev/null) || {
    config_invalid
    return 1
  }
  tell_project
  fact looked compose
  list_images 2>/dev/null
  printf '%s\n' "$PROJECT_FACTS" | awk -F '\t' '$1 == "service" { print $2 "\t" $3 }' | while IFS=$TAB read -r verify_service verify_image; do
    fact image "$verify_service" "$verify_image" "$(known_id "$verify_image" 2>/dev/null || echo unknown)"
  done
  verify_set=$(probe_values "$ENV_FILE" AI_TRADE_PROJECT_DIR 2>/dev/null) || return 0
  fact project_dir_set "$(printf '%s\n' "$verify_set" | sed -n "s/^P_AI_TRADE_PROJECT_DIR: '\[\(.*\)\]'\$/\1/p" | redact)"
}

# Besides `container` lines: `made ID CREATED`, and what the environment of a service says: `project_dir_in SERVICE JSON` and
# `interval_in SERVICE JSON`.
# shellcheck disable=SC2016 # Go templates
VERIFY_LINES='made{{"\t"}}{{.ID}}{{"\t"}}{{.Created}}{{range .Config.Env}}{{with split . "="}}{{if eq (index . 0) "AI_TRADE_PROJECT_DIR"}}{{"\n"}}project_dir_in{{else if eq (index . 0) "AI_TRADE_WATCHDOG_INTERVAL_SECONDS"}}{{"\n"}}interval_in{{end}}{{if eq (index . 0) "AI_TRADE_PROJECT_DIR" "AI_TRADE_WATCHDOG_INTERVAL_SECONDS"}}{{"\t"}}{{js (index $.Config.Labels "com.docker.compose.service")}}{{"\t"}}{{json (join (slice . 1) "=")}}{{end}}{{end}}{{end}}'

verify_containers() {
  verify_ids=$(project_container_ids) || {
    finding docker-unreachable "its containers cannot be listed"
    return 0
  }
  # One of them may go away meanwhile: the others are told all the same.
  # shellcheck disable=SC2086 # one word per ID
  [ -z "$verify_ids" ] || verify_now=$(container_lines $verify_ids 2>/dev/null)
  [ -z "$verify_ids" ] || [ -n "$verify_now" ] || {
    finding docker-unreachable "its containers cannot be read"
    return 0
  }
  fact looked containers
  tell_others
  [ -n "$verify_ids" ] || return 0
  print_containers "$verify_now"
  # shellcheck disable=SC2086
  verify_said=$(docker_read inspect --type container --format "$VERIFY_LINES" $verify_ids 2>/dev/null)
  printf '%s\n' "$verify_said" | sed -n "s/^made$TAB/fact$TAB&/p"
  for verify_name in project_dir_in interval_in; do
    printf '%s\n' "$verify_said" | sed -n "s/^$verify_name$TAB//p" | redacted_last "$verify_name" 1
  done
  verify_events
  for verify_service in watchdog scheduler; do
    verify_id=$(container_of "$verify_service")
    [ -n "$verify_id" ] || continue
    verify_log "$verify_service" "$verify_id"
    verify_socket "$verify_service" "$verify_id"
  done
}

# verify_events : `events_read`, and `event SECONDS CONTAINER_ID` for each that dockerd remembers of the window; the ID only of a
# container's start: other events may quote a command.
verify_events() {
  # shellcheck disable=SC2016 # a Go template
  verify_seen=$(docker_read events --since "$((verify_clock - verify_window))" --until 0s --format '{{.Time}}{{"\t"}}{{.Type}}{{"\t"}}{{.Action}}{{"\t"}}{{.Actor.ID}}' 2>/dev/null) || return 0
  fact events_read
  printf '%s\n' "$verify_seen" | awk -F '\t' '$1 != "" { printf "fact\tevent\t%s\t%s\n", $1, $2 == "container" && $3 == "start" ? $4 : "" }'
}

# container_of SERVICE : the ID of its first container that runs, else of its first one.
container_of() {
  printf '%s\n' "$verify_now" | awk -F '\t' -v service="$1" '
    $2 == service && $4 != "True" && (id == "" || (state != "running" && $7 == "running")) { id = $11; state = $7 }
    END { if (id != "") print id }'
}

# verify_log SERVICE CONTAINER_ID : `log_line SERVICE TIME TEXT` for what may be about a run of the loop, a round of the watchdog or
# an error, in the order of the log (verify-facts.ts tells them apart); and `log_read SERVICE CODE WORD`, how `docker logs` ended
# and its own last word.
verify_log() {
  log_said=$({
    bounded "$READ_SECONDS" docker logs --timestamps --tail "$VERIFY_LOG_PIECES" "$2" 2>&1
    printf '\n%s\n' "$?"
  } | tr -d '\000' | tr '\t' ' ' | awk -v service="$1" "$STAMPED"'
    stamped($0) {
      if (tolower($0) !~ /closed[ _-]?loop|operational|alert|error|fatal|panic|traceback|denied|no such file|not found|can.?.?t|fail/) next
      at = index($0, " ")
      print service "\t" substr($0, 1, at - 1) "\t" substr($0, at + 1)
      next
    }
    $0 != "" { word = code; code = $0 }
    END { printf "%s\t%s\t%s\n", service, code, word }')
  printf '%s\n' "$log_said" | sed '$d' | redacted_last log_line 2
  printf '%s\n' "$log_said" | tail -n 1 | redacted_last log_read 2
}

# verify_socket SERVICE CONTAINER_ID : `socket SERVICE CODE`, by what its own user may do: 0 usable, 3 absent, 4 denied.
verify_socket() {
  # shellcheck disable=SC2016 # the other shell's words
  docker_read exec "$2" sh -c 's=/var/run/docker.sock; [ -S "$s" ] || exit 3; [ -r "$s" ] && [ -w "$s" ] || exit 4' >/dev/null 2>&1
  fact socket "$1" "$?"
}
