# Diagnostics: what a person needs to see of a deployment that did not work out. Nothing here decides, or changes, how it
# ends.
#
# diagnostics/: what `gather` saw right before the rollback, which takes the failed containers away. In plain text, like
# the output of jobs: it passes the redactor when it leaves.

# For one docker call, and how long a rollback waits for all of them (seconds).
GLIMPSE_SECONDS=4
GATHER_SECONDS=8
LOG_LINES=200
MOST_LOGS=16
# What one file may have.
DIAGNOSTIC_BYTES=262144
# Without so much free (KiB) nothing is gathered: a rollback needs disk as well.
GATHER_FREE=65536

# shellcheck disable=SC2016 # a Go template. The environment stays out: much of it is secret, and none of it is news.
STATE_LINE='{"name":{{json .Name}},"id":{{json .ID}},"created":{{json .Created}},"image":{{json .Image}},"reference":{{json .Config.Image}},"restartCount":{{json .RestartCount}},"restartPolicy":{{json .HostConfig.RestartPolicy}},"state":{{json .State}},"labels":{{json .Config.Labels}}}'

# gather : by a rollback, before it takes anything away; once, whoever asked for the rollback. It is a job, because a
# session can be ended with all that is in it: whatever Docker does, the rollback goes on after these seconds, and nothing
# of this is left then.
gather() {
  [ ! -e "$TX_DIR/diagnostics" ] && [ "$(free_kibibytes)" -ge "$GATHER_FREE" ] || return 0
  # Of a try that Docker did not answer, and that took nothing away either.
  rm -rf "$TX_DIR/jobs/gather"
  launch gather gather </dev/null || return 0
  gather_left=$((GATHER_SECONDS * 5))
  while job_alive "$TX_DIR/jobs/gather" && [ "$gather_left" -gt 0 ]; do
    pause
    gather_left=$((gather_left - PAUSED))
  done
  # It only reads: a fifth of a second is enough to end in.
  end_jobs 1 "$TX_DIR/jobs/gather"
}

# Where Docker does not list the containers it has nothing to say.
job_gather() {
  gather_listed=$(project_listing) || return
  mkdir "$TX_DIR/diagnostics" || return
  record containers container_states "$gather_listed"
  record docker-events project_events
  record compose-config plain_config
  printf '%s\n' "$gather_listed" | head -n "$MOST_LOGS" | {
    # Docker's names can be names of files.
    while IFS=$TAB read -r gather_id gather_name gather_service; do
      ! among "$gather_service" "$DEPLOY" || record "logs-$gather_name" last_log "$gather_id"
    done
    wait
  }
  wait
}

# record NAME COMMAND… : what it prints as a file, beside the others.
record() {
  record_new=$TX_DIR/diagnostics/new.$1
  record_file=$TX_DIR/diagnostics/$1
  shift
  echo '(no whole answer in time)' >"$record_file"
  { glimpse "$@" | last_part >"$record_new" && mv "$record_new" "$record_file"; } >/dev/null 2>&1 &
}

# project_listing : `ID<TAB>NAME<TAB>SERVICE` of every container of the project.
project_listing() {
  bounded "$GLIMPSE_SECONDS" docker ps --all --no-trunc --filter "label=com.docker.compose.project=$PROJECT_NAME" \
    --format '{{.ID}}{{"\t"}}{{.Names}}{{"\t"}}{{js (.Label "com.docker.compose.service")}}'
}

# container_states [LISTING] : a line of JSON for each.
container_states() {
  states_listed=${1-$(project_listing)} || return
  [ -n "$states_listed" ] || {
    echo '(the project has no container)'
    return
  }
  # shellcheck disable=SC2046 # one word per ID
  bounded "$GLIMPSE_SECONDS" docker inspect --type container --format "$STATE_LINE" $(printf '%s\n' "$states_listed" | cut -f 1)
}

# project_events : since the transaction began, as far as dockerd remembers (the last 256 of all its events); but not those of
# healthchecks.
project_events() {
  glimpse bounded "$GLIMPSE_SECONDS" docker events --since "$(stat -c %Y "$TX_DIR/plan")" --until 0s \
    --filter type=container --filter "label=com.docker.compose.project=$PROJECT_NAME" | sed '/ container exec_/d'
}

# plain_config : what Compose makes of the files, without its warnings, which could stand in the middle of what is left out
# here: values of variables, because those that come from other files than the env file are secrets that no redactor knows.
plain_config() {
  plain_text=$(compose "$ENV_FILE" "$GLIMPSE_SECONDS" config 2>/dev/null) || {
    stderr_of compose "$ENV_FILE" "$GLIMPSE_SECONDS" config
    return
  }
  printf '%s\n' "$plain_text" | awk '
    { match($0, /^ */) }
    hiding && (RLENGTH > at || $0 == "") {
      if (!keys) keys = RLENGTH
      if (RLENGTH == keys && sub(/:.*/, ": ***") && $1 ~ /^[A-Za-z_]/) print
      next
    }
    { hiding = 0 }
    /^ +(environment|args|content):/ {
      hiding = 1
      at = RLENGTH
      keys = 0
      sub(/: .*/, ": ***")
    }
    { print }'
}

# last_log CONTAINER_ID : what docker says of itself is told apart. Docker counts the pieces of a long line as lines.
last_log() {
  glimpse bounded "$GLIMPSE_SECONDS" docker logs --timestamps --tail "$LOG_PIECES" "$1" |
    awk "$STAMPED"'!stamped($0) && !/^[(]/ && !/\002$/ { $0 = "(docker: " $0 ")" } { print }' | tail -n "$LOG_LINES"
}

# glimpse COMMAND… : what it prints, and a line that says so where it failed. Its last line, if that has no end, is left
# out then (last_part): no redactor knows half a secret.
glimpse() {
  "$@" 2>&1 || {
    glimpse_code=$?
    printf '\002\n'
    case $glimpse_code in
    124 | 137 | 143) echo '(no whole answer in time)' ;;
    *) echo "(ended with code $glimpse_code)" ;;
    esac
  }
}

# last_part : of stdin, in whole lines. Behind a line that was cut a shell may have written how its child ended.
last_part() {
  { printf '\003\n'; cat; printf '\001\n'; } | tr -d '\000' | tail -c "$DIAGNOSTIC_BYTES" | awk '
    NR == 1 {
      held = ($0 == "\003" ? "" : "(the first part is left out)\n")
      next
    }
    /\002$/ {
      if (held ~ /(Terminated|Killed)\)?\n$/) held = ""
      next
    }
    {
      printf "%s", held
      held = $0 "\n"
    }
    END {
      if (sub(/\001\n$/, "", held) && held != "") held = "(a last line without an end is left out)\n"
      printf "%s", held
    }'
}

# verb_diagnostics ID : once the transaction has its end: facts `diagnostic NAME`, each followed by the `base64` lines of
# that file. What cannot be read is a line in it. Not refused without the lock: it changes nothing.
verb_diagnostics() {
  open_transaction "$1" || return
  # The host's own login to a registry: lines like those of an env file.
  ENV_PATHS=$ENV_PATHS$NEWLINE${HOME-}/.docker/config.json
  gathered=$TX_DIR/diagnostics
  {
    date -u +%Y-%m-%dT%H:%M:%SZ
    glimpse bounded "$GLIMPSE_SECONDS" docker version \
      --format 'Docker {{.Client.Version}}, {{.Server.Version}} on {{.Server.Os}}/{{.Server.Arch}}'
    glimpse bounded "$GLIMPSE_SECONDS" docker compose version
    glimpse bounded "$GLIMPSE_SECONDS" df -Pk "$PROJECT_DIR"
  } | deliver host
  {
    echo '-- before the rollback --'
    cat "$gathered/containers" 2>/dev/null || echo '(not looked at)'
    echo '-- now --'
    glimpse container_states
  } | deliver containers
  { read_all "$gathered/docker-events"; project_events | last_part; } | sort -u | deliver docker-events
  { cat "$gathered/compose-config" 2>/dev/null || glimpse plain_config; } | deliver compose-config
  for diagnostics_file in "$TX_DIR/journal" "$TX_DIR"/jobs/*/out "$TX_DIR"/jobs/*/facts "$gathered"/logs-*; do
    [ -s "$diagnostics_file" ] || continue
    diagnostics_name=$(printf '%s' "${diagnostics_file#"$TX_DIR/"}" | sed 's|^diagnostics/||; s|^jobs/|job-|; s|/out$||; s|/|-|')
    deliver "$diagnostics_name" <"$diagnostics_file"
  done
}

# deliver NAME : stdin as one file of the diagnostics.
deliver() {
  fact diagnostic "$1"
  last_part | redact | base64 | sed "s/^/fact${TAB}base64${TAB}/"
}
