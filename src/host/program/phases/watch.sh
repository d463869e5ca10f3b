# Watching (jobs): the states of the project's containers as they change, and the evidence in a log.

# Endings of an event stream, one at once after the other while Docker answers, by which it counts as refused; and how
# long one lasts (seconds) that was not.
WATCH_TRIES=5
WATCH_LASTS=10

# job_watch SECONDS : a fact `state CONTAINER_LINE` for every container of the project now and after each event;
# `gone ID` for one that was removed. Events can be lost when dockerd restarts: then all over again. Fails where Docker
# answers and gives no events. Bounded here too: a client that is gone ends nothing.
job_watch() {
  # By the clock of the boot: no limit moves where somebody sets the other one.
  boot_clock
  watch_end=$((${BOOT_CLOCK#* } + $1))
  watch_events | watch_states
}

# watch_events : container IDs as something happens to them; `all` where events may have been lost; `refused` at last.
watch_events() {
  watch_refused=0
  while boot_clock && watch_left=$((watch_end - ${BOOT_CLOCK#* })) && [ "$watch_left" -gt 0 ]; do
    watch_began=${BOOT_CLOCK#* }
    # By dockerd's own clock: events from before the listing come once more, nothing else hangs on it.
    watch_since=$(date +%s)
    echo all
    bounded "$watch_left" docker events --since "$watch_since" --filter type=container \
      --filter "label=com.docker.compose.project=$PROJECT_NAME" \
      --filter event=start --filter event=die --filter event=stop --filter event=oom --filter event=restart \
      --filter event=health_status --filter event=pause --filter event=unpause --filter event=destroy --filter event=rename \
      --format "$EVENT_LINE"
    boot_clock
    sleep 1
    watch_refused=$((watch_refused + 1))
    if [ $((${BOOT_CLOCK#* } - watch_began)) -ge "$WATCH_LASTS" ]; then watch_refused=0; fi
    # A dockerd that restarts gives none for a while either.
    until docker_answers || watch_is_over; do
      watch_refused=0
      sleep 1
    done
    [ "$watch_refused" -lt "$WATCH_TRIES" ] || {
      echo refused
      return
    }
  done
}

# The ID that an event is about. `.ID` stood beside it up to API 1.51.
EVENT_LINE='{{.Actor.ID}}'

# watch_states : what watch_events says, as facts. watch_known: the IDs that were told.
watch_states() {
  watch_known=
  while IFS= read -r watch_id; do
    case $watch_id in
    all) watch_anew ;;
    refused)
      echo "docker events ended $WATCH_TRIES times at once, although Docker answers" >&2
      return 1
      ;;
    *) watch_one ;;
    esac
  done
}

watch_is_over() {
  boot_clock
  [ "${BOOT_CLOCK#* }" -ge "$watch_end" ]
}

# watch_anew : all containers, as soon as Docker lists them. Events may be there again before that, and then nothing else
# asks for what happened in between.
watch_anew() {
  until watch_all || watch_is_over; do sleep 1; done
}

watch_all() {
  watch_lines=$(inventory) || return
  watch_ids=$(printf '%s\n' "$watch_lines" | cut -f 11)
  for watch_id in $watch_known; do
    among "$watch_id" "$watch_ids" || fact gone "$watch_id"
  done
  watch_known=$watch_ids
  [ -z "$watch_lines" ] || printf '%s\n' "$watch_lines" | sed "s/^/fact${TAB}state${TAB}/"
  # A full disk takes no line, and a further listing none either.
  return 0
}

watch_one() {
  watch_line=$(container_lines "$watch_id" 2>/dev/null)
  if [ -n "$watch_line" ]; then
    printf 'fact\tstate\t%s\n' "$watch_line"
    among "$watch_id" "$watch_known" || watch_known=$watch_known$NEWLINE$watch_id
  elif is_gone "$watch_id"; then
    fact gone "$watch_id"
  else
    watch_anew
  fi
}

# job_evidence SECONDS CONTAINER_ID STARTED_AT SINCE STATUS GATE EVOLUTION : counts the lines of this boot that the
# gate needs, within the window the assessment will look at; a fact `evidence` whenever a count changes.
# Ends with 0 once all are there, with 1 when SECONDS have passed. No line of the log leaves the host.
job_evidence() {
  boot_clock
  evidence_end=$((${BOOT_CLOCK#* } + $1))
  shift
  evidence_last=
  evidence_looks=0
  while boot_clock && [ "${BOOT_CLOCK#* }" -lt "$evidence_end" ]; do
    evidence_now=$(docker_read logs --timestamps --since "$3" "$1" 2>&1 | tr '\000' ' ' | awk -v started="$2" "$OF_BOOT"'
      of_boot($1) {
        if (index($0, "RUNTIME_STATUS:")) status++
        if (index($0, "GATE_CHECK_PASSED") || index($0, "GATE_CHECK_FAILED")) gate++
        if (index($0, "SELF_EVOLUTION")) evolution++
      }
      END { printf "%d\t%d\t%d\n", status, gate, evolution }')
    [ "$evidence_now" = "$evidence_last" ] || printf 'fact\tevidence\t%s\n' "$evidence_now"
    evidence_last=$evidence_now
    evidence_rest=${evidence_now#*"$TAB"}
    [ "${evidence_now%%"$TAB"*}" -lt "$4" ] || [ "${evidence_rest%"$TAB"*}" -lt "$5" ] || [ "${evidence_rest#*"$TAB"}" -lt "$6" ] || return 0
    # What logs soon is not kept waiting; what takes long is not read five times a second.
    evidence_looks=$((evidence_looks + 1))
    if [ "$evidence_looks" -le 20 ]; then pause; else sleep 1; fi
  done
  return 1
}

# of_boot TIME : whether a log line of that time is of the boot that began at `started`, in UTC. What has no time is not.
# The log driver `local` of older Dockers tells it by the time zone of the host.
# shellcheck disable=SC2016 # an awk program
OF_BOOT='
function of_boot(time) {
  if (time ~ /^[0-9]+-[0-9]+-[0-9]+T[0-9:.]+Z$/) return substr(time, 1, length(time) - 1) >= substr(started, 1, length(started) - 1)
  if (time !~ /^[0-9]+-[0-9]+-[0-9]+T[0-9:.]+[-+][0-9][0-9]:[0-9][0-9]$/) return 0
  return moment(time) >= moment(started)
}
# moment : a text that sorts by time: seconds of a calendar that begins with March, nanoseconds.
function moment(time,    year, month, days, minutes, fraction) {
  year = substr(time, 1, 4)
  month = substr(time, 6, 2) + 0
  if (month < 3) { year--; month += 12 }
  days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month - 457) / 5) + substr(time, 9, 2)
  minutes = substr(time, 12, 2) * 60 + substr(time, 15, 2)
  fraction = index(time, ".") ? substr(time, 21) : ""
  if (time ~ /Z$/) sub(/Z$/, "", fraction)
  else {
    minutes -= (substr(time, length(time) - 5, 1) "1") * (substr(time, length(time) - 4, 2) * 60 + substr(time, length(time) - 1))
    sub(/[-+].*$/, "", fraction)
  }
  return sprintf("%015.0f", (days * 1440 + minutes) * 60 + substr(time, 18, 2)) substr(fraction "000000000", 1, 9)
}
'

# How a boot ended. `docker` events: a command to end a container (`stop`, `restart`, `kill`, `rm`, Compose) is a `kill`
# before its `die`; a crash is a `die` alone. Dockerd forgets all of it when it is restarted itself, and ends every
# container then: where it knows of no end, it was no crash. HUP, USR1, USR2 and WINCH (apache's) ask for no end, mostly.
# shellcheck disable=SC2016
ENDED_BY='
function ended() { return told ? "docker" : died ? "itself" : "unseen" }
$1 == "start" {
  before = ended()
  told = died = 0
}
$1 == "kill" && $2 !~ /^(1|10|12|28)$/ { told = 1 }
$1 == "die" { died = 1 }
END {
  if (change == "unhealthy") print told ? "docker" : "itself"
  else print change == "restarted" && ended() == "unseen" && before != "" ? before : ended()
}'
# A container is seen to have ended before dockerd has told its end: so many fifths of a second.
ENDED_TRIES=8
# A busy host takes its time, and without an answer nobody knows whose fault it was.
ENDED_SECONDS=10

# verb_ended_by ID CONTAINER_ID exited|restarted|unhealthy : fact `ended_by itself|docker`, as far as dockerd answers. A
# rollback waits for it.
verb_ended_by() {
  fenced "$1" || return
  ended_left=$ENDED_TRIES
  while
    ended_events=$(bounded "$ENDED_SECONDS" docker events --since 1 --until 0s --filter "container=$2" \
      --filter event=start --filter event=kill --filter event=die \
      --format '{{.Action}} {{with .Actor.Attributes.signal}}{{.}}{{end}}') || return 0
    ended_by=$(printf '%s\n' "$ended_events" | awk -v change="$3" "$ENDED_BY")
    [ "$ended_by" = unseen ] && [ "$ended_left" -gt 0 ]
  do
    ended_left=$((ended_left - 1))
    pause
  done
  [ "$ended_by" != unseen ] || ended_by=docker
  fact ended_by "$ended_by"
}

# verb_log_tail ID CONTAINER_ID LINES : the last lines of a container's log, as text. Docker counts the pieces of a long line
# as lines.
verb_log_tail() {
  fenced "$1" || return
  container_log "$GLIMPSE_SECONDS" "$LOG_PIECES" "$2" | tail -n "$3" | as_text
}

# stamped LINE : whether a line of `docker logs --timestamps` is the container's. The docker client writes its own warnings (of
# its configuration, say) between them, without a time.
STAMPED='
function stamped(line) { return substr(line, 1, 40) ~ /^[0-9]+-[0-9]+-[0-9]+T[0-9:.]+(Z|[-+][0-9][0-9]:[0-9][0-9]) / }
'

# container_log SECONDS LINES CONTAINER_ID : what the container itself wrote last, without the times. A rollback waits for it,
# so a line that is longer than a piece is left out, and said so; of a call that was cut short the last line too. Where
# Docker fails, its own last word follows, and says whose it is.
container_log() {
  {
    bounded "$1" docker logs --timestamps --tail "$2" "$3" 2>&1
    printf '\n%s\n' "$?"
  } | tr -d '\000' | awk -v piece="$LOG_PIECE_BYTES" "$STAMPED"'
    stamped($0) {
      if (held) print line
      held = 1
      # Each piece has the time.
      time = index($0, " ")
      line = substr($0, time + 1)
      bytes = length(line)
      if (bytes > piece) line = "(a line of " bytes - int(bytes / (piece + time)) * time + 1 " bytes was left out)"
      next
    }
    $0 != "" {
      word = code
      code = $0
    }
    END {
      if (held && code != 124 && code != 137 && code != 143) print line
      if (code != 0 && word != "") print "(docker: " word ")"
    }'
}

# What Docker keeps of a line as one piece, and how many pieces are asked for: three lines of 10 MB.
LOG_PIECE_BYTES=16384
LOG_PIECES=2000
