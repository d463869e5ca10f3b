# What makes the boundary safe to cross: disk for a rollback, the boot trigger, the guard. Set up before it, and
# put away by whoever ends the transaction.

# Bytes kept free for a rollback on a disk that fills up meanwhile.
RESERVE_BYTES=1048576

# arm : before the boundary; `armed` says whether it worked out. Facts `refused no_space` where the disk is full; `refused
# no_boot_trigger REASON` where the plan demands one, else a `warning`.
arm() {
  # Real bytes, which no file system can store as a hole or squeeze.
  {
    head -c "$RESERVE_BYTES" /dev/urandom >"$TX_DIR/reserve" && durable "$TX_DIR/reserve" &&
      [ "$(wc -c <"$TX_DIR/reserve")" -eq "$RESERVE_BYTES" ]
  } 2>/dev/null || {
    rm -f "$TX_DIR/reserve"
    fact refused no_space "$(free_kibibytes)"
    return 1
  }
  set_boot_trigger || {
    [ "$(plan_values on_no_boot_trigger)" != refuse ] || {
      fact refused no_boot_trigger "$TRIGGER_LACKS"
      return 1
    }
    fact warning no-boot-trigger "$TRIGGER_LACKS"
  }
  heartbeat
  # No child of this shell, which waits for all of its own.
  (launch guard guard "$JOB" </dev/null)
}

free_kibibytes() {
  bounded 2 df -Pk "$TX_DIR" 2>/dev/null | awk 'NR == 2 { free = $4 } END { print free + 0 }'
}

# armed : whether the guard is at its post.
armed() {
  armed_left=50
  until [ -s "$TX_DIR/jobs/guard/facts" ] || [ "$armed_left" -le 0 ]; do
    armed_left=$((armed_left - 1))
    pause
  done
  [ -s "$TX_DIR/jobs/guard/facts" ] && job_alive "$TX_DIR/jobs/guard" && return
  echo "the guard of this transaction did not start on this host: nothing was changed" >&2
  read_all "$TX_DIR/jobs/guard/out" >&2
  return 1
}

# recovery_on_disk : what is read after a power cut by whoever ends the transaction then.
recovery_on_disk() {
  set --
  for disk_file in "$TX_DIR"/plan "$TX_DIR"/program "$TX_DIR"/lease "$TX_DIR"/earlier "$TX_DIR"/environment "$TX_DIR"/*-* \
    "$TX_DIR"/snapshot/* "$TX_DIR"/snapshot/files/* "$STATE_DIR"/bin/* "$STATE_DIR"/bin "$UNIT_DIR/$(trigger_unit)"; do
    [ ! -e "$disk_file" ] || set -- "$@" "$disk_file"
  done
  durable "$@"
}

# disarm : at the end, or where the boundary was not crossed. A guard that ended the transaction has still to tell it.
disarm() {
  rm -f "$TX_DIR/reserve"
  remove_boot_trigger
  release_lock_file
  [ "${JOB-}" = guard ] || [ -e "$TX_DIR/guard-ended-it" ] || end_jobs 50 "$TX_DIR/jobs/guard"
}

# stand_down_at_end : by whoever may have ended it.
stand_down_at_end() {
  ! is_over "$(state)" || disarm
}

# keep_environment : for the same Docker after a restart of the host, where no login says which; as lines `NAME<TAB>VALUE`.
keep_environment() {
  for environment_name in $ENVIRONMENT_NAMES; do
    # A name of the list above, and never a value, is read as shell.
    eval "environment_value=\${$environment_name-}"
    [ -z "$environment_value" ] || printf '%s\t%s\n' "$environment_name" "$environment_value"
  done
  return 0
}

# use_environment : that of the transaction that is open, as data.
use_environment() {
  [ -f "$TX_DIR/environment" ] || return 0
  # A person may have another Docker in mind than the deployment had.
  # shellcheck disable=SC2086 # one word per name
  unset $KEPT_VARIABLES
  while IFS=$TAB read -r environment_name environment_value; do
    case " $ENVIRONMENT_NAMES " in *" $environment_name "*) export "$environment_name=$environment_value" ;; esac
  done <"$TX_DIR/environment"
}
