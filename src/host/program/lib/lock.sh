# The lock: one deployment, command or person at a time works on a project.
#
# lock/<n> is one holder, the highest is the holder of now. A hard link puts the finished file there, and fails where somebody
# else was first: nothing is taken away from under a holder, and who was superseded can see it. Only the first line changes, in
# its place, which needs no room on a full disk: when the holder was last heard of, or that it is done. lock/<n>.released says
# that too, because a renewal that crosses the release may write the line again.
#
# Lines `KEY<TAB>VALUE`: renewed (`BOOT SECONDS SECONDS`, or `BOOT released released`), token (a deployment's is its transaction
# id), kind (deployment, command or hold), lease (seconds without renewal after which it is over; 0: none), project_lock, told
# (fields for the client), words (for a person).

# boot_clock : sets BOOT_CLOCK, `BOOT SECONDS`. A holder of another boot is gone; and a wall clock that is set must not
# end, or lengthen, a lease.
boot_clock() {
  read -r clock_boot </proc/sys/kernel/random/boot_id
  read -r clock_uptime _ </proc/uptime
  BOOT_CLOCK="$clock_boot ${clock_uptime%%.*}"
}

# seconds_from_now SECONDS : a moment by the clock of the boot: no limit moves where somebody sets the other one.
seconds_from_now() {
  boot_clock
  echo "$((${BOOT_CLOCK#* } + $1))"
}

is_past() {
  boot_clock
  [ "${BOOT_CLOCK#* }" -ge "$1" ]
}

# same_boot CLOCK : whether an earlier BOOT_CLOCK is of the boot that is now. Where uptime ran backwards another one has
# begun, though its ID may be the same (a container that is a host).
same_boot() {
  boot_clock
  [ "${1% *}" = "${BOOT_CLOCK% *}" ] && count "${1#* }" && [ "${BOOT_CLOCK#* }" -ge "${1#* }" ]
}

# count TEXT : whether it is a number that may be calculated with. What others wrote may be anything, and some
# shells run a command that stands in an arithmetic expression.
count() {
  case ${1-} in
  '' | *[!0-9]* | 0?* | ??????????*) return 1 ;;
  esac
}

# lock_top DIR : sets LOCK_TOP to the number of the newest holder; 0 where there never was one.
lock_top() {
  LOCK_TOP=0
  for top_file in "$1"/*; do
    count "${top_file##*/}" || continue
    [ "${top_file##*/}" -le "$LOCK_TOP" ] || LOCK_TOP=${top_file##*/}
  done
}

# read_holder DIR : sets LOCK_TOP, and what the newest holder's lines say as holder_<key>, without a process.
read_holder() {
  lock_top "$1"
  holder_renewed='' holder_token='' holder_kind='' holder_lease='' holder_project_lock='' holder_told='' holder_words=''
  # shellcheck disable=SC2034 # eval reads it
  while IFS="$TAB " read -r holder_key holder_value; do
    case $holder_key in
    renewed | token | kind | lease | project_lock | told | words) eval "holder_$holder_key=\$holder_value" ;;
    esac
  done 2>/dev/null <"$1/$LOCK_TOP"
}

# lock_over DIR : whether the newest holder is done, or was not heard of for its lease. Sets what read_holder sets. A file
# that a power cut left damaged is of another boot.
lock_over() {
  read_holder "$1"
  over_seconds=${holder_renewed#* }
  over_seconds=${over_seconds%% *}
  over_again=${holder_renewed##* }
  [ "$over_again" != released ] && [ ! -e "$1/$LOCK_TOP.released" ] || return 0
  [ "$holder_lease" != 0 ] || return 1
  count "$holder_lease" && count "$over_seconds" && count "$over_again" || return 0
  boot_clock
  [ "${holder_renewed%% *}" = "${BOOT_CLOCK% *}" ] || return 0
  # Who reads the line while it is written over sees two times: the holder is heard of at this moment.
  [ "$over_seconds" = "$over_again" ] || return 1
  # Where uptime ran backwards another boot has begun, though its ID may be the same (a container that is a host).
  over_age=$((${BOOT_CLOCK#* } - over_seconds))
  [ "$over_age" -lt 0 ] || [ "$over_age" -gt "$holder_lease" ]
}

# lock_holds DIR TOKEN : whether TOKEN holds it now.
lock_holds() {
  ! lock_over "$1" && [ "$holder_token" = "$2" ]
}

# clock_line WHEN : the first line of a holder, after boot_clock; as long as ever, so that it can be written over.
clock_line() {
  printf 'renewed\t%s %-9s %-9s\n' "${BOOT_CLOCK% *}" "$1" "$1"
}

# lock_renew DIR NUMBER [released] : by who held that number a moment ago; should it have been superseded since, nobody reads
# it. Everybody may write where a project's lock is: no link is followed.
lock_renew() {
  boot_clock
  [ -f "$1/$2" ] && [ ! -h "$1/$2" ] && [ -O "$1/$2" ] && clock_line "${3-${BOOT_CLOCK#* }}" 2>/dev/null 1<>"$1/$2"
}

# lock_end DIR NUMBER : gives it back.
lock_end() {
  (set -C && : >"$1/$2.released") 2>/dev/null
  lock_renew "$1" "$2" released
}

# lock_release DIR TOKEN : nothing where TOKEN was superseded.
lock_release() {
  read_holder "$1"
  [ "$holder_token" != "$2" ] || lock_end "$1" "$LOCK_TOP"
}

# lock_claim DIR NUMBER TOKEN LINES : becomes holder NUMBER; fails where somebody else was first. UNWRITABLE_CODE, and the
# cause in words, where it cannot be written.
lock_claim() {
  # Of this very process: a subshell has the $$ of its parent, and two of a transaction may claim at once.
  read -r claim_file _ </proc/self/stat
  claim_file=$1/new.$3.$claim_file
  rm -f "$claim_file"
  boot_clock
  claim_text=$(clock_line "${BOOT_CLOCK#* }")${NEWLINE}token$TAB$3$NEWLINE$4
  # Everybody can read it. A new file: where a project's lock is, a link of somebody else would have us write where it points.
  claim_said=$({ set -C && umask 022 && printf '%s\n' "$claim_text" >"$claim_file" && ln "$claim_file" "$1/$2"; } 2>&1)
  claim_code=$?
  rm -f "$claim_file"
  lock_top "$1"
  if [ "$claim_code" != 0 ]; then
    # Nobody was first where a link cannot be made at all.
    [ "$LOCK_TOP" -lt "$2" ] || return 1
    echo "the lock cannot be written in $1: $claim_said ($(df -Pk "$1" | awk 'NR == 2 { print $4 }') KiB are free there)" >&2
    return "$UNWRITABLE_CODE"
  fi
  # A number below the newest can be free again, because old ones are cleared away: it is no lock.
  [ "$LOCK_TOP" = "$2" ] || {
    rm -f "$1/$2"
    return 1
  }
  for claim_old in "$1"/*; do
    claim_number=${claim_old##*/}
    claim_number=${claim_number%.released}
    ! count "$claim_number" || [ "$claim_number" -ge "$2" ] || rm -f "$claim_old" 2>/dev/null
  done
}

# lock_try DIR TOKEN LINES : one try. Asked again by the holder, it has it still.
lock_try() {
  if lock_over "$1"; then
    lock_claim "$1" "$((LOCK_TOP + 1))" "$2" "$3" && return
    try_code=$?
    # Somebody else of the same transaction may have been first.
    lock_holds "$1" "$2" || return "$try_code"
  else
    [ "$holder_token" = "$2" ]
  fi
}

# A deployment holds two: that of the real directory, and that of the project's name at this Docker, because one
# project can be deployed from two directories. Commands and people take the directory's alone.

# project_lock : the directory of the second one, where every user of this host can come.
project_lock() {
  project_docker=$(docker_read info --format '{{.ID}}') || return 1
  project_lock_dir=/var/tmp
  for project_part in closed-loop-locks "$(printf '%s' "$project_docker" | tr -c 'A-Za-z0-9' _)" "$PROJECT_NAME"; do
    project_lock_dir=$project_lock_dir/$project_part
    project_said=
    [ -d "$project_lock_dir" ] || project_said=$(mkdir -m 1777 "$project_lock_dir" 2>&1)
    # A link that somebody else put there would have us write where it points.
    if [ ! -d "$project_lock_dir" ] || [ -h "$project_lock_dir" ]; then
      echo "the lock of project $PROJECT_NAME cannot be kept in $project_lock_dir: $project_said" >&2
      return 1
    fi
  done
  printf '%s\n' "$project_lock_dir"
}

# deployment_lines ID LEASE PROJECT_LOCK : of the plan.
deployment_lines() {
  printf 'kind\tdeployment\nlease\t%s\nproject_lock\t%s\n' "$2" "$3"
  printf '%s\n' "$PLAN" | awk -F '\t' -v OFS='\t' -v id="$1" -v since="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
    { of[$1] = $2 }
    END {
      print "told", id, of["by"], of["where"], since, of["attempt"], of["repository"], of["project_dir"]
      print "words", "deployment " id " (" of["where"] ", attempt " of["attempt"] ", by " of["by"] "), since " since
    }'
}

# The transaction that is ended in this process although the lock of its project's name cannot be written.
WITHOUT_NAME_LOCK=

# take_locks ID LEASE PROJECT_LOCK [ending] : both, for the deployment of the plan, or none. BUSY_CODE: somebody else has the one in
# BUSY_LOCK. What ends a transaction goes on where nobody has that of the name, and it cannot be written.
take_locks() {
  take_lines=$(deployment_lines "$@")
  mkdir -p "$STATE_DIR/lock"
  for BUSY_LOCK in "$STATE_DIR/lock" "$3"; do
    lock_try "$BUSY_LOCK" "$1" "$take_lines" && continue
    take_code=$?
    if [ "$take_code" = "$UNWRITABLE_CODE" ] && [ "$BUSY_LOCK" = "$3" ] && [ -n "${4-}" ]; then
      WITHOUT_NAME_LOCK=$1
      return 0
    fi
    lock_release "$STATE_DIR/lock" "$1"
    [ "$take_code" = "$UNWRITABLE_CODE" ] || return "$BUSY_CODE"
    return 1
  done
}

# tx_holds ID : whether a transaction holds both of its locks. LOCK_NUMBER is then its number of the directory's.
tx_holds() {
  lock_holds "$STATE_DIR/lock" "$1" || return 1
  LOCK_NUMBER=$LOCK_TOP
  PROJECT_LOCK=$holder_project_lock
  PROJECT_LOCK_NUMBER=
  if lock_holds "$PROJECT_LOCK" "$1"; then
    PROJECT_LOCK_NUMBER=$LOCK_TOP
  else
    [ "$WITHOUT_NAME_LOCK" = "$1" ] && lock_over "$PROJECT_LOCK"
  fi
}

# tx_renew : fails where the transaction that is open does not hold them. A renewal that fails once ends nothing.
tx_renew() {
  tx_holds "$TX" || return
  lock_renew "$STATE_DIR/lock" "$LOCK_NUMBER"
  [ -z "$PROJECT_LOCK_NUMBER" ] || lock_renew "$PROJECT_LOCK" "$PROJECT_LOCK_NUMBER"
  return 0
}

tx_release() {
  read_holder "$STATE_DIR/lock"
  [ "$holder_token" = "$1" ] || return 0
  lock_release "$holder_project_lock" "$1"
  lock_release "$STATE_DIR/lock" "$1"
}

# tx_retake : for what ends the transaction that is open. Its own lease may be over, but whoever took the lock
# since answers for the host now; a command that only uses what runs gives way.
tx_retake() {
  ! tx_holds "$TX" || return 0
  # dockerd may be restarting, and cannot be asked for its name.
  retake_project=$(read_all "$TX_DIR/project-lock")
  [ -d "$retake_project" ] || retake_project=$(project_lock) || return 1
  retake_lease=$(first_line "$TX_DIR/lease")
  lock_over "$STATE_DIR/lock" || [ "$holder_kind" != command ] ||
    lock_claim "$STATE_DIR/lock" "$((LOCK_TOP + 1))" "$TX" "$(deployment_lines "$TX" "$retake_lease" "$retake_project")"
  take_locks "$TX" "$retake_lease" "$retake_project" ending
}

# print_holder DIR : fact `holder KIND TOKEN BY WHERE SINCE [ATTEMPT REPOSITORY DIRECTORY]`; for a command, or a hold, WHERE
# is what it runs, or the reason. Typed by people, so redacted; but what kind it is we wrote ourselves.
print_holder() {
  read_holder "$1"
  printf 'fact\tholder\t%s\t%s\n' "$holder_kind" "$(printf '%s\n' "$holder_told" | redact)"
}

# verb_acquire ID LEASE SECONDS : the plan comes on stdin. Waits up to SECONDS; fact `acquired NUMBER`, or `holder …` and
# BUSY_CODE.
verb_acquire() {
  use_plan "$(cat)"
  acquire_project=$(project_lock) || return 1
  acquire_left=$3
  until take_locks "$1" "$2" "$acquire_project"; do
    [ $? = "$BUSY_CODE" ] || return 1
    [ "$acquire_left" -gt 0 ] || {
      print_holder "$BUSY_LOCK"
      return "$BUSY_CODE"
    }
    # An empty line says nothing, but it ends this shell once nobody listens any more: it must not take the lock then.
    printf '\n' || return
    acquire_left=$((acquire_left - 1))
    sleep 1
  done
  lock_top "$STATE_DIR/lock"
  fact acquired "$LOCK_TOP"
}

# verb_release ID : what was acquired and never begun.
verb_release() {
  tx_release "$1"
}

# fenced ID : opens a transaction for a verb, which is refused where the transaction does not hold the lock, or where
# somebody ends it (under the lock that is still its own); else that it was called renews the lease.
fenced() {
  open_transaction "$1" || return
  still_mine || {
    lost_lock
    return "$LOST_LOCK_CODE"
  }
  heartbeat
  tx_renew || :
}

lost_lock() {
  print_holder "$STATE_DIR/lock"
  [ ! -e "$STATE_DIR/transactions/$TX/ending" ] || echo "transaction $TX was ended, or is being ended, by the host" >&2
  tx_holds "$TX" || echo "transaction $TX does not hold the lock of $PROJECT_DIR" >&2
}

# keeping_lock COMMAND… : one verb may take longer than a lease, and its client is not heard of meanwhile.
keeping_lock() {
  start_keeper $$ tx_renew
  "$@"
  keeping_code=$?
  end_keeper
  return "$keeping_code"
}

# start_keeper PID COMMAND : as long as that process lives and COMMAND renews what it holds. LOCK_KEEPER is who does it.
# Whoever reads what the other process prints must not wait for this one.
start_keeper() {
  (while kill -0 "$1" && "$2"; do sleep 5; done) </dev/null >/dev/null 2>&1 &
  LOCK_KEEPER=$!
}

# end_keeper : before what it keeps is given back: a renewal that came after that would take it again for a lease. Some shells
# print how it ended.
end_keeper() {
  kill "$LOCK_KEEPER"
  wait "$LOCK_KEEPER"
} 2>/dev/null
