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
  case $start_kind in
  prefetch | apply | watch | evidence | assess | confirm | rollback | recover) ;;
  *) return 64 ;;
  esac
  # Each kind has its state: what was started too late, or twice, does nothing.
  case $start_kind:$(state) in
  prefetch:snapshotted | apply:prefetched | watch:applied | evidence:applied | assess:applied | confirm:applied | rollback:* | recover:*) ;;
  *)
    echo "transaction $TX is $(state): no time for a job $start_kind" >&2
    return 65
    ;;
  esac
  launch "$start_name" "$start_request" "$@" || {
    # A rollback that is at work already is what was asked for: it has one executor, and others follow it.
    ! { ends_transaction "$start_kind" && [ -d "$TX_DIR/jobs/$start_name" ]; } || return 0
    echo "job $start_name of transaction $TX was started before" >&2
    return 65
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
  CLOSED_LOOP_LIBRARY='' setsid sh "$STATE_DIR/bin/$(first_line "$TX_DIR/program").sh" job "$TX" "$launch_name" "$launch_kind" "$@" \
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
  claim_process="$2 $(start_time "$2")"
  printf '%s\n' "$claim_process" >"$1/pid.$$"
  if [ -s "$1/pid.$$" ]; then ln "$1/pid.$$" "$1/pid"; else ln -s "$claim_process" "$1/pid"; fi 2>/dev/null
  rm -f "$1/pid.$$"
  # Where there is not even that, a rollback is not given up for it.
  ! job_process "$1" || [ "$PROCESS_ID $PROCESS_STARTED" = "$claim_process" ]
}

# job_process DIR : sets PROCESS_ID and PROCESS_STARTED; fails where the job did not write them down.
job_process() {
  PROCESS_ID=
  PROCESS_STARTED=
  read -r PROCESS_ID PROCESS_STARTED 2>/dev/null <"$1/pid" || {
    PROCESS_ID=$(readlink "$1/pid" 2>/dev/null) || return 1
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
      exit 65
    }
    "job_$job_kind" "$@"
  )
  job_code=$?
  # On a full disk there is no exit file, and whoever follows takes the job for dead: never an empty one.
  printf '%s\n' "$job_code" >"$TX_DIR/jobs/$JOB/exit.new" && mv "$TX_DIR/jobs/$JOB/exit.new" "$TX_DIR/jobs/$JOB/exit"
}

# record_pid DIR PID : by rename, because a follower that finds it empty would take the job for dead.
record_pid() {
  printf '%s %s\n' "$2" "$(start_time "$2")" >"$1/pid.$$" && mv "$1/pid.$$" "$1/pid"
}

BOOT=
{ read -r BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null

# start_time PID : of this boot. A pid alone can be somebody else's by now, and a restart of the host begins both anew; what
# died and was not reaped yet is no process any more.
start_time() {
  { read -r start_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # A process may be called anything, also `) 1 2`.
  # shellcheck disable=SC2086 # words of the kernel's
  set -- ${start_stat##*) }
  [ "${1-}" = Z ] || printf '%s@%s\n' "${20-}" "${BOOT%%-*}"
}

# job_alive DIR
job_alive() {
  [ ! -f "$1/exit" ] && job_process "$1" && [ -n "$PROCESS_STARTED" ] && [ "$(start_time "$PROCESS_ID")" = "$PROCESS_STARTED" ]
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
  end_now=$(start_time "$end_pid")
  [ -z "$end_now" ] || [ "$end_now" = "$end_started" ] || return 0
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
  for other_job in "$TX_DIR"/jobs/*; do
    [ "${other_job##*/}" = "${JOB-}" ] || { spared "$other_job" && job_alive "$other_job"; } || end_job "$other_job"
  done
  return 0
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
# `job NAME FACT…` and `out NAME<TAB>text`; then `offset NAME FACTS OUT` for each job with news, and
# `ended NAME CODE` once everything of it has been read.
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
  follow_sizes=
  follow_unheard=
  while :; do
    follow_before=$follow_sizes
    follow_sizes=$(stat -c '%n %s' "$TX_DIR"/jobs/*/facts "$TX_DIR"/jobs/*/out "$TX_DIR"/jobs/*/exit 2>/dev/null)
    # A job that died without a word changes no size: every few seconds all are looked at.
    if [ "$follow_sizes" != "$follow_before" ] || [ $((follow_left % 15)) = 0 ]; then
      for follow_dir in "$TX_DIR"/jobs/*; do
        [ -d "$follow_dir" ] || continue
        follow_offsets "${follow_dir##*/}" "$@"
        [ "$follow_facts" = ended ] || follow_job "${follow_dir##*/}"
      done
    fi
    [ -z "$follow_news" ] && [ "$follow_left" -gt 0 ] || return 0
    # An empty line every second or two says nothing, but it ends this shell once nobody listens any more.
    [ $((follow_left % 5)) != 0 ] || printf '\n' || return
    # Most jobs have something to say, or end, soon. What has been silent for long is looked at less often.
    PAUSED=1
    if [ "$follow_left" -gt "$follow_soon" ]; then
      sleep 0.1 2>/dev/null || pause
    elif [ "$follow_left" -lt "$follow_late" ] && sleep 0.4 2>/dev/null; then
      PAUSED=2
    else
      pause
    fi
    follow_left=$((follow_left - PAUSED))
  done
}

follow_offsets() {
  offsets_name=$1
  shift
  follow_facts=0
  follow_out=0
  while [ $# -ge 3 ]; do
    if [ "$1" = "$offsets_name" ]; then
      follow_facts=$2
      follow_out=$3
      return
    fi
    shift 3
  done
}

follow_job() {
  # First whether it ended, then its output: the other way round the last lines could be missed.
  follow_ended=
  if [ -f "$follow_dir/exit" ]; then
    read -r follow_ended <"$follow_dir/exit"
  elif job_process "$follow_dir" && ! job_alive "$follow_dir"; then
    follow_ended=$(read_all "$follow_dir/exit")
    follow_ended=${follow_ended:-137}
  elif ! job_process "$follow_dir" && left_no_word "$1"; then
    follow_ended=137
  fi
  new_lines "$follow_dir/facts" "$follow_facts" cat "s/^fact${TAB}/job${TAB}$1${TAB}/p"
  follow_new_facts=$new_offset
  new_lines "$follow_dir/out" "$follow_out" redact "s/^/out${TAB}$1${TAB}/p"
  if [ "$follow_facts" != "$follow_new_facts" ] || [ "$follow_out" != "$new_offset" ]; then
    fact offset "$1" "$follow_new_facts" "$new_offset"
    follow_news=yes
  elif [ -n "$follow_ended" ]; then
    fact ended "$1" "$follow_ended"
    follow_news=yes
  fi
}

# left_no_word NAME : whether a job is gone that could not even write down its process (the disk is full). Seen so twice,
# some seconds apart: one that is just being started has not written it yet.
left_no_word() {
  [ $((follow_left % 15)) = 0 ] || return 1
  case " $follow_unheard " in
  *" $1 "*) ;;
  *)
    follow_unheard="$follow_unheard $1"
    return 1
    ;;
  esac
  # A bracket, for what looks must not find itself.
  ! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\000' ' ' | grep -q " jo[b] $TX $1 "
}

# new_lines_uncut FILE OFFSET FILTER SED : where the disk has no room for a chunk: all there is at once, of a job that has
# ended and writes no more. Of one that goes on nothing is told meanwhile.
new_lines_uncut() {
  rm -f "$new_chunk" "$new_chunk.whole"
  [ -n "$follow_ended" ] || return 0
  new_offset=$new_size
  tail -c "+$(($2 + 1))" "$1" | head -c "$((new_size - $2))" | "$3" | sed -n "$4"
}

CHUNK_BYTES=262144

# new_lines FILE OFFSET FILTER SED : prints the complete lines from OFFSET on, at most a chunk of them, and
# sets new_offset. A line longer than a chunk is left out, and said so; the last line of an ended job
# need not be complete.
new_lines() {
  new_offset=$2
  [ -f "$1" ] || return 0
  # What was listed a moment ago is not measured again, unless it is the last time that anybody looks.
  case $follow_ended:$NEWLINE$follow_sizes in
  :*"$NEWLINE$1 "*)
    new_size=${follow_sizes##*"$1 "}
    new_size=${new_size%%"$NEWLINE"*}
    ;;
  *) new_size=$(($(wc -c <"$1"))) ;;
  esac
  [ "$new_size" -gt "$2" ] || return 0
  new_chunk=$TX_DIR/jobs/.chunk.$$
  tail -c "+$(($2 + 1))" "$1" | head -c "$CHUNK_BYTES" >"$new_chunk"
  new_length=$((new_size - $2))
  [ "$new_length" -le "$CHUNK_BYTES" ] || new_length=$CHUNK_BYTES
  [ "$(wc -c <"$new_chunk")" -ge "$new_length" ] || {
    new_lines_uncut "$@"
    return
  }
  # A NUL is not nothing, but a shell would drop it.
  if [ -n "$(tail -c 1 "$new_chunk" | tr '\000' x)" ]; then
    if [ "$(tr -cd '\n' <"$new_chunk" | wc -c)" -gt 0 ]; then
      { sed '$d' "$new_chunk" >"$new_chunk.whole" && mv "$new_chunk.whole" "$new_chunk"; } || {
        new_lines_uncut "$@"
        return
      }
    elif [ "$(wc -c <"$new_chunk")" -ge "$CHUNK_BYTES" ]; then
      # Only as a whole: the rest of a line that is still being written would be a line of its own, and the
      # redactor would not know a secret that was cut in two.
      [ -n "$follow_ended" ] || [ "$(tail -c "+$(($2 + 1))" "$1" | head -n 1 | tail -c 1 | tr -d '\n' | wc -c)" -eq 0 ] || {
        rm -f "$new_chunk"
        return 0
      }
      new_length=$(tail -c "+$(($2 + 1))" "$1" | head -n 1 | wc -c | tr -d ' ')
      new_offset=$(($2 + new_length))
      printf '(a line of %s bytes was left out)\n' "$new_length" | sed -n "$4"
      rm -f "$new_chunk"
      return 0
    elif [ -z "$follow_ended" ]; then
      rm -f "$new_chunk"
      return 0
    fi
  fi
  new_offset=$(($2 + $(wc -c <"$new_chunk")))
  "$3" <"$new_chunk" | sed -n "$4"
  rm -f "$new_chunk"
}
