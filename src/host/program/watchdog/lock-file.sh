# The lock file of the host's own loop: its scheduler, cron and other workflows exclude each other by `flock` on it. A job of
# its own (hold_lock_file) has it from before the snapshot to the end of the transaction, whatever becomes of the client.
#
# It is open as descriptor 9. A process that inherits that keeps the file locked: only `flock` does, and what takes a moment.

# How long what ends a transaction waits for the file, where the job that held it was killed and somebody else has it since.
LOCK_FILE_SECONDS=600
# Longer than anybody waits.
LOCK_FILE_DAY=86400

# lock_file_trouble : why the lock file of the plan cannot be opened; nothing where it can.
lock_file_trouble() {
  trouble_dir=$(dirname "$LOCK_FILE")
  if [ ! -e "$LOCK_FILE" ]; then
    if [ ! -d "$trouble_dir" ]; then
      echo "the directory $trouble_dir does not exist"
    elif [ ! -w "$trouble_dir" ]; then
      echo "it does not exist, and user $(id -un) may not create it"
    fi
  elif [ ! -f "$LOCK_FILE" ] && [ ! -d "$LOCK_FILE" ]; then
    echo "it is neither a file nor a directory"
  elif [ ! -r "$LOCK_FILE" ] && [ ! -w "$LOCK_FILE" ]; then
    echo "user $(id -un) may not read it"
  fi
}

# job_hold_lock_file SECONDS : waits so long for it. Facts `waiting PID CONTAINER COMMAND`, whoever has it then, and `holding`.
# BUSY_CODE where it never was its turn.
job_hold_lock_file() {
  hold_end=$(seconds_from_now "$1")
  while :; do
    take_lock_file || return
    fact holding
    while lock_file_needed && same_lock_file; do sleep 1 9<&-; done
    lock_file_needed || return 0
    # Whoever comes now locks another file than this one.
    hold_end=$(seconds_from_now "$LOCK_FILE_DAY")
    journal "somebody removed or replaced the lock file $LOCK_FILE: the new one is taken"
    fact replaced
  done
}

take_lock_file() {
  while open_lock_file || return 1; do
    take_said=$(flock -n 9 2>&1) || {
      [ -z "$take_said" ] || {
        printf '%s\n' "$take_said" >&2
        return 1
      }
      await_lock_file || return
    }
    # It may have been replaced before it was locked.
    ! same_lock_file || return 0
    sleep 1 9<&-
  done
}

# open_lock_file : as `flock` itself does: it need not be writable, and where it is missing it is created, for everybody to read.
open_lock_file() {
  open_trouble=$(lock_file_trouble)
  [ -z "$open_trouble" ] || {
    echo "the lock file $LOCK_FILE cannot be opened: $open_trouble" >&2
    return 1
  }
  [ -e "$LOCK_FILE" ] || (umask 022 && : >>"$LOCK_FILE")
  if [ -r "$LOCK_FILE" ]; then exec 9<"$LOCK_FILE"; else exec 9>>"$LOCK_FILE"; fi
}

# await_lock_file : in the queue of the kernel, where nobody who comes later is first.
await_lock_file() {
  timeout "$LOCK_FILE_DAY" flock 9 &
  await_flock=$!
  await_looks=0
  await_holder=nobody
  while read_start "$await_flock" && [ -n "$START_TIME" ]; do
    [ $((await_looks % 5)) != 0 ] || tell_lock_file_holder
    await_looks=$((await_looks + 1))
    if is_past "$hold_end" || ! lock_file_needed; then
      kill "$await_flock"
      return "$BUSY_CODE"
    fi
    sleep 1 9<&-
  done
  wait "$await_flock"
}

# same_lock_file : whether the file that is open is still the one of that name.
same_lock_file() {
  # shellcheck disable=SC2046 # two words
  set -- $(stat -L -c %d:%i "$LOCK_FILE" /proc/self/fd/9 2>/dev/null)
  [ "${1-}" = "${2-none}" ]
}

# lock_file_needed : to the end of the transaction; before the boundary, as long as it has the project. Not by what is left of
# a job that was killed.
lock_file_needed() {
  kill -0 "$$" 2>/dev/null || return
  needed_state=$(first_line "$TX_DIR/state")
  if is_over "$needed_state"; then
    ending_at_work
  elif is_before_boundary "$needed_state"; then
    tx_holds "$TX"
  else
    [ -d "$TX_DIR" ]
  fi
}

# tell_lock_file_holder : the fact `waiting …`, where another process has it than a while ago. By the open files of processes,
# because the one that the kernel names may be a `flock` that has ended; those of other users are closed to most.
tell_lock_file_holder() {
  teller_key=$(lock_file_key)
  teller_pids=$(awk -v key="$teller_key" '$2 == "FLOCK" && $6 == key { print $5 }' /proc/locks)
  [ "$teller_pids" != "$await_holder" ] || return 0
  await_holder=$teller_pids
  teller_pid=$(bounded 5 grep -rls "^lock:.*FLOCK.* $teller_key " /proc/[0-9]*/fdinfo 9<&- | cut -d / -f 3 | sort -n | head -n 1)
  for teller_other in $teller_pids; do
    [ -n "$teller_pid" ] || [ ! -d "/proc/$teller_other" ] || teller_pid=$teller_other
  done
  teller_container=$(grep -oE '[0-9a-f]{64}' "/proc/$teller_pid/cgroup" 2>/dev/null | head -n 1)
  [ -z "$teller_container" ] ||
    teller_container=$(docker_read container inspect --format '{{.Name}}' "$teller_container" 9<&- 2>/dev/null)
  fact waiting "$teller_pid" "${teller_container#/}" \
    "$({ tr '\000\t\n' '   ' <"/proc/$teller_pid/cmdline"; } 2>/dev/null | redact | cut -c 1-300)"
}

# lock_file_key : the open file as the kernel names it in /proc/locks, by the device of its mount: what `stat` says of some file
# systems is another one.
lock_file_key() {
  awk -v inode="$(stat -L -c %i /proc/self/fd/9)" '
    FILENAME ~ /fdinfo/ {
      if ($1 == "mnt_id:") mount = $2
      if ($1 == "ino:") inode = $2
      next
    }
    $1 == mount {
      split($3, device, ":")
      printf "%02x:%02x:%s\n", device[1], device[2], inode
    }' /proc/self/fdinfo/9 /proc/self/mountinfo
}

# lock_file_held : whether a job that lives has it.
lock_file_held() {
  for held_mark in "$TX_DIR"/jobs/*/is-hold_lock_file; do
    [ "$(tail -n 1 "${held_mark%/*}/facts" 2>/dev/null)" != "fact${TAB}holding" ] || ! job_alive "${held_mark%/*}" || return 0
  done
  return 1
}

# keep_lock_file : has another job hold it, where the one that did was killed. What ended by its own word would do so again.
keep_lock_file() {
  [ -n "$LOCK_FILE" ] && ! job_of_kind hold_lock_file || return 0
  keep_number=1
  while [ -d "$TX_DIR/jobs/lock-file-$keep_number" ]; do keep_number=$((keep_number + 1)); done
  keep_code=$(read_all "$TX_DIR/jobs/lock-file-$((keep_number - 1))/exit")
  # One that saw the end has let go of it; where somebody tries again, it is taken again.
  [ "${keep_code:-137}" = 0 ] || [ "${keep_code:-137}" -ge 128 ] || return 0
  journal "the job that held the lock file $LOCK_FILE was killed: another one takes it"
  launch "lock-file-$keep_number" hold_lock_file "$LOCK_FILE_DAY" </dev/null
}

# own_lock_file : for what ends the transaction, which goes on without it in the end.
own_lock_file() {
  [ -n "$LOCK_FILE" ] && is_past_boundary "$(state)" || return 0
  own_left=$LOCK_FILE_SECONDS
  until lock_file_held; do
    keep_lock_file
    if [ "$own_left" -le 0 ] || ! job_of_kind hold_lock_file; then
      journal "goes on without the lock file $LOCK_FILE"
      return 0
    fi
    [ "$own_left" != "$((LOCK_FILE_SECONDS - 5))" ] ||
      echo "waiting up to $LOCK_FILE_SECONDS s for the lock file $LOCK_FILE, which another process holds" >&2
    own_left=$((own_left - 1))
    sleep 1
  done
}

# release_lock_file : at the end of the transaction, by whoever brought it there.
release_lock_file() {
  set --
  for release_mark in "$TX_DIR"/jobs/*/is-hold_lock_file; do
    [ ! -e "$release_mark" ] || set -- "$@" "${release_mark%/*}"
  done
  [ $# = 0 ] || end_jobs 50 "$@"
}
