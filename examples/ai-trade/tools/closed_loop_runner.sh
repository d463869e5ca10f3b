#!/bin/sh
# Runs the closed loop of the ai-trade stack and leaves its reports behind.
#
# Exit code: 0 PASS or PASS_WITH_ACTIONS; 1 FAIL, or a tool failed; 2 usage error or a missing file; 75 nothing was
# done, because somebody else worked on the project for half an hour.
# A run that FAILs stops before the latest_* files, which then still hold the run before it.
set -eu

usage() {
  cat <<'USAGE'
usage: closed_loop_runner.sh <train|assess|full> [options]
  --compose-file PATH        default: docker-compose.prod.yml of the project directory
  --env-file PATH            default: .env.runtime of the project directory
  --output-root DIRECTORY    default: data/reports/closed_loop of the project directory
  --stage S3|S5              default: S3
  --since DURATION           how much of the log is judged; default: 30m
  --min-runtime-status N     default: 10 for S3, 50 for S5

Where the project is deployed by the closed-loop gate, this waits up to 1800 s until no deployment is at work;
exit code 75 when it never was its turn.
USAGE
}

info() { printf '[INFO] %s\n' "$*"; }
error() { printf '[ERROR] %s\n' "$*" >&2; }
refuse() {
  error "$*"
  exit 2
}

project_dir=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
compose_file=$project_dir/docker-compose.prod.yml
env_file=$project_dir/.env.runtime
output_root=$project_dir/data/reports/closed_loop
stage=S3
since=30m
# Empty: the stage's own.
min_runtime_status=

if [ $# -eq 0 ]; then
  usage >&2
  exit 2
fi
action=$1
shift
case $action in
  assess) ;;
  train | full) refuse "'$action' is not part of this version of the runner: it can only assess" ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    refuse "unknown action '$action'"
    ;;
esac

while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || refuse "option '$1' is unknown or has no value"
  case $1 in
    --compose-file) compose_file=$2 ;;
    --env-file) env_file=$2 ;;
    --output-root) output_root=$2 ;;
    --stage) stage=$2 ;;
    --since) since=$2 ;;
    --min-runtime-status) min_runtime_status=$2 ;;
    *) refuse "unknown option '$1'" ;;
  esac
  shift 2
done

case $stage in
  S3 | S5) ;;
  *) refuse "--stage must be S3 or S5, not '$stage'" ;;
esac
case $min_runtime_status in
  *[!0-9]*) refuse "--min-runtime-status must be a whole number, not '$min_runtime_status'" ;;
esac
case $output_root in
  /*) ;;
  *) output_root=$project_dir/$output_root ;;
esac
[ -f "$compose_file" ] || refuse "compose file not found: $compose_file"
[ -f "$env_file" ] || refuse "env file not found: $env_file"
command -v docker >/dev/null 2>&1 || refuse "docker not found on PATH"

compose() { docker compose -f "$compose_file" --env-file "$env_file" "$@"; }

# Under the project's lock, unless a deployment (or whoever else holds it) called this: it would judge a release that
# is being replaced.
host_program=$project_dir/.closed-loop/host.sh
if [ -z "${CLOSED_LOOP_LOCK_TOKEN-}" ] && [ -f "$host_program" ]; then
  exec sh "$host_program" with-lock --wait 1800 sh "$0" "$action" --compose-file "$compose_file" --env-file "$env_file" \
    --output-root "$output_root" --stage "$stage" --since "$since" --min-runtime-status "$min_runtime_status"
fi

# A run directory of our own: two runs that start within the same second must not share one.
mkdir -p "$output_root"
while run_id=$(date -u +%Y%m%dT%H%M%SZ) && ! mkdir "$output_root/$run_id" 2>/dev/null; do
  [ -d "$output_root/$run_id" ] || {
    error "cannot create $output_root/$run_id"
    exit 1
  }
  sleep 1
done
run_dir=$output_root/$run_id
info "closed loop $action started: $run_dir"

# Named, because a `compose run` that is killed leaves its container behind.
judge_container=ai-trade-research-$run_id
judge=
# shellcheck disable=SC2317,SC2329 # called by the trap
abandon() {
  trap '' TERM INT HUP
  if [ -n "$judge" ]; then
    # Again and again, because it may not be created yet. Once it is gone, the `compose run` ends too.
    while :; do
      docker rm -f "$judge_container" || :
      sleep 1
    done >/dev/null 2>&1 &
    remover=$!
    wait "$judge" || :
    kill "$remover"
  fi
  error "closed loop $action interrupted: $run_dir"
  exit 1
}
trap abandon TERM INT HUP

compose logs --no-color --no-log-prefix --since "$since" ai-trade >"$run_dir/runtime.log" || {
  error "cannot read the log of ai-trade"
  exit 1
}

# In the background, so that the trap runs when the signal comes and not when the container has ended.
compose run --rm --no-deps -T --name "$judge_container" --user "$(id -u):$(id -g)" \
  --volume "$run_dir:$run_dir" ai-trade-research \
  node /app/research.cjs assess --run-dir "$run_dir" \
  --stage "$stage" --min-runtime-status "$min_runtime_status" </dev/null &
judge=$!
judge_code=0
wait "$judge" || judge_code=$?
case $judge_code in
  0) ;;
  3)
    error "closed loop $action verdict is FAIL: $run_dir/runtime_assess.json"
    exit 1
    ;;
  *)
    error "the research image could not judge the run: exit $judge_code"
    exit 1
    ;;
esac

# By rename, so that nobody reads half a file.
publish() {
  cp "$1" "$2.$run_id.new"
  mv -f "$2.$run_id.new" "$2"
}
publish "$run_dir/runtime_assess.json" "$output_root/latest_runtime_assess.json"
publish "$run_dir/closed_loop_report.json" "$output_root/latest_closed_loop_report.json"
publish "$run_dir/run_meta.json" "$output_root/latest_run_meta.json"
printf '%s\n' "$run_id" >"$run_dir/run_id"
publish "$run_dir/run_id" "$output_root/latest_run_id"
ln -sfn "$run_id" "$output_root/latest"

info "closed loop $action finished: $run_dir"
