# Docker in the clean environment (cli/main.sh), and under a timeout: of a first pull (phases/prefetch.sh) the client has it.

# bounded SECONDS COMMAND… : stdin is closed, so that no tool waits for a person.
bounded() {
  bounded_seconds=$1
  shift
  timeout "$bounded_seconds" "$@" </dev/null
}

docker_read() {
  bounded "$READ_SECONDS" docker "$@"
}

# docker_write : a call that changes one container or tag.
docker_write() {
  bounded "$WRITE_CALL_SECONDS" docker "$@"
}
WRITE_CALL_SECONDS=120

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

# grace_patience : what stopping may take in one `up` beyond what every `up` may.
grace_patience() {
  patience_grace=$(first_line "$TX_DIR/snapshot/grace")
  if count "$patience_grace"; then echo "$patience_grace"; else echo 0; fi
}

# health_patience : how long the host waits for a healthcheck to pass that once did. `health-timeout` is measured from another
# moment elsewhere, and what ran before was not measured by this release.
health_patience() {
  echo "$((HEALTH_SECONDS > 120 ? HEALTH_SECONDS + 60 : 180))"
}

# image_id REFERENCE : the local image ID, or nothing.
image_id() {
  docker_read image inspect --format '{{.ID}}' "$1" 2>/dev/null
}

# local_id REFERENCE : the local image ID, or nothing where the reference means nothing here. Fails when docker
# could not say: "I could not look" must never be recorded as "there was none".
local_id() {
  local_found=$(image_id "$1") && {
    printf '%s\n' "$local_found"
    return
  }
  local_said=$(stderr_of docker_read image inspect --format '{{.ID}}' "$1")
  case $local_said in *[Nn]'o such image'*) return 0 ;; esac
  printf '%s\n' "$local_said" >&2
  return 1
}

# is_gone CONTAINER_ID : whether Docker says that it has no such container. A Docker that does not answer has removed
# nothing.
is_gone() {
  gone_rest=$(docker_read ps --all --quiet --no-trunc --filter "id=$1") && [ -z "$gone_rest" ]
}

# list_images [--all] : sets LOCAL_IMAGES, `REFERENCE<TAB>IMAGE_ID` a line, by which known_id answers without asking
# Docker for each.
list_images() {
  LOCAL_IMAGES=$(docker_read image ls "$@" --no-trunc --format '{{.Repository}}:{{.Tag}}{{"\t"}}{{.ID}}')
}

# known_id REFERENCE : as local_id. A reference can be written in several ways: only Docker can say that it means nothing.
known_id() {
  case $NEWLINE$LOCAL_IMAGES in
  *"$NEWLINE$1$TAB"*) printf '%s\n' "$LOCAL_IMAGES" | awk -F '\t' -v known="$1" '$1 == known { print $2; exit }' ;;
  *) local_id "$1" ;;
  esac
}

# A digest reference names content: no tag can be moved for it.
is_digest() {
  case $1 in *@*) ;; *) return 1 ;; esac
}

# tell_data_root : fact `data_root PATH [FREE_KIBIBYTES DEVICE]`: where Docker keeps images. A Docker that runs elsewhere has it on
# a disk of its own.
tell_data_root() {
  root_path=$(docker_read info --format '{{.DockerRootDir}}' 2>/dev/null)
  case $(docker_read context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) in
  unix:*) root_disk=$(disk_of "$root_path") ;;
  *) root_disk= ;;
  esac
  # shellcheck disable=SC2086 # two numbers
  fact data_root "$root_path" $root_disk
}

# disk_of PATH : `FREE_KIBIBYTES DEVICE`; fails where this account cannot look at it.
disk_of() {
  disk_free=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }') && disk_device=$(stat -c %d "$1" 2>/dev/null) && [ -n "$disk_free" ] &&
    echo "$disk_free $disk_device"
}
