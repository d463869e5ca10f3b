#!/bin/sh
# Runs the closed loop of the ai-trade stack and leaves its reports behind.
#
# Exit code: 0 PASS or PASS_WITH_ACTIONS; 1 FAIL, or a tool failed; 2 usage error or a missing file; 75 busy: nothing was
# done, because somebody else worked on the project for half an hour.
# A run that FAILs stops before the latest_* reports, which then still hold the run before it.
set -eu

usage() {
  cat <<'USAGE'
usage: closed_loop_runner.sh <train|assess|full> [options]
  train    fits a model to the market data, registers it, and makes it the active one where it has earned it
  assess   judges the log of the running trading service
  full     both

  --compose-file PATH        default: docker-compose.prod.yml of the project directory
  --env-file PATH            default: .env.runtime of the project directory
  --output-root DIRECTORY    default: data/reports/closed_loop of the project directory
  --stage NAME               S3, S5 or a name of your own; default: S3
  --since DURATION           how much of the log is judged; default: 30m
  --min-runtime-status N     default: 10 for S3, 50 for S5, else 0
  --run-id NAME              name of the run's directory; default: the time, as 20260214T151200Z
  --help                     this text

Reports: DIRECTORY/NAME/, and latest_* for the newest run that judged the service and did not FAIL.
Exit code: 0 PASS or PASS_WITH_ACTIONS; 1 FAIL, or a tool failed; 2 wrong call; 75 busy: somebody else worked on the
project for 1800 s, and nothing was done.
USAGE
}

info() { printf '[INFO] %s\n' "$*"; }
error() { printf '[ERROR] %s\n' "$*" >&2; }
refuse() {
  error "$*"
  exit 2
}

wait_seconds=1800
project_dir=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
compose_file=$project_dir/docker-compose.prod.yml
env_file=$project_dir/.env.runtime
output_root=$project_dir/data/reports/closed_loop
stage=S3
since=30m
# Empty: the stage's own.
min_runtime_status=
# Empty: the time.
run_id=

if [ $# -eq 0 ]; then
  usage >&2
  exit 2
fi
for word in "$@"; do
  case $word in
    -h | --help)
      usage
      exit 0
      ;;
  esac
done
action=$1
shift
case $action in
  train | assess | full) ;;
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
    --run-id)
      run_id=$2
      # It becomes a part of a container's name, too.
      case $run_id in
        '' | [!0-9A-Za-z]* | *[!0-9A-Za-z_.-]* | latest* | summary) refuse "--run-id cannot be '$run_id': letters, digits, dots, dashes and underscores, and neither latest… nor summary" ;;
      esac
      ;;
    *) refuse "unknown option '$1'" ;;
  esac
  shift 2
done

case $stage in
  '' | [!0-9A-Za-z]* | *[!0-9A-Za-z_.-]*) refuse "--stage cannot be '$stage': letters, digits, dots, dashes and underscores" ;;
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
[ -z "$run_id" ] || [ ! -e "$output_root/$run_id" ] || refuse "there is a run $run_id already: $output_root/$run_id"

# Under the project's lock, unless a deployment (or whoever else holds it) called this: it would judge a release that
# is being replaced.
host_program=$project_dir/.closed-loop/host.sh
if [ -n "${CLOSED_LOOP_LOCK_TOKEN-}" ]; then
  :
elif [ -f "$host_program" ]; then
  AI_TRADE_RUNNER_TOOK_LOCK=yes
  export AI_TRADE_RUNNER_TOOK_LOCK
  exec sh "$host_program" with-lock --wait "$wait_seconds" sh "$0" "$action" --compose-file "$compose_file" --env-file "$env_file" \
    --output-root "$output_root" --stage "$stage" --since "$since" --min-runtime-status "$min_runtime_status" \
    ${run_id:+--run-id "$run_id"}
elif command -v flock >/dev/null 2>&1; then
  # Before the first deployment there is nobody but cron, the scheduler and people. The lock ends with the last process
  # of this run, however that ends.
  exec 9<"$project_dir"
  until flock -n 9; do
    [ "$wait_seconds" -gt 0 ] || {
      error "busy, not run: another run is at work in $project_dir"
      exit 75
    }
    wait_seconds=$((wait_seconds - 1))
    sleep 1
  done
fi

# What the env file says is what was deployed: an image that the caller's shell exports would win over it.
compose() { env -u AI_TRADE_IMAGE -u AI_TRADE_RESEARCH_IMAGE docker compose -f "$compose_file" --env-file "$env_file" "$@"; }

# Reports and models belong to the account that owns the project directory, also when root calls this, as the scheduler
# does: else that account could not write its own reports any more.
owner=$(id -u):$(id -g)
[ "${owner%%:*}" != 0 ] || owner=$(stat -c %u:%g "$project_dir")

make_dir() (
  [ ! -d "$1" ] || exit 0
  make_dir "$(dirname "$1")" && { mkdir "$1" || [ -d "$1" ]; } && own "$1"
)
own() { [ "$owner" = "$(id -u):$(id -g)" ] || chown "$owner" "$1"; }

# Which image trains and judges: by its ID the acceptance knows that this image has the tools. Nothing where that cannot
# be told, because the image is not here yet or Docker does not say.
image=$(compose --profile '*' config 2>/dev/null | sed -n '/^  ai-trade-research:$/,/^  [^ ]/s/^    image: //p') || image=
image_id=
[ -z "$image" ] || image_id=$(docker image inspect --format '{{.ID}}' "$image" 2>/dev/null) || image_id=
case ${image_id#sha256:} in *[!0-9a-f]*) image_id= ;; esac

# A run directory of our own: two runs that start within the same second must not share one.
make_dir "$output_root"
[ "$action" = assess ] || make_dir "$project_dir/data/models"
while name=${run_id:-$(date -u +%Y%m%dT%H%M%SZ)} && ! mkdir "$output_root/$name" 2>/dev/null; do
  if [ -n "$run_id" ] || [ ! -d "$output_root/$name" ]; then
    error "cannot create $output_root/$name"
    exit 1
  fi
  sleep 1
done
run_id=$name
run_dir=$output_root/$run_id
own "$run_dir"
# By this a run is known: to the summaries, and to the retention, which removes nothing else.
printf '{"run_id":"%s","action":"%s","stage":"%s","started_at_utc":"%s"%s}\n' \
  "$run_id" "$action" "$stage" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  "${image_id:+,\"research_image_id\":\"$image_id\"}" >"$run_dir/run.json"
# Of which commit a release is: a deployment says it. It goes into JSON, so nothing else than a commit does.
commit=${CLOSED_LOOP_GIT_COMMIT-}
case $commit in *[!0-9a-f]*) commit= ;; esac
printf '{"run_id":"%s","action":"%s","stage":"%s","git":{"commit":"%s"}}\n' \
  "$run_id" "$action" "$stage" "$commit" >"$run_dir/run_manifest.json"
info "closed loop $action started: $run_dir"

# Named, because a `compose run` that is killed leaves its container behind; one that has ended since goes now.
research_container=ai-trade-research-$run_id
left=$(docker ps --all --quiet --filter name='^/ai-trade-research-' --filter status=exited --filter status=dead) || left=
# shellcheck disable=SC2086 # several words
[ -z "$left" ] || docker rm --volumes $left >/dev/null 2>&1 || :
research=
# shellcheck disable=SC2317,SC2329 # called by the trap
abandon() {
  trap '' TERM INT HUP
  if [ -n "$research" ]; then
    # Again and again, because it may not be created yet. Once it is gone, the `compose run` ends too.
    while :; do
      docker rm --force --volumes "$research_container" || :
      sleep 1
    done >/dev/null 2>&1 9<&- &
    remover=$!
    wait "$research" || :
    # It ignores what this shell ignores.
    kill -KILL "$remover"
  fi
  error "closed loop $action interrupted: $run_dir"
  exit 1
}
trap abandon TERM INT HUP

if [ "$action" != train ]; then
  compose logs --no-color --no-log-prefix --since "$since" ai-trade >"$run_dir/runtime.log" || {
    error "cannot read the log of ai-trade"
    exit 1
  }
fi

# A deployment that is being judged may be rolled back, and the model would not be: it waits for the next run.
activation=allowed
[ -z "${CLOSED_LOOP_LOCK_TOKEN-}" ] || [ -n "${AI_TRADE_RUNNER_TOOK_LOCK-}" ] || activation=later

# In the background, so that the trap runs when the signal comes and not when the container has ended.
compose run --rm --no-deps -T --name "$research_container" --user "$owner" \
  --volume "$output_root:$output_root" ai-trade-research \
  node /app/research.ts "$action" --run-dir "$run_dir" \
  --stage "$stage" --min-runtime-status "$min_runtime_status" --activation "$activation" </dev/null &
research=$!
research_code=0
wait "$research" || research_code=$?
case $research_code in
  0) info "closed loop $action finished: $run_dir" ;;
  3)
    error "closed loop $action verdict is FAIL: $run_dir"
    exit 1
    ;;
  *)
    error "the research image could not do its part of the run: exit $research_code"
    exit 1
    ;;
esac
