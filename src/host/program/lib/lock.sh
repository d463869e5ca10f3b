# The lock: one deployment, command or person at a time works on a project.
#
# lock/<n> is one holder, counted up; the highest is the holder of now. It is made whole beside it and put there by
# a hard link, which fails where somebody else was first, and it never changes: nothing is ever taken away from
# under a holder, and who was superseded can see it. lock/<n>.renewed says when holder n was last heard of: it is made
# with the lock and written over from then on, because the disk may be full when it is to be renewed.
# lock/<n>.released says that it is done.
#
# A holder's lines `KEY<TAB>VALUE`: token (a deployment's is its transaction id), kind (deployment, command or
# hold), lease (seconds without renewal after which it is over; 0: none), renewed, and for people by, where,
# attempt, since.

# boot_clock : sets BOOT_CLOCK, `BOOT SECONDS`. A holder of another boot is gone; and a wall clock that is set must not
# end, or lengthen, a lease.
boot_clock() {
  read -r clock_boot </proc/sys/kernel/random/boot_id
  read -r clock_uptime _ </proc/uptime
  BOOT_CLOCK="$clock_boot ${clock_uptime%%.*}"
}

# same_boot CLOCK : whether an earlier BOOT_CLOCK is of the boot that is now. Where uptime ran backwards another one has
# begun, though its ID may be the same (a container that is a host, a machine that was put back). Sets BOOT_CLOCK.
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

# lock_read FILE KEY : sets LOCK_VALUE; lock_value prints it. What every verb looks at is read without a process.
lock_read() {
  LOCK_VALUE=
  while IFS=$TAB read -r value_key value_rest; do
    [ "$value_key" != "$2" ] || LOCK_VALUE=$value_rest
  done 2>/dev/null <"$1"
}

lock_value() {
  lock_read "$@"
  [ -z "$LOCK_VALUE" ] || printf '%s\n' "$LOCK_VALUE"
}

# lock_over DIR : whether the newest holder is done, or has not been heard of for its lease. A file that a power
# cut left damaged is of another boot.
lock_over() {
  lock_top "$1"
  [ "$LOCK_TOP" -gt 0 ] || return 0
  [ ! -e "$1/$LOCK_TOP.released" ] || return 0
  lock_read "$1/$LOCK_TOP" lease
  over_lease=$LOCK_VALUE
  [ "$over_lease" != 0 ] || return 1
  lock_renewed "$1/$LOCK_TOP" || {
    lock_read "$1/$LOCK_TOP" renewed
    LOCK_RENEWED=$LOCK_VALUE
  }
  same_boot "$LOCK_RENEWED" && count "$over_lease" || return 0
  [ $((${BOOT_CLOCK#* } - ${LOCK_RENEWED#* })) -gt "$over_lease" ]
}

# lock_renewed HOLDER_FILE : sets LOCK_RENEWED to when that holder was last heard of; fails where it never was. The file
# says it twice: where the two differ it was read while it was written, and is read again. Older programs wrote it once,
# into a file of its own.
lock_renewed() {
  for _ in 1 2 3 4 5; do
    LOCK_RENEWED='' renewed_again=''
    {
      IFS=' ' read -r LOCK_RENEWED || return 1
      IFS=' ' read -r renewed_again || return 0
    } 2>/dev/null <"$1.renewed" || return 1
    [ "$LOCK_RENEWED" != "$renewed_again" ] || return 0
    pause
  done
  return 1
}

# renewal CLOCK : what stands in such a file, of the same length always.
renewal() {
  printf '%-63s\n%-63s\n' "$1" "$1"
}

# lock_claim DIR NUMBER TOKEN LINES : becomes holder NUMBER, unless somebody else was first. UNWRITABLE_CODE: cannot write;
# LOCK_CAUSE says why.
lock_claim() {
  claim_file=$1/new.$3
  # The directory of all projects is everybody's; who holds the lock is no secret there.
  boot_clock
  LOCK_CAUSE=$({ printf 'token\t%s\nrenewed\t%s\n%s\n' "$3" "$BOOT_CLOCK" "$4" >"$claim_file" && chmod 644 "$claim_file"; } 2>&1) || {
    rm -f "$claim_file"
    return "$UNWRITABLE_CODE"
  }
  claim_code=0
  ln "$claim_file" "$1/$2" 2>/dev/null || claim_code=1
  rm -f "$claim_file"
  lock_top "$1"
  [ "$claim_code" = 0 ] || {
    # Nobody was first where a link cannot be made at all.
    [ "$LOCK_TOP" -ge "$2" ] || return "$UNWRITABLE_CODE"
    return 1
  }
  # A number below the newest can be free again, because old ones are cleared away: it is no lock.
  [ "$LOCK_TOP" = "$2" ] || {
    rm -f "$1/$2"
    return 1
  }
  # What lies there is of nobody who has the lock. A lock that could not be renewed is none.
  rm -f "$1/$2.renewed" 2>/dev/null
  LOCK_CAUSE=$(put_new "$1/$2.renewed" "$(renewal "$BOOT_CLOCK")$NEWLINE" 2>&1) || written_over "$1/$2.renewed" "$BOOT_CLOCK" 2>/dev/null || {
    rm -f "$1/$2"
    return "$UNWRITABLE_CODE"
  }
  for claim_old in "$1"/*; do
    claim_number=${claim_old##*/}
    claim_number=${claim_number%%.*}
    count "$claim_number" || continue
    [ "$claim_number" -ge "$2" ] || rm -f "$claim_old" 2>/dev/null
  done
}

# lock_holds DIR TOKEN : whether TOKEN holds it now.
lock_holds() {
  ! lock_over "$1" && lock_read "$1/$LOCK_TOP" token && [ "$LOCK_VALUE" = "$2" ]
}

# lock_renew DIR NUMBER : by who held that number a moment ago; should it have been superseded since, nobody reads it.
# One verb follows the other: what was renewed a moment ago is not written again.
lock_renew() {
  boot_clock
  if lock_renewed "$1/$2" && same_boot "$LOCK_RENEWED"; then
    [ $((${BOOT_CLOCK#* } - ${LOCK_RENEWED#* })) -gt "$RENEWED_SECONDS" ] || return 0
  fi
  # An older program made none before it was renewed; of two shells of one transaction the other may make it just now.
  [ -e "$1/$2.renewed" ] || ! put_new "$1/$2.renewed" "$(renewal "$BOOT_CLOCK")$NEWLINE" 2>/dev/null || return 0
  written_over "$1/$2.renewed" "$BOOT_CLOCK"
}

# written_over FILE CLOCK : our file that is there says so, which takes no room on a full disk. Everybody may write where
# a project's lock is: a link that somebody put in its place, of either kind, is not followed.
written_over() {
  [ -f "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] && {
    over_file=$(stat -L -c '%h %d:%i' /proc/self/fd/6) && [ "$over_file" = "1 $(stat -c %d:%i "$1")" ] && renewal "$2" >&6
  } 6<>"$1"
}

# For how long a renewal is a fresh one: far less than the shortest lease.
RENEWED_SECONDS=2

# lock_release DIR TOKEN : nothing where TOKEN was superseded. Where the disk has no room for a name, its lease is over
# by what is written over; a hold has none, and stays.
lock_release() {
  lock_top "$1"
  lock_read "$1/$LOCK_TOP" token
  [ "$LOCK_VALUE" != "$2" ] || [ -e "$1/$LOCK_TOP.released" ] || put_new "$1/$LOCK_TOP.released" '' 2>/dev/null || {
    written_over "$1/$LOCK_TOP.renewed" 'released 0'
  }
}

# put_new FILE TEXT : into a file that is new and that everybody can read. Everybody may write where a project's lock
# is, and a link that somebody put there would have us write where it points.
put_new() (
  set -C
  umask 022
  printf '%s' "$2" >"$1"
)

# lock_try DIR TOKEN LINES : one try. Asked again by the holder, it has it still.
lock_try() {
  if lock_over "$1"; then
    try_top=$LOCK_TOP
    lock_claim "$1" "$((LOCK_TOP + 1))" "$2" "$3" && return
    try_code=$?
    # Somebody else of the same transaction may have been first.
    ! lock_holds "$1" "$2" || return 0
    [ "$try_code" = "$UNWRITABLE_CODE" ] && [ "$LOCK_TOP" = "$try_top" ] && lock_take_back "$1" "$2" || return "$try_code"
  else
    lock_read "$1/$LOCK_TOP" token
    [ "$LOCK_VALUE" = "$2" ]
  fi
}

# lock_take_back DIR TOKEN : where nothing new can be written, who had it last, and nobody since, has it again by what is
# written over. Looked at again then: somebody may have come meanwhile.
lock_take_back() {
  lock_read "$1/$LOCK_TOP" token
  [ "$LOCK_VALUE" = "$2" ] || return 1
  rm -f "$1/$LOCK_TOP.released"
  boot_clock
  written_over "$1/$LOCK_TOP.renewed" "$BOOT_CLOCK" && lock_holds "$1" "$2"
} 2>/dev/null

# A deployment holds two: that of the real directory, and that of the project's name at this Docker, because one
# project can be deployed from two directories. Commands and people take the directory's alone.

# project_lock : the directory of the second one, where every user of this host can come.
project_lock() {
  project_docker=$(docker_read info --format '{{.ID}}') || return 1
  project_lock_dir=/var/tmp
  for project_part in closed-loop-locks "$(printf '%s' "$project_docker" | tr -c 'A-Za-z0-9' _)" "$PROJECT_NAME"; do
    project_lock_dir=$project_lock_dir/$project_part
    project_said=
    [ -d "$project_lock_dir" ] || project_said=$({ mkdir "$project_lock_dir" && chmod 1777 "$project_lock_dir"; } 2>&1)
    # A link that somebody else put there would have us write where it points.
    if [ ! -d "$project_lock_dir" ] || [ -h "$project_lock_dir" ]; then
      echo "the lock of project $PROJECT_NAME cannot be kept in $project_lock_dir: $project_said" >&2
      return 1
    fi
  done
  printf '%s\n' "$project_lock_dir"
}

# take_locks ID LEASE PROJECT_LOCK [ending] : both, for the deployment of the plan, or none. BUSY_CODE: somebody else has
# one; BUSY_LOCK is then its directory. UNWRITABLE_CODE, for what ends a transaction: it has that of the directory, and nobody has
# that of the name, but it cannot be written.
take_locks() {
  take_lines=$(
    printf 'kind\tdeployment\nlease\t%s\nproject_lock\t%s\nsince\t%s\n' "$2" "$3" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '%s\n' "$PLAN" | awk -F '\t' '$1 == "by" || $1 == "where" || $1 == "attempt" || $1 == "repository"'
    printf 'directory\t%s\n' "$PROJECT_DIR"
  )
  mkdir -p "$STATE_DIR/lock" || return 1
  for take_dir in "$STATE_DIR/lock" "$3"; do
    lock_try "$take_dir" "$1" "$take_lines" && continue
    take_code=$?
    BUSY_LOCK=$take_dir
    if [ "$take_code" = "$UNWRITABLE_CODE" ] && [ "$take_dir" = "$3" ] && [ -n "${4-}" ]; then return "$UNWRITABLE_CODE"; fi
    [ "$take_dir" = "$STATE_DIR/lock" ] || lock_release "$STATE_DIR/lock" "$1"
    [ "$take_code" = "$UNWRITABLE_CODE" ] || return "$BUSY_CODE"
    echo "the lock of project $PROJECT_NAME cannot be written in $take_dir: $LOCK_CAUSE ($(df -Pk "$take_dir" | awk 'NR == 2 { print $4 }') KiB are free there)" >&2
    return 1
  done
}

# tx_holds ID : whether a transaction holds both of its locks; LOCK_NUMBER is then its number of the directory's.
tx_holds() {
  lock_holds "$STATE_DIR/lock" "$1" || return 1
  LOCK_NUMBER=$LOCK_TOP
  lock_read "$STATE_DIR/lock/$LOCK_TOP" project_lock
  PROJECT_LOCK=$LOCK_VALUE
  PROJECT_LOCK_NUMBER=
  # Of a name whose lock cannot be written nobody else is the holder.
  ! { [ "$WITHOUT_NAME_LOCK" = "$1" ] && lock_over "$PROJECT_LOCK"; } || return 0
  lock_holds "$PROJECT_LOCK" "$1" || return 1
  PROJECT_LOCK_NUMBER=$LOCK_TOP
}

# The transaction that is ended in this process although the lock of its project's name cannot be written.
WITHOUT_NAME_LOCK=

# tx_renew : after tx_holds.
tx_renew() {
  lock_renew "$STATE_DIR/lock" "$LOCK_NUMBER" && { [ -z "$PROJECT_LOCK_NUMBER" ] || lock_renew "$PROJECT_LOCK" "$PROJECT_LOCK_NUMBER"; }
}

tx_release() {
  lock_top "$STATE_DIR/lock"
  lock_read "$STATE_DIR/lock/$LOCK_TOP" token
  [ "$LOCK_VALUE" = "$1" ] || return 0
  lock_read "$STATE_DIR/lock/$LOCK_TOP" project_lock
  lock_release "$LOCK_VALUE" "$1"
  lock_release "$STATE_DIR/lock" "$1"
}

# tx_retake : for what ends the transaction that is open. Its own lease may be over, but whoever took the lock
# since answers for the host now; a command that only uses what runs gives way.
tx_retake() {
  ! tx_holds "$TX" || return 0
  # dockerd may be restarting, and cannot be asked for its name.
  retake_project=$(read_all "$TX_DIR/project-lock")
  [ -d "$retake_project" ] || retake_project=$(project_lock) || retake_project=$(read_all "$TX_DIR/project-lock")
  if ! lock_over "$STATE_DIR/lock" && [ "$(lock_value "$STATE_DIR/lock/$LOCK_TOP" kind)" = command ]; then
    true >"$STATE_DIR/lock/$LOCK_TOP.released"
  fi
  take_locks "$TX" "$(first_line "$TX_DIR/lease")" "$retake_project" ending && return
  retake_code=$?
  [ "$retake_code" = "$UNWRITABLE_CODE" ] || return "$retake_code"
  WITHOUT_NAME_LOCK=$TX
}

# print_holder DIR : fact `holder KIND TOKEN BY WHERE SINCE ATTEMPT REPOSITORY DIRECTORY`; for a command, or a hold,
# WHERE is what it runs, or the reason. Typed by people, so redacted; but what kind it is we wrote ourselves.
print_holder() {
  lock_top "$1"
  holder_file=$1/$LOCK_TOP
  set -- "$(lock_value "$holder_file" kind)"
  for holder_key in token by where since attempt repository directory; do
    set -- "$@" "$(lock_value "$holder_file" "$holder_key" | redact)"
  done
  fact holder "$@"
}

# verb_acquire ID LEASE SECONDS : the plan comes on stdin. Waits up to SECONDS; fact `acquired NUMBER [waited]`, or
# `holder …` and BUSY_CODE.
verb_acquire() {
  use_plan "$(cat)"
  acquire_project=$(project_lock) || return 1
  acquire_left=$3
  acquire_waited=
  while :; do
    take_locks "$1" "$2" "$acquire_project"
    acquire_code=$?
    if [ "$acquire_code" != "$BUSY_CODE" ] || [ "$acquire_left" -le 0 ]; then break; fi
    # An empty line says nothing, but it ends this shell once nobody listens any more: it must not take the lock then.
    printf '\n' || return
    acquire_left=$((acquire_left - 1))
    acquire_waited=yes
    sleep 1
  done
  case $acquire_code in
  0)
    lock_top "$STATE_DIR/lock"
    fact acquired "$LOCK_TOP" ${acquire_waited:+waited}
    ;;
  "$BUSY_CODE") print_holder "$BUSY_LOCK" ;;
  esac
  return "$acquire_code"
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
  # What cannot be renewed is held still, until its lease is over.
  tx_renew || :
}

lost_lock() {
  print_holder "$STATE_DIR/lock"
  [ ! -e "$STATE_DIR/transactions/$TX/ending" ] || echo "transaction $TX was ended, or is being ended, by the host" >&2
  tx_holds "$TX" || echo "transaction $TX does not hold the lock of $PROJECT_DIR" >&2
}

# keeping_lock COMMAND… : one verb may take longer than a lease, and its client is not heard of meanwhile.
keeping_lock() {
  lock_by_itself
  "$@"
  keeping_code=$?
  kill "$LOCK_KEEPER" 2>/dev/null
  # The next verb of this shell renews under the same name.
  wait "$LOCK_KEEPER" 2>/dev/null
  return "$keeping_code"
}

# lock_by_itself : for work that must not lose the lock, whether or not a client is heard of meanwhile.
lock_by_itself() {
  itself_sleep=
  (
    trap 'kill "$itself_sleep" 2>/dev/null; exit' TERM
    # A disk that is full for a moment ends no keeping.
    while kill -0 $$ 2>/dev/null && tx_holds "$TX"; do
      tx_renew
      sleep 5 &
      itself_sleep=$!
      wait "$itself_sleep"
    done
  ) >/dev/null 2>&1 &
  LOCK_KEEPER=$!
}

# holder_words : who holds the directory's lock (set by lock_over or lock_top), for a person.
holder_words() {
  words_file=$STATE_DIR/lock/$LOCK_TOP
  case $(lock_value "$words_file" kind) in
  deployment) printf 'deployment %s (%s, attempt %s, by %s)' "$(lock_value "$words_file" token)" "$(lock_value "$words_file" where)" "$(lock_value "$words_file" attempt)" "$(lock_value "$words_file" by)" ;;
  hold) printf 'a hold of %s: %s' "$(lock_value "$words_file" by)" "$(lock_value "$words_file" where)" ;;
  *) printf 'the command "%s" of %s' "$(lock_value "$words_file" where)" "$(lock_value "$words_file" by)" ;;
  esac
  printf ', since %s' "$(lock_value "$words_file" since)"
}
