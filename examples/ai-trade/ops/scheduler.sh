#!/bin/sh
# Runs the closed loop again and again, beginning at once (or after AI_TRADE_SCHEDULER_DELAY_SECONDS).
# Started by docker-compose.prod.yml in a docker CLI image, with the project directory at its own path.
set -u

project_dir=${AI_TRADE_PROJECT_DIR:?}
env_file=${AI_TRADE_ENV_FILE:-.env.runtime}
action=${AI_TRADE_SCHEDULER_ACTION:-assess}
interval_seconds=$((${AI_TRADE_SCHEDULER_INTERVAL_HOURS:-24} * 3600))
delay_seconds=${AI_TRADE_SCHEDULER_DELAY_SECONDS:-0}

case $env_file in
  /*) ;;
  *) env_file=$project_dir/$env_file ;;
esac

say() { printf '%s [Scheduler] %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

child=
# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  say "stopping"
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null
    wait "$child"
  fi
  exit 0
}
trap stop TERM INT

# In the background, so that a signal is answered at once and not when the command has ended.
attend() {
  "$@" &
  child=$!
  wait "$child"
  attended_code=$?
  child=
  return "$attended_code"
}

say "closed loop $action every ${interval_seconds}s, first run in ${delay_seconds}s"
attend sleep "$delay_seconds"
while :; do
  say "closed loop $action started"
  if attend sh "$project_dir/tools/closed_loop_runner.sh" "$action" \
    --compose-file "$project_dir/docker-compose.prod.yml" --env-file "$env_file"; then
    say "closed loop $action ended: exit 0"
  else
    say "closed loop $action ended: exit $?"
  fi
  attend sleep "$interval_seconds"
done
