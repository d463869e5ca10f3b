# Jobs: detached commands with their own session, output in files, followed by offset. A job outlives the
# SSH connection; it is started once and never again because an answer was lost.
#
# jobs/<name>/facts has our own protocol lines, jobs/<name>/out what other programs printed: kept apart, so
# that no output of a pull, a runner or a container can pass for a fact.

# verb_start_job ID NAME KIND[@REQUEST] ARG… : stdin is handed on to the job. A client whose answer was lost asks again
# with the same REQUEST, perhaps while the shell that it asked first is still at it: one job comes of that.
verb_start_job() {
  open_transaction "$1" || return
  start_dir=$TX_DIR/jobs/$2
  start_kind=${3%%@*}
  # Nothing is begun, so neither the lock nor the state is asked for: the job may have changed both by now.
  [ ! -e "$start_dir/pid" ] || [ "$(readlink "$start_dir/request")" != "$3" ] || return 0
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
  shift
  launch "$@" && return
  # A rollback that is at work already is what was asked for: it has one executor, and others follow it.
  case $start_kind in rollback | recover) [ ! -h "$start_dir/request" ] || return 0 ;; esac
  echo "job ${start_dir##*/} of transaction $TX was started before" >&2
  return "$WRONG_STATE_CODE"
}

# launch NAME KIND[@REQUEST] ARG… : a job of the transaction that is open, stdin is handed on; fails where the name is
# another request's. is-<kind>: what kind it is.
launch() {
  launch_name=$1
  launch_dir=$TX_DIR/jobs/$1
  launch_kind=${2%%@*}
  mkdir -p "$launch_dir"
  ln -s "$2" "$launch_dir/request" 2>/dev/null || [ "$(readlink "$launch_dir/request")" = "$2" ] || return
  shift 2
  true >"$launch_dir/is-$launch_kind"
  read -r launch_program <"$TX_DIR/program" || return
  exec 7<&0
  # Facts are appended, because `abort_stale` adds one. setsid does not fork here (a background process is no group
  # leader), so $! is the session's id.
  CLOSED_LOOP_LIBRARY='' setsid sh "$STATE_DIR/bin/$launch_program.sh" job "$TX" "$launch_name" "$launch_kind" "$@" \
    <&7 7<&- >>"$launch_dir/facts" 2>>"$launch_dir/out" &
  exec 7<&-
  # Of two that were started for one request the other may be the job.
  claim_job "$launch_dir" "$!" || :
}

# claim_job DIR PID : whether this process is the job, said by whoever starts it and by itself: of two that were started
# for one request the first is it. By a link, because a follower that finds the file empty would take the job for dead. On a
# full disk a link that leads nowhere says it, which needs no room: a client would wait for a rollback that nobody knows.
claim_job() {
  read_start "$2"
  if { printf '%s %s\n' "$2" "$START_TIME" >"$1/pid.$$"; } 2>/dev/null; then
    ln "$1/pid.$$" "$1/pid"
  else
    ln -s "$2 $START_TIME" "$1/pid"
  fi 2>/dev/null
  rm -f "$1/pid.$$"
  job_process "$1" && [ "$PROCESS_ID" = "$2" ]
}

# job_process DIR : sets PROCESS_ID and PROCESS_STARTED; fails where nobody is the job yet.
job_process() {
  { read -r PROCESS_ID PROCESS_STARTED <"$1/pid"; } 2>/dev/null || {
    [ -h "$1/pid" ] && PROCESS_ID=$(readlink "$1/pid") || return 1
    PROCESS_STARTED=${PROCESS_ID#* }
    PROCESS_ID=${PROCESS_ID% *}
  }
}

# run_job ID NAME KIND ARG… : inside the detached process.
run_job() {
  open_transaction "$1" || return
  JOB=$2
  job_kind=$3
  shift 3
  trap '' HUP
  # First this, then the look at the mark: who ends the transaction leaves the mark first, and sees the job, or is seen by it.
  claim_job "$TX_DIR/jobs/$JOB" "$$" || return 0
  (
    [ ! -e "$TX_DIR/ending" ] || case $job_kind in
    # `gather` is a part of a rollback.
    rollback | recover | guard | gather | hold_lock_file) ;;
    *)
      echo "transaction $TX is being ended: no time for a job $job_kind" >&2
      exit "$WRONG_STATE_CODE"
      ;;
    esac
    "job_$job_kind" "$@"
  )
  job_ended "$TX_DIR/jobs/$JOB" "$?"
}

# job_ended DIR CODE : by rename, because a follower may read it at any moment.
job_ended() {
  printf '%s\n' "$2" >"$1/exit.new" && mv "$1/exit.new" "$1/exit"
}

BOOT=
{ read -r BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null

# read_start PID : sets START_TIME, of this boot; empty where no such process is. A pid alone can be somebody else's by
# now, and a restart of the host begins both anew; what died and was not reaped yet is no process any more.
read_start() {
  START_TIME=
  { read -r start_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # A process may be called anything, also `) 1 2`.
  # shellcheck disable=SC2086 # words of the kernel's
  set -- ${start_stat##*) }
  [ "${1-}" = Z ] || START_TIME=${20-}@${BOOT%%-*}
}

# job_alive DIR
job_alive() {
  [ ! -f "$1/exit" ] && job_process "$1" && read_start "$PROCESS_ID" && [ "${START_TIME:-none}" = "$PROCESS_STARTED" ]
}

# job_of_kind KIND : whether one of the transaction's lives.
job_of_kind() {
  for kind_mark in "$TX_DIR"/jobs/*/is-"$1"; do
    ! job_alive "${kind_mark%/*}" || return 0
  done
  return 1
}

# ending_at_work : whether somebody ends the transaction now, or waits for a turn to.
ending_at_work() {
  job_of_kind rollback || job_of_kind recover
}

# session_pids SESSION… : every process of these jobs. Not their process groups: timeout makes groups of its own.
session_pids() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v sessions=" $* " '
    { pid = $1; sub(/^.*\) /, ""); if ($1 != "Z" && index(sessions, " " $4 " ")) print pid }'
}

# end_jobs FIFTHS DIR… : TERM, so many fifths of a second, KILL; and waits until nothing of them is left.
end_jobs() {
  end_left=$1
  shift
  end_sessions=
  for end_dir in "$@"; do
    job_process "$end_dir" || continue
    # After a restart of the host its number may be somebody else's. Its leader may be dead and what it started alive.
    case $PROCESS_STARTED in *"@${BOOT%%-*}") ;; *) continue ;; esac
    read_start "$PROCESS_ID"
    case $START_TIME in '' | "$PROCESS_STARTED") end_sessions="$end_sessions $PROCESS_ID" ;; esac
  done
  end_signal=TERM
  # shellcheck disable=SC2086 # one word per number
  while [ -n "$end_sessions" ] && end_pids=$(session_pids $end_sessions) && [ -n "$end_pids" ]; do
    [ "$end_left" -gt 0 ] || end_signal=KILL
    [ "$end_signal" = none ] || kill -s "$end_signal" $end_pids 2>/dev/null
    if [ "$end_signal" = TERM ]; then sleep 0.02 2>/dev/null; else pause; fi
    end_signal=none
    end_left=$((end_left - 1))
  done
  for end_dir in "$@"; do
    [ -f "$end_dir/exit" ] || ! job_process "$end_dir" || job_ended "$end_dir" 143
  done
}

verb_stop_job() {
  fenced "$1" || return
  end_jobs 50 "$TX_DIR/jobs/$2"
}

# stop_other_jobs : by what ends a transaction. A job that is being started just now is not seen here, and sees the mark;
# so does a snapshot, which is waited for. A rollback that lives waits for its turn; the guard lives on, and what holds the lock file.
stop_other_jobs() {
  true >"$TX_DIR/ending"
  stop_left=150
  while job_alive "$TX_DIR/snapshot" && [ "$stop_left" -gt 0 ]; do
    stop_left=$((stop_left - 1))
    pause
  done
  set --
  for stop_dir in "$TX_DIR"/jobs/*; do
    [ "${stop_dir##*/}" != "${JOB-}" ] || continue
    case $(echo "$stop_dir"/is-*) in */is-rollback | */is-recover | */is-guard | */is-hold_lock_file) ! job_alive "$stop_dir" || continue ;; esac
    set -- "$@" "$stop_dir"
  done
  end_jobs 50 "$@"
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
# `job NAME FACT…` and `out NAME<TAB>text`; and for each job with news `offset NAME FACTS OUT`, or `ended NAME CODE` once
# everything of it has been read.
#
# Not refused to a transaction without its lock: it changes nothing, and is asked for once the transaction ended.
verb_follow() {
  open_transaction "$1" || return
  heartbeat
  tx_renew || :
  follow_left=$(($2 * 5))
  shift 2
  follow_known=" $* "
  follow_news=
  while :; do
    # One look at all of them: it is made five times a second.
    follow_sizes=$NEWLINE$(stat -c '%n %s' "$TX_DIR"/jobs/*/facts "$TX_DIR"/jobs/*/out 2>/dev/null)$NEWLINE
    for follow_dir in "$TX_DIR"/jobs/*; do
      ! follow_job "${follow_dir##*/}" || follow_news=yes
    done
    [ -z "$follow_news" ] && [ "$follow_left" -gt 0 ] || return 0
    # An empty line each second says nothing, but it ends this shell once nobody listens any more.
    [ $((follow_left % 5)) != 0 ] || printf '\n' || return
    pause
    follow_left=$((follow_left - PAUSED))
  done
}

# follow_job NAME : what is new of it; fails where nothing is.
follow_job() {
  # shellcheck disable=SC2086 # its offsets
  case $follow_known in *" $1 "*) set -- "$1" ${follow_known#*" $1 "} ;; *) set -- "$1" 0 0 ;; esac
  [ "$2" != ended ] || return
  # First whether it ended, then what it said: the other way round the last lines could be missed. What died without a
  # word was killed.
  follow_code=
  if job_process "$follow_dir" && ! job_alive "$follow_dir"; then
    follow_code=$(read_all "$follow_dir/exit")
    follow_code=${follow_code:-137}
  fi
  [ -n "$follow_code" ] || case $follow_sizes in
  *"$NEWLINE$follow_dir/facts $2$NEWLINE"*"$follow_dir/out $3$NEWLINE"*) return 1 ;;
  esac
  {
    file_rest facts "$2"
    file_rest out "$3"
  } | awk -v name="$1" -v code="$follow_code" -v facts_at="$2" -v out_at="$3" -v most="$FOLLOW_BYTES" "$JOB_NEWS" | {
    tell_code=1
    while IFS= read -r tell_line; do
      tell_code=0
      if [ -n "$tell_line" ]; then printf '%s\n' "$tell_line"; else redact "out\t$1\t"; fi
    done
    [ "$tell_code" = 0 ]
  }
}

# As much of `out` is told at once, and one line.
FOLLOW_BYTES=262144

# file_rest FILE OFFSET : that file of the job from there on; behind its last line stands \002. Some awks take a NUL for an
# end, and the redactor leaves out both.
file_rest() {
  tail -c "+$(($2 + 1))" "$follow_dir/$1" 2>/dev/null | tr '\000\002' '\001\001'
  printf '\002\n'
}

# JOB_NEWS : the new facts of a job, how far that is, and behind an empty line what is new in `out`; nothing where nothing
# is. Whole lines only, but for the last one of a job that ended: the redactor would not know a secret that was cut in two.
# An offset may be beyond what %d can print.
# shellcheck disable=SC2016 # an awk program
JOB_NEWS='
BEGIN { file = 0; at[0] = facts_at; at[1] = out_at }
{ cut = sub(/\002$/, "") }
!cut || (code != "" && $0 != "") {
  bytes = length($0) + !cut
  at[file] += bytes
  if (file == 1) text[++texts] = (bytes > most ? "(a line of " bytes " bytes was left out)" : $0)
  else if (sub(/^fact\t/, "")) print "job\t" name "\t" $0
}
file == 1 && !cut && at[1] - out_at > most { rest = 1; exit }
cut { file++ }
END {
  if (code != "" && !rest) printf "fact\tended\t%s\t%s\n", name, code
  else if (at[0] > facts_at || at[1] > out_at) printf "fact\toffset\t%s\t%.0f\t%.0f\n", name, at[0], at[1]
  if (texts) print ""
  for (i = 1; i <= texts; i++) print text[i]
}
'
