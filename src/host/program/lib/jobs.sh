# Jobs: detached commands with their own session, output in files, followed by offset. A job outlives the
# SSH connection; it is started once and never again because an answer was lost.
#
# jobs/<name>/facts has our own protocol lines, jobs/<name>/out what other programs printed: kept apart, so
# that no output of a pull, a runner or a container can pass for a fact.

# verb_start_job ID NAME KIND[@REQUEST] ARG… : stdin is handed on to the job. A client whose answer was lost asks again
# with the same REQUEST, perhaps while the shell that it asked first is still at it: one job comes of that.
verb_start_job() {
  open_transaction "$1" || return
  start_name=$2
  start_request=$3
  start_kind=${3%%@*}
  shift 3
  # Nothing is begun, so neither the lock nor the state is asked for: the job may have changed both by now.
  if job_process "$TX_DIR/jobs/$start_name" && asked_before "$TX_DIR/jobs/$start_name" "$start_request"; then return 0; fi
  case $start_kind in
  # What ends a transaction takes the lock back itself, where nobody else has it; and it needs disk from the first.
  rollback | recover) rm -f "$TX_DIR/reserve" ;;
  *) fenced "$TX" || return ;;
  esac
  is_job "$start_kind" || return "$USAGE_CODE"
  # Each kind has its state: what was started too late, or twice, does nothing.
  in_time "$start_kind:$(state)" || {
    echo "transaction $TX is $(state): no time for a job $start_kind" >&2
    return "$WRONG_STATE_CODE"
  }
  launch "$start_name" "$start_request" "$@" || {
    # A rollback that is at work already is what was asked for: it has one executor, and others follow it.
    ! { ends_transaction "$start_kind" && [ -d "$TX_DIR/jobs/$start_name" ]; } || return 0
    echo "job $start_name of transaction $TX was started before" >&2
    return "$WRONG_STATE_CODE"
  }
}

# What ends a transaction, or sees to it: it is not ended itself by what ends it.
ends_transaction() {
  case $1 in rollback | recover | guard) ;; *) return 1 ;; esac
}

# launch NAME KIND[@REQUEST] ARG… : a job of the transaction that is open, stdin is handed on; fails where the name is
# somebody else's. is-<kind>: what kind it is.
launch() {
  launch_name=$1
  launch_dir=$TX_DIR/jobs/$1
  launch_kind=${2%%@*}
  claim_name "$launch_dir" "$2" || return
  shift 2
  true >"$launch_dir/is-$launch_kind"
  exec 7<&0
  # Facts are appended, because `abort_stale` adds one. setsid does not fork here (a background process is no group leader), so $! is the session's id.
  read -r launch_program <"$TX_DIR/program" || return
  CLOSED_LOOP_LIBRARY='' setsid sh "$STATE_DIR/bin/$launch_program.sh" job "$TX" "$launch_name" "$launch_kind" "$@" \
    <&7 7<&- >>"$launch_dir/facts" 2>>"$launch_dir/out" &
  claim_job "$launch_dir" "$!"
  exec 7<&-
  # Of two that were started for one request the other may be the job.
  return 0
}

# claim_name DIR KIND[@REQUEST] : whether the name of the job is this request's: nobody had it, or the very same request
# did, and whoever asked may have died before the job began. What was not asked for by a client is asked for once. A
# link that leads nowhere says who asked: it is made whole, once, and needs no room on a full disk; where there is not
# even that, the name is had by whoever finds it so.
claim_name() {
  if ! mkdir "$1" 2>/dev/null; then
    case $2 in *@*) [ -d "$1" ] || return 1 ;; *) return 1 ;; esac
  fi
  ln -s "$2" "$1/request" 2>/dev/null || asked_before "$@" || [ ! -h "$1/request" ]
}

# asked_before DIR KIND[@REQUEST]
asked_before() {
  case $2 in
  *@*) [ "$(readlink "$1/request")" = "$2" ] ;;
  *) return 1 ;;
  esac
}

# claim_job DIR PID : whether this process is the job, said by whoever starts it or by itself: of two that were started
# for one request the first is it. By a link, because a follower that finds the file empty would take the job for dead. On
# a full disk a link that leads nowhere says it: that needs no room.
claim_job() {
  read_start "$2"
  claim_process="$2 $START_TIME"
  job_process "$1" || {
    printf '%s\n' "$claim_process" >"$1/pid.$$"
    if [ -s "$1/pid.$$" ]; then ln "$1/pid.$$" "$1/pid"; else ln -s "$claim_process" "$1/pid"; fi 2>/dev/null
    rm -f "$1/pid.$$"
    # Where there is not even that, a rollback is not given up for it.
    job_process "$1" || return 0
  }
  [ "$PROCESS_ID $PROCESS_STARTED" = "$claim_process" ]
}

# job_process DIR : sets PROCESS_ID and PROCESS_STARTED; fails where the job did not write them down.
job_process() {
  PROCESS_ID=
  PROCESS_STARTED=
  read -r PROCESS_ID PROCESS_STARTED 2>/dev/null <"$1/pid" || {
    [ -h "$1/pid" ] && PROCESS_ID=$(readlink "$1/pid") || return 1
    PROCESS_STARTED=${PROCESS_ID#* }
    PROCESS_ID=${PROCESS_ID% *}
  }
}

# job_of_kind KIND : whether one of the transaction's lives.
job_of_kind() {
  for kind_mark in "$TX_DIR"/jobs/*/is-"$1"; do
    [ ! -e "$kind_mark" ] || ! job_alive "${kind_mark%/*}" || return 0
  done
  return 1
}

# ending_at_work : whether somebody ends the transaction now, or waits for a turn to.
ending_at_work() {
  job_of_kind rollback || job_of_kind recover
}

# run_job ID NAME KIND ARG… : inside the detached process.
run_job() {
  open_transaction "$1" || return
  JOB=$2
  job_kind=$3
  shift 3
  # Who started it may have been killed before it wrote this down. First this, then the look at the mark: who ends the
  # transaction leaves the mark first, and sees the job, or is seen by it.
  trap '' HUP
  claim_job "$TX_DIR/jobs/$JOB" "$$" || return 0
  (
    # What a rollback looks at it looks at while it ends the transaction.
    ends_transaction "$job_kind" || [ "$job_kind" = gather ] || [ ! -e "$TX_DIR/ending" ] || {
      echo "transaction $TX is being ended: no time for a job $job_kind" >&2
      exit "$WRONG_STATE_CODE"
    }
    "job_$job_kind" "$@"
  )
  job_code=$?
  # On a full disk there is no exit file, and whoever follows takes the job for dead: never an empty one.
  printf '%s\n' "$job_code" >"$TX_DIR/jobs/$JOB/exit.new" && mv "$TX_DIR/jobs/$JOB/exit.new" "$TX_DIR/jobs/$JOB/exit"
}

# record_pid DIR PID : by rename, because a follower that finds it empty would take the job for dead.
record_pid() {
  read_start "$2"
  printf '%s %s\n' "$2" "$START_TIME" >"$1/pid.$$" && mv "$1/pid.$$" "$1/pid"
}

BOOT=
{ read -r BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null

# read_start PID : sets START_TIME, of this boot; start_time prints it. A pid alone can be somebody else's by now, and a
# restart of the host begins both anew; what died and was not reaped yet is no process any more.
read_start() {
  START_TIME=
  { read -r start_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # A process may be called anything, also `) 1 2`.
  # shellcheck disable=SC2086 # words of the kernel's
  set -- ${start_stat##*) }
  [ "${1-}" = Z ] || START_TIME=${20-}@${BOOT%%-*}
}

start_time() {
  read_start "$1"
  printf '%s\n' "$START_TIME"
}

# job_alive DIR
job_alive() {
  [ ! -f "$1/exit" ] && job_process "$1" && read_start "$PROCESS_ID" && [ -n "$PROCESS_STARTED" ] && [ "$START_TIME" = "$PROCESS_STARTED" ]
}

# sessions : those that have a process, one a line for each.
sessions() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk '{ sub(/^.*\) /, ""); if ($1 != "Z") print $4 }'
}

# session_pids SESSION : every process of a job. Not its process group: timeout makes groups of its own.
session_pids() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '{ pid = $1; sub(/^.*\) /, ""); if ($4 == session && $1 != "Z") print pid }'
}

# end_job DIR [FIFTHS] : TERM, so many fifths of a second (50 unless told), KILL; and waits until nothing of it is left.
end_job() {
  job_process "$1" || return 0
  end_pid=$PROCESS_ID
  end_started=$PROCESS_STARTED
  # Its leader may be dead and what it started alive; a leader's number may be somebody else's by now.
  read_start "$end_pid"
  [ -z "$START_TIME" ] || [ "$START_TIME" = "$end_started" ] || return 0
  end_most=${2-50}
  end_left=$end_most
  while end_pids=$(session_pids "$end_pid") && [ -n "$end_pids" ]; do
    # shellcheck disable=SC2086 # one word per pid
    if [ "$end_left" = "$end_most" ]; then
      kill -TERM $end_pids 2>/dev/null
    elif [ "$end_left" -le 0 ]; then
      kill -KILL $end_pids 2>/dev/null
    fi
    end_left=$((end_left - 1))
    if [ "$end_left" = $((end_most - 1)) ]; then sleep 0.02 2>/dev/null; else pause; fi
  done
  # On a full disk there is none, which is no reason to stop here; never an empty one.
  [ -f "$1/exit" ] || { printf '143\n' >"$1/exit.new" && mv "$1/exit.new" "$1/exit"; } || rm -f "$1/exit.new"
}

verb_stop_job() {
  fenced "$1" || return
  end_job "$TX_DIR/jobs/$2"
}

# stop_other_jobs : by what ends a transaction. A job that is being started just now is not seen here, and sees the mark;
# so does a snapshot, which is waited for. A rollback that lives waits for its turn, and the guard lives on.
stop_other_jobs() {
  true >"$TX_DIR/ending"
  stop_left=150
  while job_alive "$TX_DIR/snapshot" && [ "$stop_left" -gt 0 ]; do
    stop_left=$((stop_left - 1))
    pause
  done
  stop_sessions=
  for other_job in "$TX_DIR"/jobs/*; do
    [ "${other_job##*/}" = "${JOB-}" ] || { spared "$other_job" && job_alive "$other_job"; } || is_gone_whole "$other_job" || end_job "$other_job"
  done
  return 0
}

# is_gone_whole JOB_DIR : whether it ended, and nothing that it started is left.
is_gone_whole() {
  [ -f "$1/exit" ] && job_process "$1" || return 1
  # One look for all: no job begins any more.
  [ -n "$stop_sessions" ] || stop_sessions=$(sessions)
  ! among "$PROCESS_ID" "$stop_sessions"
}

# spared JOB_DIR
spared() {
  [ -e "$1/is-rollback" ] || [ -e "$1/is-recover" ] || [ -e "$1/is-guard" ]
}

# pause : a fifth of a second where sleep can, else a second. PAUSED: how many fifths that was.
pause() {
  PAUSED=1
  sleep 0.2 2>/dev/null || {
    PAUSED=5
    sleep 1
  }
}

# verb_follow ID SECONDS [NAME FACTS_OFFSET OUT_OFFSET]… : returns as soon as a job of the transaction has
# something new, or with nothing after SECONDS. A job that is not named is read from its start (it may
# have been started while this call waits); one whose offsets are `ended` is left out. Lines
# `job NAME FACT…` and `out NAME<TAB>text`; then for each job with news `offset NAME FACTS OUT`, or `ended NAME CODE` once
# everything of it has been read.
#
# Not refused to a transaction without its lock: it changes nothing, and is asked for once the transaction ended.
verb_follow() {
  open_transaction "$1" || return
  heartbeat
  ! tx_holds "$TX" || tx_renew
  follow_left=$(($2 * 5))
  follow_soon=$((follow_left - 10))
  follow_late=$((follow_left - 25))
  shift 2
  follow_news=
  follow_seen=
  while :; do
    # First who ended, then how much there is: the other way round the last lines could be missed.
    see_ended
    follow_sizes=$(stat -c '%n %s' "$TX_DIR"/jobs/*/facts "$TX_DIR"/jobs/*/out 2>/dev/null)$NEWLINE
    if [ "$follow_ended$follow_sizes" != "$follow_seen" ]; then
      follow_seen=$follow_ended$follow_sizes
      for follow_dir in "$TX_DIR"/jobs/*; do
        [ ! -d "$follow_dir" ] || ! follow_job "${follow_dir##*/}" "$@" || follow_news=yes
      done
    fi
    [ -z "$follow_news" ] && [ "$follow_left" -gt 0 ] || return 0
    # An empty line every second or two says nothing, but it ends this shell once nobody listens any more.
    [ $((follow_left % 5)) != 0 ] || printf '\n' || return
    follow_pause
    follow_left=$((follow_left - PAUSED))
  done
}

# see_ended : sets follow_ended, a line ` NAME CODE` for each job that ended.
see_ended() {
  follow_ended=$NEWLINE
  for ended_dir in "$TX_DIR"/jobs/*; do
    [ -f "$ended_dir/exit" ] || { job_process "$ended_dir" && ! job_alive "$ended_dir"; } || continue
    # What died without a word was killed.
    ended_code=
    read -r ended_code 2>/dev/null <"$ended_dir/exit"
    follow_ended="$follow_ended ${ended_dir##*/} ${ended_code:-137}$NEWLINE"
  done
}

# follow_pause : most jobs have something to say, or end, soon. What has been silent for long is looked at less often.
follow_pause() {
  PAUSED=1
  if [ "$follow_left" -gt "$follow_soon" ]; then
    sleep 0.1 2>/dev/null || pause
  elif [ "$follow_left" -lt "$follow_late" ] && sleep 0.4 2>/dev/null; then
    PAUSED=2
  else
    pause
  fi
}

# follow_job NAME [NAME FACTS_OFFSET OUT_OFFSET]… : what is new of it; fails where nothing is.
follow_job() {
  follow_name=$1
  follow_facts=0
  follow_out=0
  shift
  while [ $# -ge 3 ]; do
    [ "$1" != "$follow_name" ] || { follow_facts=$2 && follow_out=$3; }
    shift 3
  done
  [ "$follow_facts" != ended ] || return
  follow_code=
  case $follow_ended in
  *"$NEWLINE $follow_name "*)
    follow_code=${follow_ended#*"$NEWLINE $follow_name "}
    follow_code=${follow_code%%"$NEWLINE"*}
    ;;
  esac
  if has_grown out "$follow_out"; then
    dd if="$follow_dir/out" bs="$BLOCK_BYTES" skip="$((follow_out / BLOCK_BYTES))" count=5 2>/dev/null | tr '\000\002' '\001\001' | new_lines | tell_lines
  elif has_grown facts "$follow_facts"; then
    new_lines </dev/null
  elif [ -n "$follow_code" ]; then
    fact ended "$follow_name" "$follow_code"
  else
    return 1
  fi
}

# has_grown FILE OFFSET : whether there is more of a job's file.
has_grown() {
  case $follow_sizes in *"$follow_dir/$1 "*) ;; *) return 1 ;; esac
  grown_size=${follow_sizes#*"$follow_dir/$1 "}
  [ "${grown_size%%"$NEWLINE"*}" -gt "$2" ]
}

# tell_lines : from stdin what is our own up to an empty line, then what other programs said, redacted. Fails where there
# is nothing.
tell_lines() {
  tell_code=1
  while IFS= read -r tell_line; do
    [ -n "$tell_line" ] || {
      redact "out\t$follow_name\t"
      break
    }
    printf '%s\n' "$tell_line"
    tell_code=0
  done
  return "$tell_code"
}

# As much of `out` is told at once as four blocks hold; five have that from any byte on.
BLOCK_BYTES=65536

# new_lines : the new lines of a job: its facts, how far that is, and behind an empty line what is new in `out`, whose
# blocks are stdin. Fails where nothing is new. Complete lines only, but for the last one of a job that ended: the redactor
# would not know a secret that was cut in two. A line of `out` that is longer than all this is left out, and said so.
new_lines() {
  NEW_DIR=$follow_dir awk -v name="$follow_name" -v code="$follow_code" -v facts_at="$follow_facts" -v out_at="$follow_out" \
    -v block="$BLOCK_BYTES" "$JOB_NEWS"
}

# shellcheck disable=SC2016 # an awk program
JOB_NEWS='
function complete(text,    parts, count) {
  count = split(text, parts, "\n")
  return substr(text, 1, length(text) - length(parts[count]))
}
# left_out : what is said of the line that begins at out_at, once it has its end. An offset may be beyond what %d can print.
function left_out(    counts, count_of) {
  sprintf("tail -c +%.0f \"$NEW_DIR/out\" | head -n 1 | wc -lc", out_at + 1) | getline counts
  split(counts, count_of)
  if (count_of[1] == 0 && code == "") return ""
  taken = count_of[2]
  return "(a line of " taken " bytes was left out)"
}
BEGIN {
  # None is in what is read: it is one record. A NUL some awks take for an end: none is in it either. The redactor leaves
  # both out, and would know no value by another byte that was changed.
  RS = "\002"
  file = ENVIRON["NEW_DIR"] "/facts"
  while ((getline record < file) > 0) facts = facts (records++ ? RS : "") record
  facts = substr(facts, facts_at + 1)
  if (code == "") facts = complete(facts)
}
{ out = substr($0, out_at % block + 1) }
END {
  rest = length(out) > 4 * block
  out = substr(out, 1, 4 * block)
  if (rest || code == "") out = complete(out)
  taken = length(out)
  if (rest && taken == 0) out = left_out()
  if (facts == "" && taken == 0) exit 1
  lines = split(facts, line, "\n")
  for (i = 1; i <= lines; i++) if (sub(/^fact\t/, "", line[i])) print "job\t" name "\t" line[i]
  if (code == "" || rest) printf "fact\toffset\t%s\t%.0f\t%.0f\n", name, facts_at + length(facts), out_at + taken
  else printf "fact\tended\t%s\t%s\n", name, code
  if (taken > 0) printf "\n%s", out
}
'
