# Preflight, detachment: whether what a login leaves running on this host lives on after that login. Where the host
# ends it (systemd-logind with KillUserProcesses, for one), no job and no guard outlives the connection.

# Longer than all checks may take; then it ends by itself.
LEFT_SECONDS=90
# A login that is being ended, in fifths of a second.
LOGIN_ENDS=75

# verb_leave : asked in a login of its own: leaves a process behind, as jobs are left behind. Fact
# `left PID STARTED LOGIN_PID LOGIN_STARTED`.
verb_leave() {
  setsid sleep "$LEFT_SECONDS" </dev/null >/dev/null 2>&1 8>&- 9<&- &
  fact left "$!" "$(start_time "$!")" "$PPID" "$(start_time "$PPID")"
}

# verb_outlives PID STARTED LOGIN_PID LOGIN_STARTED SECONDS : asked in another login, once that one was closed: whether
# what it left still lives so long after it, and ends it. Fact `outlives yes` or `outlives no`.
verb_outlives() {
  outlives_left=$LOGIN_ENDS
  while [ -n "$4" ] && [ "$(start_time "$3")" = "$4" ]; do
    [ "$outlives_left" -gt 0 ] || {
      echo "a login that was closed did not end on this host, so what becomes of a process it left is not known" >&2
      return 1
    }
    outlives_left=$((outlives_left - 1))
    pause
  done
  sleep "$5" 2>/dev/null || sleep 1
  # One that had no start was dead at once.
  if [ "$(start_time "$1")" != "${2:-none}" ]; then
    fact outlives no
  else
    kill "$1"
    fact outlives yes
  fi
}
