# What Compose makes of the files of the project: every call of Compose, and what is read from its answers.

# compose ENV_FILE SECONDS ARG… : Compose on the project's files, with every profile enabled, so that
# services behind a profile are not invisible to it. Of the settings that Compose takes from the env file, two must not
# reach what is done here: an `up` of ours removes nobody's container, and what Compose says is read. COMPOSE_ROOT stands before
# all of the project's paths where the files of a release are asked for (as_released).
COMPOSE_ROOT=
compose() (
  cd "$COMPOSE_ROOT$PROJECT_DIR" || return 1
  compose_env=$1
  compose_seconds=$2
  shift 2
  compose_words=$#
  # One word a line, and as it is written.
  set -f
  IFS=$NEWLINE
  for compose_file in $COMPOSE_FILES; do
    case $compose_file in /*) compose_file=$COMPOSE_ROOT$compose_file ;; esac
    set -- "$@" --file "$compose_file"
  done
  unset IFS
  [ -z "${PROJECT_NAME-}" ] || set -- "$@" --project-name "$PROJECT_NAME"
  [ -z "${PROJECT_DIRECTORY-}" ] || set -- "$@" --project-directory "$PROJECT_DIRECTORY"
  [ "${ALL_PROFILES-yes}" = no ] || set -- "$@" --profile '*'
  set -- "$@" --env-file "$compose_env" --ansi never
  # The words of the command come behind its options.
  while [ "$compose_words" -gt 0 ]; do
    compose_words=$((compose_words - 1))
    set -- "$@" "$1"
    shift
  done
  # shellcheck disable=SC2086 # what is lent has no blanks
  timeout "$compose_seconds" env COMPOSE_REMOVE_ORPHANS=false COMPOSE_ANSI=never $LENT_IMAGES docker compose "$@" </dev/null
)

# lend_images ENV_FILE : for files that Compose cannot read as they are. What the env file lacks may be just what a
# deployment sets (`${AI_TRADE_IMAGE:?…}` before the first one): from here on every call gets the variables of the plan that
# stand nowhere in the file, or are empty there; a blank of a value, which would end the word, as `_`. Fails where there is none.
LENT_IMAGES=
lend_images() {
  lend_keys=$(raw_values "$1" | awk '
    { at = index($0, "\t"); value[substr($0, 1, at - 1)] = substr($0, at + 1) }
    END { for (key in value) if (value[key] !~ /^((""|\047\047)[ \t\v\f]*(#.*)?)?$/) print key }')
  LENT_IMAGES=$(wanted_env | sed 's/ /_/g' | while IFS=$TAB read -r lend_key lend_value; do
    among "$lend_key" "$lend_keys" || [ -z "$lend_value" ] || printf '%s=%s ' "$lend_key" "$lend_value"
  done)
  [ -n "$LENT_IMAGES" ]
}

# What Compose reads from the files, tab-separated: `name PROJECT`, `service NAME IMAGE CONTAINER_NAME LOG_DRIVER
# pulled|built`, `depends NAME ON CONDITION` (what is optional nobody needs), `shares NAME network|ipc|pid WITH`, `scale NAME N`.
# Compose prints its normalized form with fixed indentation, so a line of two or four blanks is always a key and never part of
# a value. A service that names no image is only built, and its image is called after it.
# shellcheck disable=SC2016
SERVICE_FACTS='
function plain(text) {
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  return text ~ /^".*"$/ || text ~ /^\047.*\047$/ ? substr(text, 2, length(text) - 2) : text
}
function named(    text) { text = $1; sub(/:$/, "", text); return plain(text) }
function value(    text) { text = $0; sub(/^ *[^ ]+/, "", text); return plain(text) }
function put(kind, fields) { print kind "\t" service "\t" fields }
function end_dependency() {
  if (dependency != "") put("depends", dependency "\t" condition)
  dependency = ""
}
function end_service() {
  end_dependency()
  if (service != "") put("service", (image == "" ? project "-" service "\t" container "\t" driver "\tbuilt" : image "\t" container "\t" driver "\tpulled"))
  service = image = container = driver = key = ""
}
/^[^ #]/ {
  end_service()
  top = $1
  if (top == "name:") print "name\t" (project = value())
}
top != "services:" { next }
/^  [^ ]/ { end_service(); service = named() }
/^    [^ ]/ {
  end_dependency()
  key = $1
  if (key == "image:") image = value()
  if (key == "container_name:") container = value()
  if (key == "scale:") put("scale", value())
  if (key ~ /^(network_mode|ipc|pid):$/ && value() ~ /^(service|container):/) put("shares", (key == "network_mode:" ? "network" : substr(key, 1, 3)) "\t" value())
}
key == "logging:" && /^      driver:/ { driver = value() }
key == "deploy:" && /^      replicas:/ { put("scale", value()) }
key == "depends_on:" && /^      [^ ].*:$/ { end_dependency(); dependency = named(); condition = "service_started" }
key == "depends_on:" && /^        condition:/ { condition = value() }
key == "depends_on:" && /^        required: false/ { dependency = "" }
END { end_service() }
'

# service_facts ENV_FILE : the facts above on stdout, Compose's complaint on stderr.
service_facts() {
  facts_yaml=$(compose "$1" "$READ_SECONDS" config) || return 1
  printf '%s\n' "$facts_yaml" | awk "$SERVICE_FACTS"
}

# service_image FACTS SERVICE
service_image() {
  printf '%s\n' "$1" | awk -F '\t' -v service="$2" '$1 == "service" && $2 == service { print $3 }'
}

# compose_path NAME : a compose file of the plan as an absolute path.
compose_path() {
  case $1 in
  /*) printf '%s' "$COMPOSE_ROOT$1" ;;
  *) printf '%s/%s' "$COMPOSE_ROOT$PROJECT_DIR" "$1" ;;
  esac
}

# dependencies FACTS SERVICES : what the services need, directly or not, and are not themselves; what something needs stands
# before it.
dependencies() {
  printf '%s\nend\n%s\n' "$1" "$2" | awk -F '\t' '
    function visit(service,    n, parts, i) {
      if (service in seen) return
      seen[service] = 1
      n = split(on[service], parts, "\t")
      for (i = 2; i <= n; i++) visit(parts[i])
      if (!(service in asked)) print service
    }
    $1 == "end" { listing = 1; next }
    !listing && $1 == "depends" { on[$2] = on[$2] "\t" $3 }
    listing && $0 != "" { queue[++count] = $0; asked[$0] = 1 }
    END { for (j = 1; j <= count; j++) visit(queue[j]) }'
}
