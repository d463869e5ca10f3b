# Verify: what Compose reads from the files, and what Docker says of the containers, as facts (phases/verify.sh).

VERIFY_LOG_PIECES=2000
# Of what a log says of one thing, so many lines are told.
VERIFY_LOG_LINES=40
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
  fact project "$PROJECT_NAME"
  fact looked compose
  verify_set=$(probe_values "$ENV_FILE" AI_TRADE_PROJECT_DIR 2>/dev/null) &&
    fact project_dir_set "$(printf '%s\n' "$verify_set" | sed -n "s/^P_AI_TRADE_PROJECT_DIR: '\[\(.*\)\]'\$/\1/p" | redact)"
  for verify_service in $DEPLOY "$RESEARCH_SERVICE"; do
    verify_image=$(service_image "$verify_facts" "$verify_service")
    [ -z "$verify_image" ] || fact image "$verify_service" "$verify_image" "$(local_id "$verify_image" 2>/dev/null || echo unknown)"
  done
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
  # Where it runs, nothing runs as another one.
  printf '%s\n' "${verify_now-}" | awk -F '\t' '$4 != "True" && $7 == "running" { runs = 1 } END { exit !runs }' || preflight_others || :
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
    [ -z "$verify_id" ] || verify_log "$verify_service" "$verify_id"
    [ -z "$verify_id" ] || verify_socket "$verify_service" "$verify_id"
  done
}

# verify_events : `events_read`, and `event SECONDS CONTAINER_ID` for each that dockerd remembers of the window; the ID only of a
# container's start: other events may quote a command.
verify_events() {
  # shellcheck disable=SC2016 # a Go template
  verify_seen=$(docker_read events --since "$((VERIFY_NOW - VERIFY_WINDOW))" --until 0s --format '{{.Time}}{{"\t"}}{{.Type}}{{"\t"}}{{.Action}}{{"\t"}}{{.Actor.ID}}' 2>/dev/null) || return 0
  fact events_read
  printf '%s\n' "$verify_seen" | awk -F '\t' '$1 != "" { printf "fact\tevent\t%s\t%s\n", $1, $2 == "container" && $3 == "start" ? $4 : "" }'
}

# container_of SERVICE : the ID of its first container that runs, else of its first one.
container_of() {
  printf '%s\n' "$verify_now" | awk -F '\t' -v service="$1" '
    $2 == service && $4 != "True" && (id == "" || (state != "running" && $7 == "running")) { id = $11; state = $7 }
    END { if (id != "") print id }'
}

# verify_log SERVICE CONTAINER_ID : `log_read SERVICE CODE WORD`, how `docker logs` ended and its own last word; and
# `log_line SERVICE TOPIC TIME TEXT` for the last lines of a full run of the loop (not that there will be
# one), of any other run, of a round of the watchdog, and of an error, in the order of the log.
verify_log() {
  log_said=$({
    bounded "$READ_SECONDS" docker logs --timestamps --tail "$VERIFY_LOG_PIECES" "$2" 2>&1
    printf '\n%s\n' "$?"
  } | tr -d '\000' | tr '\t' ' ' | awk -v service="$1" -v most="$VERIFY_LOG_LINES" "$STAMPED$OF_INTEREST")
  printf '%s\n' "$log_said" | head -n 1 | redacted_last log_read 2
  printf '%s\n' "$log_said" | sed 1d | redacted_last log_line 3
}

# shellcheck disable=SC2016 # an awk program
OF_INTEREST='
function topic_of(text) {
  if (text ~ /All systems operational|\[ALERT\]/) return "round"
  text = tolower(text)
  if (text ~ /closed loop full/ && text !~ /closed loop full every/) return "full"
  if (text ~ /closed[ _-]?loop/) return "run"
  return text ~ /error|fatal|panic|traceback|denied|no such file|not found|cannot|can.t|fail/ ? "error" : ""
}
stamped($0) {
  topic = topic_of($0)
  if (topic == "") next
  at = index($0, " ")
  line[NR] = topic "\t" substr($0, 1, at - 1) "\t" substr($0, at + 1)
  place[topic, ++count[topic]] = NR
  if (count[topic] > most) delete line[place[topic, count[topic] - most]]
  next
}
$0 != "" {
  word = code
  code = $0
}
END {
  printf "%s\t%s\t%s\n", service, code, word
  for (i = 1; i <= NR; i++) if (i in line) printf "%s\t%s\n", service, line[i]
}'

# verify_socket SERVICE CONTAINER_ID : `socket SERVICE CODE`, by what its own user may do: 0 usable, 3 absent, 4 denied.
verify_socket() {
  # shellcheck disable=SC2016 # the other shell's words
  docker_read exec "$2" sh -c 's=/var/run/docker.sock; [ -S "$s" ] || exit 3; [ -r "$s" ] && [ -w "$s" ] || exit 4' >/dev/null 2>&1
  fact socket "$1" "$?"
}
