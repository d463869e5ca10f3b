# Docker and Compose, always under a timeout and in the clean environment (cli/main.sh).

# bounded SECONDS COMMAND… : stdin is closed, so that no tool waits for a person.
bounded() {
  bounded_seconds=$1
  shift
  timeout "$bounded_seconds" "$@" </dev/null
}

docker_read() {
  bounded "$READ_SECONDS" docker "$@"
}

# stderr_of COMMAND… : what it says there, asked again of a command that failed. What succeeds may warn there as well (of a
# client configuration that cannot be read, say), so no value is ever read from it.
stderr_of() {
  # shellcheck disable=SC2069 # stdout goes away, stderr takes its place
  "$@" 2>&1 >/dev/null
}

docker_answers() {
  bounded 5 docker version >/dev/null 2>&1
}

# wait_for_docker TRIES : dockerd may be restarting. A try takes a second; five where it hangs.
wait_for_docker() {
  docker_tries=$1
  until docker_answers || [ "$docker_tries" -le 0 ]; do
    docker_tries=$((docker_tries - 1))
    sleep 1
  done
}

# docker_write : a call that changes one container or tag.
docker_write() {
  bounded "$WRITE_CALL_SECONDS" docker "$@"
}
WRITE_CALL_SECONDS=120

# docker_stop ID… : each may take its own grace period (`stop_grace_period`), whatever that is.
docker_stop() {
  bounded "$((WRITE_CALL_SECONDS + $(longest_grace "$@")))" docker stop "$@"
}

# longest_grace ID… : the longest of their grace periods, in seconds; Docker's own where they ask for none. Without end:
# a day.
longest_grace() {
  # shellcheck disable=SC2016 # a Go template
  docker_read inspect --type container --format '{{with .Config.StopTimeout}}{{.}}{{end}}' "$@" 2>/dev/null | awk '
    BEGIN { longest = 10 }
    $1 ~ /^[0-9]+$/ && $1 > longest { longest = $1 + 0 }
    $1 ~ /^-/ || longest > 86400 { longest = 86400 }
    END { print longest }'
}

# What a service may take to become healthy beyond `health-timeout`, which is measured from another moment elsewhere; and
# the least that is waited for, for what ran before was not measured by this release.
HEALTH_SPARE_SECONDS=60
HEALTH_LEAST_SECONDS=180

# health_patience : how long the host waits for a healthcheck to pass that once did.
health_patience() {
  if [ "$((HEALTH_SECONDS + HEALTH_SPARE_SECONDS))" -gt "$HEALTH_LEAST_SECONDS" ]; then
    echo "$((HEALTH_SECONDS + HEALTH_SPARE_SECONDS))"
  else
    echo "$HEALTH_LEAST_SECONDS"
  fi
}

# grace_patience : what stopping may take in one `up` beyond what every `up` may.
grace_patience() {
  patience_grace=$(read_all "$TX_DIR/snapshot/grace")
  count "$patience_grace" || patience_grace=0
  echo "$patience_grace"
}

# compose ENV_FILE SECONDS ARG… : Compose on the project's files, with every profile enabled, so that
# services behind a profile are not invisible to it.
compose() {
  fed_compose "$@" </dev/null
}

# fed_compose ENV_FILE SECONDS ARG… : the same; it may read a file from stdin.
fed_compose() (
  compose_env=$1
  compose_seconds=$2
  shift 2
  cd "$PROJECT_DIR" || return 1
  compose_words "$compose_env" "$compose_seconds" "$@"
)

# The compose files are a list: they are put in front of the arguments one by one. Compose takes settings of its own
# from the env file too. Of these, some must not reach what is done here: an `up` of ours removes nobody's container, and
# what it says is read. A setting of the environment wins.
compose_words() {
  words_env=$1
  words_seconds=$2
  shift 2
  set -- --env-file "$words_env" --ansi never "$@"
  [ "${ALL_PROFILES-yes}" = no ] || set -- --profile '*' "$@"
  [ -z "${PROJECT_DIRECTORY-}" ] || set -- --project-directory "$PROJECT_DIRECTORY" "$@"
  [ -z "${PROJECT_NAME-}" ] || set -- --project-name "$PROJECT_NAME" "$@"
  words_reversed=
  words_ifs=$IFS
  IFS=$NEWLINE
  for words_file in $COMPOSE_FILES; do
    words_reversed=$words_file$NEWLINE$words_reversed
  done
  for words_file in $words_reversed; do
    set -- --file "$words_file" "$@"
  done
  IFS=$words_ifs
  # shellcheck disable=SC2086 # image references have no blanks
  timeout "$words_seconds" env COMPOSE_REMOVE_ORPHANS=false COMPOSE_ANSI=never $LENT_IMAGES docker compose "$@"
}

# lend_images ENV_FILE : for files that Compose cannot read as they are. What the env file lacks may be just what a
# deployment sets (`${AI_TRADE_IMAGE:?…}` before the first one): from here on every call gets the images of the plan whose
# variable stands nowhere in the file, or is empty there. Fails where there is none.
LENT_IMAGES=
lend_images() {
  lend_keys=$(raw_values "$1" | awk '
    { at = index($0, "\t"); value[substr($0, 1, at - 1)] = substr($0, at + 1) }
    END { for (key in value) if (value[key] !~ /^((""|\047\047)[ \t\v\f]*(#.*)?)?$/) print key }')
  LENT_IMAGES=$(plan_values image | while IFS=$TAB read -r lend_key lend_reference; do
    among "$lend_key" "$lend_keys" || printf '%s=%s ' "$lend_key" "$lend_reference"
  done)
  [ -n "$LENT_IMAGES" ]
}

# What compose reads from the files: `service NAME IMAGE CONTAINER_NAME LOG_DRIVER pulled|built`, `depends NAME ON
# CONDITION required|optional`, `shares NAME network|ipc|pid WITH`, `scale NAME N` and `name PROJECT`,
# tab-separated. Compose prints its normalized form with fixed indentation, so that a line of two or four blanks
# is always a key and never part of a value. A service that names no image is only built, and its image is called
# after it.
# shellcheck disable=SC2016
SERVICE_FACTS='
function plain(text) {
  sub(/^[ \t]+/, "", text)
  sub(/[ \t]+$/, "", text)
  if (text ~ /^".*"$/ || text ~ /^\047.*\047$/) text = substr(text, 2, length(text) - 2)
  return text
}
function flush_dependency() {
  if (dependency != "") printf "depends\t%s\t%s\t%s\t%s\n", service, dependency, condition, need
  dependency = ""
}
function flush_service() {
  flush_dependency()
  if (service != "") printf "service\t%s\t%s\t%s\t%s\t%s\n", service, image == "" ? project "-" service : image, container, driver, image == "" ? "built" : "pulled"
  service = ""
}
/^[^ #]/ {
  flush_service()
  top = $1
  if (top == "name:") {
    project = plain(substr($0, 6))
    printf "name\t%s\n", project
  }
  next
}
top != "services:" { next }
/^  [^ ]/ {
  flush_service()
  service = plain($0)
  sub(/:$/, "", service)
  service = plain(service)
  image = container = driver = key = ""
  next
}
/^    [^ ]/ {
  flush_dependency()
  key = $1
  if (key == "image:") image = plain(substr($0, 11))
  if (key == "container_name:") container = plain(substr($0, 20))
  if (key == "network_mode:" || key == "ipc:" || key == "pid:") {
    shared = plain(substr($0, length(key) + 5))
    if (shared ~ /^(service|container):/) printf "shares\t%s\t%s\t%s\n", service, key == "network_mode:" ? "network" : substr(key, 1, 3), shared
  }
  if (key == "scale:") printf "scale\t%s\t%s\n", service, plain(substr($0, 11))
  next
}
key == "logging:" && /^      driver:/ { driver = plain(substr($0, 15)) }
key == "depends_on:" && /^      [^ ].*:$/ {
  flush_dependency()
  dependency = plain($0)
  sub(/:$/, "", dependency)
  dependency = plain(dependency)
  condition = "service_started"
  need = "required"
}
key == "depends_on:" && /^        condition:/ { condition = plain(substr($0, 19)) }
key == "depends_on:" && /^        required: false/ { need = "optional" }
key == "deploy:" && /^      replicas:/ { printf "scale\t%s\t%s\n", service, plain(substr($0, 16)) }
END { flush_service() }
'

# service_facts ENV_FILE : the facts above on stdout, compose's complaint on stderr.
service_facts() {
  facts_yaml=$(compose "$1" "$READ_SECONDS" config) || return 1
  printf '%s\n' "$facts_yaml" | awk "$SERVICE_FACTS"
}

# service_image FACTS SERVICE
service_image() {
  printf '%s\n' "$1" | awk -F '\t' -v service="$2" '$1 == "service" && $2 == service { print $3 }'
}

# image_id REFERENCE : the local image ID, or nothing.
image_id() {
  docker_read image inspect --format '{{.ID}}' "$1" 2>/dev/null
}

# local_id REFERENCE : the local image ID, or nothing where the reference means nothing here. Fails when docker
# could not say: "I could not look" must never be recorded as "there was none".
local_id() {
  local_found=$(image_id "$1") || {
    local_said=$(stderr_of docker_read image inspect --format '{{.ID}}' "$1")
    case $local_said in
    *"No such image"* | *"no such image"*) return 0 ;;
    esac
    printf '%s\n' "$local_said" >&2
    return 1
  }
  printf '%s\n' "$local_found"
}

# is_gone CONTAINER_ID : whether Docker says that it has no such container. A Docker that does not answer has removed
# nothing.
is_gone() {
  gone_rest=$(docker_read ps --all --quiet --no-trunc --filter "id=$1") && [ -z "$gone_rest" ]
}

# list_images [--all] : sets LOCAL_IMAGES, `REFERENCE<TAB>IMAGE_ID` a line, by which known_id answers without asking Docker for each.
list_images() {
  LOCAL_IMAGES=$(docker_read image ls "$@" --no-trunc --format '{{.Repository}}:{{.Tag}}{{"\t"}}{{.ID}}')
}

# known_id REFERENCE : as local_id. A reference can be written in several ways: only Docker can say that it means nothing.
known_id() {
  case $NEWLINE$LOCAL_IMAGES$NEWLINE in
  *"$NEWLINE$1$TAB"*)
    known_rest=$NEWLINE$LOCAL_IMAGES
    known_rest=${known_rest#*"$NEWLINE$1$TAB"}
    printf '%s\n' "${known_rest%%"$NEWLINE"*}"
    ;;
  *) local_id "$1" ;;
  esac
}

# A digest reference names content: no tag can be moved for it.
is_digest() {
  case $1 in *@*) return 0 ;; esac
  return 1
}
