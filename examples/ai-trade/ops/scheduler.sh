#!/bin/sh
# Runs the closed loop (`full`: train and assess) again and again, the first time after AI_TRADE_SCHEDULER_DELAY_SECONDS.
# Started by docker-compose.prod.yml in a docker CLI image, with the project directory at its own path.
# What goes wrong in a run is logged; the next one comes all the same.
set -u

project_dir=${AI_TRADE_PROJECT_DIR:?}
env_file=${AI_TRADE_ENV_FILE:-.env.runtime}
interval_seconds=${AI_TRADE_SCHEDULER_INTERVAL_SECONDS:-86400}
delay_seconds=${AI_TRADE_SCHEDULER_DELAY_SECONDS:-900}
# Whoever was busy for half an hour is likely to be done soon.
busy_seconds=600
[ "$busy_seconds" -lt "$interval_seconds" ] || busy_seconds=$interval_seconds

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
    # A process that is just beginning may lose a signal; the runner hears the first alone.
    { kill "$child"; sleep 1; kill "$child"; } >/dev/null 2>&1 &
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

runner=$project_dir/tools/closed_loop_runner.sh
[ -f "$runner" ] ||
  say "$runner is not there: AI_TRADE_PROJECT_DIR must be the absolute path of the project directory on the host"
say "closed loop full every ${interval_seconds}s, first run in ${delay_seconds}s"
attend sleep "$delay_seconds"
while :; do
  say "closed loop full started"
  attend sh "$runner" full --compose-file "$project_dir/docker-compose.prod.yml" --env-file "$env_file"
  code=$?
  say "closed loop full ended: exit $code"
  if [ "$code" = 75 ]; then
    say "somebody else worked on the project all the time: next try in ${busy_seconds}s"
    attend sleep "$busy_seconds"
  else
    attend sleep "$interval_seconds"
  fi
done
