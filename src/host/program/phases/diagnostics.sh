# Diagnostics: what a person needs to see of a deployment that did not work out. Nothing here decides, or changes, how it
# ends.
#
# diagnostics/: what `gather` saw right before the rollback, which takes the failed containers away. In plain text, like
# the output of jobs: it passes the redactor when it leaves.

# For one docker call (seconds); before a rollback the first one has less.
GLIMPSE_SECONDS=4
LISTING_SECONDS=3
# How long a rollback waits for all of it (seconds); what is there by then is what there is.
GATHER_SECONDS=8
LOG_LINES=200
MOST_LINES=20000
MOST_LOGS=16
# What one file may have, and all files that lie on the disk together; the four that are made when they are asked
# for come on top.
DIAGNOSTIC_BYTES=1048576
DIAGNOSTICS_BYTES=4194304
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
    gather_left=$((gather_left - 1))
  done
  # It only reads: a fifth of a second is enough to end in.
  end_jobs 1 "$TX_DIR/jobs/gather"
}

job_gather() {
  gather_listed=$(project_listing "$LISTING_SECONDS") || return
  gather_dir=$TX_DIR/diagnostics
  mkdir "$gather_dir" || return
  gather_into containers "$MOST_LINES" glimpse state_lines "$gather_listed"
  gather_into events "$MOST_LINES" glimpse project_events
  gather_into compose-config "$MOST_LINES" glimpse plain_config
  deployed_listing "$gather_listed" | {
    while IFS=$TAB read -r gather_id gather_name _; do
      [ -n "$gather_id" ] || continue
      printf '%s\n' "logs-$gather_name" >>"$gather_dir/order"
      gather_into "logs-$gather_name" "$LOG_LINES" gather_log "$gather_id"
    done
    wait
  }
  wait
}

# gather_log CONTAINER_ID : what docker says of itself is told apart. Docker counts the pieces of a long line as lines.
gather_log() {
  glimpse bounded "$GLIMPSE_SECONDS" docker logs --timestamps --tail "$LOG_PIECES" "$1" |
    awk "$STAMPED"'!stamped($0) && $0 !~ /^[(]/ { $0 = "(docker: " $0 ")" } { print }'
}

# gather_into NAME LINES COMMAND… : the last lines of what it prints, beside the others.
gather_into() {
  gather_file=$gather_dir/$1
  gather_lines=$2
  shift 2
  true 2>/dev/null >"$gather_file.new" || return 0
  { "$@" | tail -n "$gather_lines" | last_part >"$gather_file.new" && mv "$gather_file.new" "$gather_file"; } >/dev/null 2>&1 &
}

# project_listing SECONDS : `ID<TAB>NAME<TAB>SERVICE` of every container of the project.
project_listing() {
  bounded "$1" docker ps --all --no-trunc --filter "label=com.docker.compose.project=$PROJECT_NAME" \
    --format '{{.ID}}{{"\t"}}{{.Names}}{{"\t"}}{{js (.Label "com.docker.compose.service")}}'
}

# deployed_listing LISTING : those of the deployed services, the judged one first. Docker's names can be names of files.
deployed_listing() {
  printf '%s\n' "$1" | LISTED_DEPLOY=$DEPLOY LISTED_GATE=$GATE awk -F '\t' '
    BEGIN { n = split(ENVIRON["LISTED_DEPLOY"], names, "\n"); for (i = 1; i <= n; i++) deployed[names[i]] = 1 }
    !($3 in deployed) || $2 ~ /[^A-Za-z0-9_.-]/ { next }
    $3 == ENVIRON["LISTED_GATE"] { print; next }
    { others = others $0 "\n" }
    END { printf "%s", others }' | head -n "$MOST_LOGS"
}

# state_lines LISTING
state_lines() {
  [ -n "$1" ] || {
    echo '(the project has no container)'
    return 0
  }
  # shellcheck disable=SC2046 # one word per ID
  bounded "$GLIMPSE_SECONDS" docker inspect --type container --format "$STATE_LINE" $(printf '%s\n' "$1" | cut -f 1)
}

# project_events : since the transaction began, as far as dockerd remembers (the last 256 of all its events).
project_events() {
  bounded "$GLIMPSE_SECONDS" docker events --since "$(stat -c %Y "$TX_DIR/plan")" --until 0s \
    --filter type=container --filter "label=com.docker.compose.project=$PROJECT_NAME" \
    --filter event=create --filter event=start --filter event=die --filter event=stop --filter event=kill \
    --filter event=oom --filter event=restart --filter event=health_status --filter event=pause \
    --filter event=unpause --filter event=destroy --filter event=rename
}

# glimpse COMMAND… : what it prints, and a line that says so where it failed. Where it was cut short its last line may be
# cut too, and is left out: no redactor knows half a secret.
glimpse() {
  {
    "$@" 2>&1
    printf '\001%s\n' "$?"
  } | tr -d '\000' | awk '
    NR > 2 { print before }
    {
      before = held
      held = $0
    }
    END {
      code = match(held, /\001[0-9]+$/) > 0 ? substr(held, RSTART + 1) : 143
      cut = code == 124 || code == 137 || code == 143
      # A shell may write after a line that was cut how its child ended.
      if (NR > 1 && !(cut && before ~ /(Terminated|Killed)$/)) print before
      if (code == 0 && RSTART > 1) print substr(held, 1, RSTART - 1)
      if (cut) print "(no whole answer in time)"
      else if (code != 0) print "(ended with code " code ")"
    }'
}

# last_part : of stdin, in whole lines.
last_part() {
  awk -v most="$DIAGNOSTIC_BYTES" '
    {
      line[NR] = $0
      bytes += length($0) + 1
      while (bytes > most && gone < NR) {
        bytes -= length(line[++gone]) + 1
        delete line[gone]
      }
    }
    END {
      if (gone > 0) print "(the first lines, " gone ", are left out)"
      for (i = gone + 1; i <= NR; i++) print line[i]
    }'
}

# verb_diagnostics ID : once the transaction has its end: facts `diagnostic NAME`, each followed by the `base64` lines of
# that file. What cannot be read is a line in it. Not refused without the lock: it changes nothing.
verb_diagnostics() {
  open_transaction "$1" || return
  # The host's own login to a registry: lines like those of an env file.
  ENV_PATHS=$ENV_PATHS$NEWLINE${HOME-}/.docker/config.json
  gather_dir=$TX_DIR/diagnostics
  diagnostics_left=$DIAGNOSTICS_BYTES
  host_facts 2>&1 | deliver host
  container_states | deliver containers
  { read_all "$gather_dir/events"; glimpse project_events; } | sort -u | deliver docker-events
  without_environment | deliver compose-config
  deliver_file journal "$TX_DIR/journal"
  for diagnostics_log in $(read_all "$gather_dir/order"); do
    deliver_file "$diagnostics_log" "$gather_dir/$diagnostics_log"
  done
  for diagnostics_job in "$TX_DIR"/jobs/*; do
    deliver_file "job-${diagnostics_job##*/}" "$diagnostics_job/out"
    deliver_file "job-${diagnostics_job##*/}-facts" "$diagnostics_job/facts"
  done
}

# deliver NAME : stdin as one file of the diagnostics.
deliver() {
  fact diagnostic "$1"
  redact | last_part | base64 | sed "s/^/fact${TAB}base64${TAB}/"
}

# deliver_file NAME FILE : its last part, in whole lines; where all files together have become too large, a line that says so.
deliver_file() {
  [ ! -e "$2.new" ] || {
    echo '(no whole answer in time)' | deliver "$1"
    return
  }
  [ -s "$2" ] || return 0
  deliver_bytes=$(($(wc -c <"$2")))
  deliver_most=$((deliver_bytes < DIAGNOSTIC_BYTES ? deliver_bytes : DIAGNOSTIC_BYTES))
  [ "$deliver_most" -le "$diagnostics_left" ] || {
    echo "($deliver_bytes bytes, left out: together the files are too large)" | deliver "$1"
    return
  }
  diagnostics_left=$((diagnostics_left - deliver_most))
  whole_lines "$2" | deliver "$1"
}

# whole_lines FILE : its last part. A line that was cut at either end is left out.
whole_lines() {
  if [ "$deliver_bytes" -gt "$DIAGNOSTIC_BYTES" ]; then
    echo "(the last part of $deliver_bytes bytes)"
    tail -c "$((DIAGNOSTIC_BYTES - 100))" "$1" | sed 1d
  else
    cat "$1"
  fi | if [ -n "$(tail -c 1 "$1" | tr '\000' x)" ]; then
    sed '$s/.*/(a last line without an end is left out)/'
  else
    cat
  fi
}

host_facts() {
  date -u +%Y-%m-%dT%H:%M:%SZ
  glimpse bounded "$GLIMPSE_SECONDS" docker version --format 'Docker {{.Client.Version}}, {{.Server.Version}} on {{.Server.Os}}/{{.Server.Arch}}'
  glimpse bounded "$GLIMPSE_SECONDS" docker compose version
  glimpse bounded "$GLIMPSE_SECONDS" df -Pk "$PROJECT_DIR"
}

# container_states : a line of JSON for each container, as it was and as it is.
container_states() {
  echo '-- before the rollback --'
  if [ -e "$gather_dir/containers" ]; then cat "$gather_dir/containers"; else echo '(not looked at)'; fi
  echo '-- now --'
  if container_listed=$(project_listing "$GLIMPSE_SECONDS" 2>/dev/null); then
    glimpse state_lines "$container_listed"
  else
    printf '(Docker does not answer: %s)\n' "$(stderr_of project_listing "$GLIMPSE_SECONDS")"
  fi
}

# plain_config : without Compose's warnings, which could stand in the middle of what is left out below.
plain_config() {
  compose "$ENV_FILE" "$GLIMPSE_SECONDS" config 2>/dev/null || {
    plain_code=$?
    stderr_of compose "$ENV_FILE" "$GLIMPSE_SECONDS" config
    return "$plain_code"
  }
}

# without_environment : what Compose makes of the files. Values of variables are left out: those that come from other
# files than the env file are secrets that no redactor knows.
without_environment() {
  if [ -e "$gather_dir/compose-config" ]; then
    cat "$gather_dir/compose-config"
  else
    glimpse plain_config
  fi | awk '
    {
      match($0, /^ */)
      depth = RLENGTH
    }
    hiding && (depth > at || $0 == "") {
      if (keys == 0) keys = depth
      if (depth != keys) next
      if ($0 ~ /^ *- /) sub(/- .*/, "- ***")
      else sub(/:.*/, ": ***")
      print
      next
    }
    {
      hiding = 0
      print
    }
    /^ +(environment|args|content):/ {
      hiding = 1
      at = depth
      keys = 0
    }'
}
