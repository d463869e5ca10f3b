# Watching (jobs): the states of the project's containers as they change, and the evidence in a log.

# job_watch SECONDS : a fact `state CONTAINER_LINE` for every container of the project now and after each event; `gone ID`
# for one that was removed. Bounded here too: a client that is gone ends nothing.
job_watch() {
  watch_end=$(seconds_from_now "$1")
  watch_events | watch_states
}

# watch_states : what watch_events says, as facts. watch_known: the IDs that were told.
watch_states() {
  watch_known=
  while IFS= read -r watch_id; do
    watch_line=
    [ "$watch_id" = all ] || watch_line=$(container_lines "$watch_id" 2>/dev/null)
    if [ -n "$watch_line" ]; then
      printf 'fact\tstate\t%s\n' "$watch_line"
      among "$watch_id" "$watch_known" || watch_known=$watch_known$NEWLINE$watch_id
    else
      # Events may be there again before Docker lists anything, and then nothing else asks for what happened in between.
      until watch_all || is_past "$watch_end"; do sleep 1; done
    fi
  done
}

# watch_events : container IDs as something happens to them; `all` where events may have been lost, as by a dockerd that
# restarted.
watch_events() {
  until is_past "$watch_end"; do
    # By dockerd's own clock: events from before the listing come once more, nothing else hangs on it.
    watch_since=$(date +%s)
    echo all
    bounded "$(seconds_until "$watch_end")" docker events --since "$watch_since" --filter type=container \
      --filter "label=com.docker.compose.project=$PROJECT_NAME" \
      --filter event=start --filter event=die --filter event=stop --filter event=oom --filter event=restart \
      --filter event=health_status --filter event=pause --filter event=unpause --filter event=destroy --filter event=rename \
      --format '{{.Actor.ID}}'
    sleep 1
    until docker_answers || is_past "$watch_end"; do sleep 1; done
  done
}

# watch_all : the facts of all containers, and of those of watch_known that are gone. Fails where Docker does not list them.
watch_all() {
  watch_ids=$(project_container_ids) || return
  # shellcheck disable=SC2086 # one word per ID
  watch_lines=$([ -z "$watch_ids" ] || container_lines $watch_ids)
  # An inspect that fails prints nothing.
  [ -z "$watch_ids" ] || [ -n "$watch_lines" ] || return 1
  for watch_id in $watch_known; do
    among "$watch_id" "$watch_ids" || fact gone "$watch_id"
  done
  watch_known=$watch_ids
  [ -z "$watch_lines" ] || printf '%s\n' "$watch_lines" | sed "s/^/fact${TAB}state${TAB}/"
}

# job_evidence SECONDS CONTAINER_ID STARTED_AT SINCE [LEAST TEXTS]… : counts the lines of this container instance that the gate
# needs, within the window that the assessment looks at: of each LEAST those with one of TEXTS (with tabs between them); a fact
# `evidence COUNT…` when lines came. Ends with 0 once all are there, with 1 when SECONDS have passed. No line of the log leaves
# the host.
job_evidence() {
  evidence_end=$(seconds_from_now "$1")
  evidence_id=$2 evidence_started=$3 evidence_since=$4
  evidence_wanted='' evidence_texts='' evidence_last='' evidence_looks=0
  shift 4
  while [ $# -gt 1 ]; do
    evidence_wanted="$evidence_wanted $1" evidence_texts=$evidence_texts$2$NEWLINE
    shift 2
  done
  until is_past "$evidence_end"; do
    evidence_now=$(evidence_counts "$evidence_id" "$evidence_since")
    if [ "$evidence_now" != "$evidence_last" ]; then
      evidence_last=$evidence_now
      # Both are the end of one log: what is in both is the shorter of them. The window's, where the instance began before it:
      # that may have logged for months.
      evidence_instance=$evidence_now
      [ -z "$(docker_read logs --since "$evidence_since" --until "$evidence_started" --tail 1 "$evidence_id" 2>&1)" ] ||
        evidence_instance=$(evidence_counts "$evidence_id" "$evidence_started")
      ! evidence_fact "$evidence_now" "$evidence_instance" || return 0
    fi
    # What logs soon is not kept waiting; what takes long is not read five times a second.
    evidence_looks=$((evidence_looks + 1))
    if [ "$evidence_looks" -le 20 ]; then pause; else sleep 1; fi
  done
  return 1
}

# evidence_fact COUNTS COUNTS : the smaller ones as a fact; whether they are enough.
evidence_fact() {
  printf '%s\n' "$1" "$2" "$evidence_wanted" | awk '
    NR == 1 { split($0, counted); next }
    NR == 2 { split($0, other); next }
    {
      printf "fact\tevidence"
      for (i = 1; i <= NF; i++) {
        if (other[i] < counted[i]) counted[i] = other[i]
        if (counted[i] < $i) short = 1
        printf "\t%d", counted[i]
      }
      print ""
      exit short + 0
    }'
}

# evidence_counts CONTAINER_ID SINCE : how many lines of its log from then on have one of the texts of each line of
# evidence_texts. Docker itself compares the times: the log driver `local` up to Docker 24 would print them by the time zone of
# the host.
evidence_counts() {
  docker_read logs --since "$2" "$1" 2>&1 | tr '\000' ' ' | EVIDENCE_TEXTS=$evidence_texts awk '
    BEGIN {
      kinds = split(ENVIRON["EVIDENCE_TEXTS"], kind, "\n") - 1
      for (i = 1; i <= kinds; i++) {
        n = split(kind[i], text, "\t")
        for (j = 1; j <= n; j++) {
          sought[++all] = text[j]
          of[all] = i
        }
      }
    }
    { for (a = 1; a <= all; a++) if (seen[of[a]] != NR && index($0, sought[a])) { seen[of[a]] = NR; count[of[a]]++ } }
    END { for (i = 1; i <= kinds; i++) printf "%d ", count[i] }'
}

# verb_ended_by ID CONTAINER_ID : facts `event ACTION SIGNAL` of its starts and ends, as far as dockerd remembers them. A rollback
# waits for it; src/host/client/container-end.ts concludes.
verb_ended_by() {
  fenced "$1" || return
  # A busy host takes its time, and without an answer nobody knows whose fault it was.
  bounded 10 docker events --since 1 --until 0s --filter "container=$2" \
    --filter event=start --filter event=kill --filter event=die \
    --format "fact${TAB}event${TAB}{{.Action}}${TAB}{{with .Actor.Attributes.signal}}{{.}}{{end}}"
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
