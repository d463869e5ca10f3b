# Verify: what the acceptance of the closed loop looks at, as facts; what they mean is decided elsewhere. Nothing on the
# host is changed, not even our own state directory, and no lock is taken: no transaction is touched, no container made.
# In the containers that need the Docker socket one `test` is run, as health checks do.

VERIFY_LOG_PIECES=2000
# How far back restarts are counted (seconds), and how many events dockerd remembers at all.
VERIFY_RESTART_SECONDS=900
EVENTS_REMEMBERED=256
VERIFY_RUNS=1000
# Of the newest complete runs so many are read.
VERIFY_READ_RUNS=3
# How far ahead of the clock a run may be (seconds; reports.ts allows as much).
VERIFY_CLOCK_SLACK=300
# What a line of a log may have.
VERIFY_LINE_BYTES=1000
RESEARCH_SERVICE=ai-trade-research

# verb_verify OUTPUT_ROOT : the plan comes on stdin. Facts: `clock SECONDS` (of the host, since 1970), `finding …` as
# preflight says them, what was `looked` at (the rest is left out because of a finding), and those that are named below.
verb_verify() {
  use_plan "$(cat)"
  verify_root=$1
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
    fact transaction "${verify_dir##*/}" "$(read_all "$verify_dir/lock-number")" "$(read_all "$verify_dir/state")" \
      "$(read_all "$verify_dir/journal" 2>/dev/null | tail -n 1 | cut -f 1)"
  done
  unfinished | while IFS=' ' read -r verify_id verify_state; do
    fact unfinished "$verify_id" "$verify_state"
  done
  lock_over "$STATE_DIR/lock" || fact at_work "$(holder_words | redact)"
}

# verify_latest : the three files that always name the last run, as the facts of verb_reports.
verify_latest() {
  verify_report closedLoop latest "$verify_root/latest_closed_loop_report.json"
  verify_report runtimeAssess latest "$verify_root/latest_runtime_assess.json"
  verify_report runMeta latest "$verify_root/latest_run_meta.json"
}

# verify_report KIND FROM PATH
verify_report() {
  report_path=$3
  [ -f "$report_path" ] || {
    fact report "$1" "$2" absent 0
    return 0
  }
  case $(readlink -f "$report_path") in
  "$(readlink -f "$verify_root")"/*) ;;
  *)
    fact report "$1" "$2" outside 0
    return 0
    ;;
  esac
  # Looked at by reading: what may be read need not be readable.
  head -c 1 "$report_path" >/dev/null 2>&1 || {
    fact report "$1" "$2" unreadable 0
    return 0
  }
  report_bytes=$(stat -L -c %s "$report_path")
  [ "$report_bytes" -le "$REPORT_LIMIT_BYTES" ] || {
    fact report "$1" "$2" too_large "$report_bytes"
    return 0
  }
  verify_mark=$(file_mark "$report_path")
  deliver_report "$1" "$2" new
  [ "$(file_mark "$report_path")" = "$verify_mark" ] || fact torn
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
      verify_report runtimeAssess run "$verify_root/$verify_run/runtime_assess.json"
      verify_report closedLoop run "$verify_root/$verify_run/closed_loop_report.json"
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

# verify_compose : `project_dir_set VALUE`, what AI_TRADE_PROJECT_DIR is in the env file as Compose reads it; and, of the
# deployed services and the research service, `image SERVICE REFERENCE ID`, the ID empty where there is no such image here.
verify_compose() {
  verify_missing=0
  verify_ifs=$IFS
  IFS=$NEWLINE
  set -f
  for verify_file in $COMPOSE_FILES; do
    [ -r "$(compose_path "$verify_file")" ] || {
      finding compose-file-missing "$(compose_path "$verify_file")"
      verify_missing=1
    }
  done
  set +f
  IFS=$verify_ifs
  [ "$verify_missing" = 0 ] || return 1
  verify_facts=$(service_facts "$ENV_FILE" 2>/dev/null) || {
    finding compose-config-invalid "$(service_facts "$ENV_FILE" 2>&1 >/dev/null | redact)"
    return 1
  }
  [ -n "$PROJECT_NAME" ] || PROJECT_NAME=$(printf '%s\n' "$verify_facts" | awk -F '\t' '$1 == "name" { print $2 }')
  fact looked compose
  verify_set=$(env_file_value AI_TRADE_PROJECT_DIR) && fact project_dir_set "$(printf '%s\n' "$verify_set" | redact)"
  for verify_service in $DEPLOY "$RESEARCH_SERVICE"; do
    verify_image=$(service_image "$verify_facts" "$verify_service")
    [ -z "$verify_image" ] || fact image "$verify_service" "$verify_image" "$(local_id "$verify_image" 2>/dev/null || echo unknown)"
  done
}

# env_file_value KEY : as Compose reads it, by a compose file that is on no disk.
env_file_value() {
  # shellcheck disable=SC2016 # a compose file
  value_yaml=$(printf 'services:\n  probe:\n    image: probe\n    environment:\n      P: "[${%s-}]"\n' "$1" |
    timeout "$READ_SECONDS" docker compose --project-name closed-loop-probe --file - --env-file "$ENV_FILE" config 2>/dev/null) || return 1
  printf '%s\n' "$value_yaml" | sed -n "s/^      P: '\[\(.*\)\]'\$/\1/p"
}

# Besides `container` lines: `made ID CREATED`, `project_dir_in SERVICE JSON` (what its environment says), `starts ID COUNT`
# and `events_since SECONDS` (from when on dockerd remembers all of them); see also below.
# shellcheck disable=SC2016 # Go templates
VERIFY_LINE='{{.ID}}{{"\t"}}{{.Created}}{{"\t"}}{{js (index .Config.Labels "com.docker.compose.service")}}{{range .Config.Env}}{{with split . "="}}{{if eq (index . 0) "AI_TRADE_PROJECT_DIR"}}{{"\t"}}{{json (join (slice . 1) "=")}}{{end}}{{end}}{{end}}'

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
  [ -n "$verify_ids" ] || return 0
  print_containers "$verify_now"
  # shellcheck disable=SC2086
  docker_read inspect --type container --format "$VERIFY_LINE" $verify_ids 2>/dev/null | while IFS=$TAB read -r verify_id verify_made verify_service verify_dir; do
    fact made "$verify_id" "$verify_made"
    [ -z "$verify_dir" ] || fact project_dir_in "$verify_service" "$(printf '%s\n' "$verify_dir" | redact)"
  done
  verify_events
  verify_logs watchdog 'All systems operational|[[]ALERT[]]' 'nothing'
  # That it will run one is not that it ran one.
  verify_logs scheduler 'closed loop full' 'closed loop full every'
  verify_socket watchdog
  verify_socket scheduler
}

verify_events() {
  verify_since=$((VERIFY_NOW - VERIFY_RESTART_SECONDS))
  # shellcheck disable=SC2016 # a Go template
  verify_seen=$(docker_read events --since "$verify_since" --until 0s --format '{{.Time}}{{"\t"}}{{.Type}}{{"\t"}}{{.Action}}{{"\t"}}{{.Actor.ID}}' 2>/dev/null) || return 0
  printf '%s\n' "$verify_seen" | awk -F '\t' -v since="$verify_since" -v most="$EVENTS_REMEMBERED" '
    NR == 1 { first = $1 }
    $2 == "container" && $3 == "start" { starts[$4]++ }
    END {
      printf "fact\tevents_since\t%s\n", (NR >= most ? first : since)
      for (id in starts) printf "fact\tstarts\t%s\t%s\n", id, starts[id]
    }'
}

# container_of SERVICE : the ID of its first container that runs, else of its first one.
container_of() {
  printf '%s\n' "$verify_now" | awk -F '\t' -v service="$1" '
    $2 == service && $4 != "True" && (id == "" || (state != "running" && $7 == "running")) { id = $11; state = $7 }
    END { if (id != "") print id }'
}

# verify_logs SERVICE PATTERN BUT : the last line that says so, as `log SERVICE TIME LINE`, both empty where none does; or
# `log_unreadable SERVICE DETAIL`.
verify_logs() {
  verify_id=$(container_of "$1")
  [ -n "$verify_id" ] || return 0
  verify_code=$({
    bounded "$READ_SECONDS" docker logs --timestamps --tail "$VERIFY_LOG_PIECES" "$verify_id" 2>&1
    printf '\n%s\n' "$?"
  } | tr -d '\000' | awk -v pattern="$2" -v but="$3" '
    { before = held; held = $0; if (before != "") words = before }
    before ~ pattern && before !~ but { line = before }
    END { print held; print held == 0 ? line : words }')
  verify_line=${verify_code#*"$NEWLINE"}
  if [ "${verify_code%%"$NEWLINE"*}" = 0 ]; then
    case $verify_line in
    *' '*) fact log "$1" "${verify_line%% *}" "$(printf '%s\n' "${verify_line#* }" | redact | head -c "$VERIFY_LINE_BYTES")" ;;
    *) fact log "$1" '' '' ;;
    esac
  else
    fact log_unreadable "$1" "$(printf '%s\n' "$verify_line" | redact | head -c "$VERIFY_LINE_BYTES")"
  fi
}

# verify_socket SERVICE : `socket SERVICE usable|absent|denied|unknown`, by what its own user may do.
verify_socket() {
  verify_id=$(printf '%s\n' "$verify_now" | awk -F '\t' -v service="$1" '$2 == service && $4 != "True" && $7 == "running" { print $11; exit }')
  [ -n "$verify_id" ] || return 0
  # shellcheck disable=SC2016 # the other shell's words
  docker_read exec "$verify_id" sh -c 's=/var/run/docker.sock; [ -S "$s" ] || exit 3; [ -r "$s" ] && [ -w "$s" ] || exit 4' >/dev/null 2>&1
  case $? in
  0) fact socket "$1" usable ;;
  3) fact socket "$1" absent ;;
  4) fact socket "$1" denied ;;
  *) fact socket "$1" unknown ;;
  esac
}
