# What Compose makes of the files of the project: every call of Compose, and what is read from its answers.

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

# compose_path NAME : a compose file of the plan as an absolute path.
compose_path() {
  case $1 in
  /*) printf '%s' "$1" ;;
  *) printf '%s/%s' "$PROJECT_DIR" "$1" ;;
  esac
}

# dependencies FACTS SERVICES : what the services need, directly or not, and are not themselves; what something
# needs stands before it. What is optional (`required: false`) nobody needs.
dependencies() {
  { printf '%s\n' "$1"; printf 'end\n'; printf '%s\n' "$2"; } | awk -F '\t' '
    function visit(service,    n, parts, i) {
      if (service in seen) return
      seen[service] = 1
      n = split(on[service], parts, "\t")
      for (i = 1; i <= n; i++) if (parts[i] != "") visit(parts[i])
      if (!(service in asked)) print service
    }
    $1 == "end" { listing = 1; next }
    !listing && $1 == "depends" && $5 != "optional" { on[$2] = on[$2] "\t" $3; next }
    listing && $0 != "" { queue[++count] = $0; asked[$0] = 1 }
    END { for (j = 1; j <= count; j++) visit(queue[j]) }'
}
