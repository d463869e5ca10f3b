# Preflight, detachment: whether what a login leaves running on this host lives on after that login. Where the host
# ends it (systemd-logind with KillUserProcesses, for one), no job and no guard outlives the connection.

# Longer than all checks may take; then it ends by itself.
LEFT_SECONDS=90
# How long a login that was closed may take to end, in fifths of a second. One that goes on then is a server's that lives on.
LOGIN_ENDS=25

start_time() {
  read_start "$1"
  printf '%s\n' "$START_TIME"
}

# verb_probe_start : asked in a login of its own: leaves a process behind, as jobs are left behind. Fact
# `left PID STARTED LOGIN_PID LOGIN_STARTED`.
verb_probe_start() {
  setsid sleep "$LEFT_SECONDS" </dev/null >/dev/null 2>&1 &
  pause
  probe_started=$(start_time "$!")
  [ -n "$probe_started" ] || {
    echo "no process can be detached on this host: setsid does not work" >&2
    return 1
  }
  fact left "$!" "$probe_started" "$PPID" "$(start_time "$PPID")"
}

# verb_probe_check PID STARTED LOGIN_PID LOGIN_STARTED SECONDS : asked in another login, once that one was closed, so long ago
# that SECONDS are left of the one for which what it left must live on; where the login has not ended yet, that counts from
# its end. Fact `survived yes` or `survived no`; ends what was left.
verb_probe_check() {
  probe_seconds=$5
  probe_left=$LOGIN_ENDS
  while [ -n "$4" ] && [ "$(start_time "$3")" = "$4" ] && [ "$probe_left" -gt 0 ]; do
    probe_seconds=1
    pause
    probe_left=$((probe_left - 1))
  done
  sleep "$probe_seconds" 2>/dev/null || sleep 1
  probe_survived=no
  [ "$(start_time "$1")" != "$2" ] || { kill "$1" && probe_survived=yes; }
  fact survived "$probe_survived"
}
