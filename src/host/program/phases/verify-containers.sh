# Verify: what Compose reads from the files, and what Docker says of the containers, as facts (phases/verify.sh).

VERIFY_LOG_PIECES=2000
# How far back restarts are counted (seconds), and how many events dockerd remembers at all.
VERIFY_RESTART_SECONDS=900
EVENTS_REMEMBERED=256
# What a line of a log may have.
VERIFY_LINE_BYTES=1000
# Of what a scheduler says of its runs, and of errors, so many lines are told.
VERIFY_RUN_LINES=40
RESEARCH_SERVICE=ai-trade-research

# verify_compose : `project_dir_set VALUE`, what AI_TRADE_PROJECT_DIR is in the env file as Compose reads it; and, of the
# deployed services and the research service, `image SERVICE REFERENCE ID`, the ID empty where there is no such image here.
verify_compose() {
  compose_files_there || return 1
  verify_facts=$(service_facts "$ENV_FILE" 2>/dev/null) || {
    finding compose-config-invalid "$({ service_facts "$ENV_FILE" 2>&1 >/dev/null | complaint; env_flaws "$ENV_FILE"; } | redact)"
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

# env_file_value KEY : as Compose reads it.
env_file_value() {
  value_probed=$(probe_values "$ENV_FILE" "$1" 2>/dev/null) || return 1
  printf '%s\n' "$value_probed" | sed -n "s/^P_$1: '\[\(.*\)\]'\$/\1/p"
}

# Besides `container` lines: `made ID CREATED`, `project_dir_in SERVICE JSON` and `interval_in SERVICE JSON` (what its
# environment says), `starts ID COUNT` and `events_since SECONDS` (from when on dockerd remembers all of them); see also below.
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
  preflight_elsewhere "${verify_now-}" || :
  [ -n "$verify_ids" ] || return 0
  print_containers "$verify_now"
  # shellcheck disable=SC2086
  docker_read inspect --type container --format "$VERIFY_LINES" $verify_ids 2>/dev/null | while IFS=$TAB read -r verify_what verify_of verify_said; do
    case $verify_what in
    made) fact made "$verify_of" "$verify_said" ;;
    project_dir_in | interval_in) fact "$verify_what" "$verify_of" "$(printf '%s\n' "$verify_said" | redact)" ;;
    esac
  done
  verify_events
  verify_logs watchdog 'All systems operational|[[]ALERT[]]' 'nothing'
  # That it will run one is not that it ran one.
  verify_logs scheduler 'closed loop full' 'closed loop full every'
  verify_run_lines scheduler
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
  } | tr -d '\000' | awk -v pattern="$2" -v but="$3" "$STAMPED"'
    stamped($0) {
      if ($0 ~ pattern && $0 !~ but) line = $0
      next
    }
    $0 != "" {
      word = code
      code = $0
    }
    END {
      print code
      print code == 0 ? line : (word != "" ? word : "docker logs ended with code " code)
    }')
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

# verify_run_lines SERVICE : `run_line TIME LINE` for the last lines of its log that speak of a run, or of an error.
verify_run_lines() {
  verify_id=$(container_of "$1")
  [ -n "$verify_id" ] || return 0
  bounded "$READ_SECONDS" docker logs --timestamps --tail "$VERIFY_LOG_PIECES" "$verify_id" 2>&1 | tr -d '\000' |
    awk "$STAMPED"'stamped($0)' | grep -i -E -e 'closed[ _-]?loop' -e 'error|fatal|panic|traceback|denied|no such file|not found|cannot|can.t|fail' |
    tail -n "$VERIFY_RUN_LINES" | redact | tr '\t' ' ' |
    awk -v most="$VERIFY_LINE_BYTES" '{ at = index($0, " "); if (at > 0) printf "fact\trun_line\t%s\t%s\n", substr($0, 1, at - 1), substr($0, at + 1, most) }'
  return 0
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
