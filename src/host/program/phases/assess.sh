# The assessment (a job): the host's own runner, and which run directory is this run's.

# job_assess ACTION STAGE SINCE MINIMUM OUTPUT_ROOT : a fact `runner_exit CODE`. `full` may restart or recreate something:
# then what became of the containers comes first, in the words of the watch, which may not have got so far.
job_assess() {
  assess_root=$5
  # Before anything is noted down: what a runner does when it is only asked for its usage is not of this run.
  assess_run=
  ! takes_run_id 2>/dev/null || assess_run=$(date -u +%Y%m%dT%H%M%SZ)-$TX
  {
    printf '%s\t%s\n' "$1" "$assess_run" >"$TX_DIR/assessing" &&
      { assess_runs "$assess_root" && printf '/\n'; } >"$TX_DIR/runs-before" && latest_marks "$assess_root" >"$TX_DIR/latest-before"
  } || {
    # Without it an earlier run would pass for a new one.
    echo "what was there before the runner cannot be noted down in $TX_DIR" >&2
    return 1
  }
  [ "$1" != full ] || assess_containers=$(inventory 2>/dev/null)
  (
    cd "$PROJECT_DIR" || exit 127
    runner_environment
    set -- "$1" --compose-file "$(compose_path "$(printf '%s\n' "$COMPOSE_FILES" | head -n 1)")" \
      --env-file "$ENV_ABSOLUTE" --output-root "$assess_root" --stage "$2" --since "$3" --min-runtime-status "$4"
    [ -z "$assess_run" ] || set -- "$@" --run-id "$assess_run"
    # Its own first line says which shell it needs; without the right to execute it, sh is all there is.
    assess_shell=
    [ -x "$RUNNER" ] || assess_shell='sh'
    $assess_shell "$RUNNER" "$@" </dev/null >&2
  )
  assess_code=$?
  [ "$1" != full ] || changes_since "$assess_containers"
  fact runner_exit "$assess_code"
}

# changes_since LINES : facts `gone ID` for what is no longer there of an earlier inventory, and `state CONTAINER_LINE`.
changes_since() {
  changes_now=$(inventory 2>/dev/null) && [ -n "$changes_now" ] || return 0
  changes_ids=$(printf '%s\n' "$changes_now" | cut -f 11)
  printf '%s\n' "$1" | cut -f 11 | while IFS= read -r changes_id; do
    [ -z "$changes_id" ] || among "$changes_id" "$changes_ids" || fact gone "$changes_id"
  done
  printf '%s\n' "$changes_now" | sed "s/^/fact${TAB}state${TAB}/"
}

RUNNER=./tools/closed_loop_runner.sh
RUN_ID_OPTION='--run-id([^[:alnum:]_-]|$)'
USAGE_SECONDS=10

# takes_run_id : whether the runner's own usage names `--run-id`: then nobody else's run can have the name of this one.
# A runner whose text lacks one of the two words cannot know it, and is not asked: it could take that for a call.
takes_run_id() (
  cd "$PROJECT_DIR" || exit 1
  grep -Eq -e "$RUN_ID_OPTION" "$RUNNER" && grep -q -e --help "$RUNNER" || exit 1
  runner_environment
  set -- "$RUNNER" --help
  [ -x "$RUNNER" ] || set -- sh "$@"
  # Into a file: what it leaves running would keep a pipe open for longer.
  timeout -s KILL "$USAGE_SECONDS" "$@" </dev/null >"$TX_DIR/runner-usage" 2>&1
  # Usage is told with success, or as the contract's runner does, with 2; from 124 on it did not come to its end.
  [ "$?" -lt 124 ] && grep -Eq -e "$RUN_ID_OPTION" "$TX_DIR/runner-usage"
)

# verb_assessed ID JOB OUTPUT_ROOT : which run that job was, also when it was ended at its deadline. Facts `new_run NAME`…,
# `called NAME` (the run id that the runner was given), `finished NAME` (by its last line), `named NAME`… (new runs that it
# spoke of), `silent` (it said nothing at all).
verb_assessed() {
  fenced "$1" || return
  [ -f "$TX_DIR/runs-before" ] || return 65
  assessed_out=$TX_DIR/jobs/$2/out
  new_runs "$3" | while IFS= read -r assess_run; do
    assess_told=$(told_name "$3" "$assess_run")
    fact new_run "$assess_told"
    ! grep -qF -e "$assess_run" "$assessed_out" || fact named "$assess_told"
  done
  [ -s "$assessed_out" ] || fact silent
  IFS=$TAB read -r assessed_action assessed_run <"$TX_DIR/assessing" || return
  [ -z "$assessed_run" ] || fact called "$(told_name "$3" "$assessed_run")"
  # The contract's last line of a finished run, and only there: further up it may be the word of another run, which the
  # runner shows. A path, so it is matched here and leaves as a name only. Some colour all that they say.
  assess_finished=$(tail -c 65536 "$assessed_out" | tr -d '\r' | sed "s/$(printf '\033')\[[0-9;]*m//g" | awk 'NF { last = $0 } END { print last }' |
    sed -n "s/^.*closed loop $assessed_action finished: *//p" | sed 's/[[:space:]]*$//; s|/*$||')
  [ -z "$assess_finished" ] || fact finished "$(told_name "$3" "${assess_finished##*/}")"
}

# told_name ROOT RUN : the name of a run as it leaves the host. One that another run has too, once what is hidden in it is
# hidden (a value of the env file may be a date), is told as one that nobody has.
told_name() {
  told_name=$(printf '%s\n' "$2" | redact)
  [ "$told_name" = "$2" ] || [ "$(assess_runs "$1" | redact | grep -Fxc -e "$told_name")" -le 1 ] || told_name="$told_name?"
  printf '%s\n' "$told_name"
}

# new_runs ROOT : the run directories that were not there before the runner, by name.
new_runs() {
  { read_all "$TX_DIR/runs-before"; printf '//\n'; assess_runs "$1"; } | awk '
    $0 == "//" { listing = 1; next }
    !listing { before[$0] = 1; next }
    !($0 in before)'
}

# run_told ROOT NAME : the one new run directory that was told by that name. Nothing where it cannot be told which one is
# meant.
run_told() {
  [ -n "$2" ] || return 0
  told_runs=$(new_runs "$1" | while IFS= read -r told_run; do
    [ "$(told_name "$1" "$told_run")" != "$2" ] || printf '%s\n' "$told_run"
  done)
  case $told_runs in *"$NEWLINE"*) ;; *) printf '%s\n' "$told_runs" ;; esac
}

# The runner's environment: ours is clean already; Compose in the runner must mean the same project.
runner_environment() {
  # What a runner leaves is for others to read too, as when a person or cron calls it.
  umask 022
  COMPOSE_PROJECT_NAME=$PROJECT_NAME
  # So that a runner that takes the lock does not wait for the deployment that called it.
  CLOSED_LOOP_LOCK_TOKEN=$TX
  export COMPOSE_PROJECT_NAME CLOSED_LOOP_LOCK_TOKEN
  mark_runs
  [ "$(printf '%s\n' "$COMPOSE_FILES" | wc -l)" -gt 1 ] || return 0
  COMPOSE_FILE=$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r runner_file; do
    compose_path "$runner_file"
    printf ':'
  done)
  COMPOSE_FILE=${COMPOSE_FILE%:}
  export COMPOSE_FILE
}

# By its value, the transaction, a one-off container is known that this deployment's own runner started.
RUN_MARK=closed-loop.run

# mark_runs : the first `docker` on the runner's PATH is one that gives this mark to what `docker compose run` starts, and is
# the host's own in all else. A runner that goes past it starts containers that are nobody's: they are left alone.
mark_runs() {
  marks_dir=$TX_DIR/runner-bin
  mkdir -p "$marks_dir" || return 0
  for marks_tool in docker docker-compose; do
    case $(command -v "$marks_tool") in
    /*) ;;
    *) continue ;;
    esac
    {
      printf "#!/bin/sh\nreal='%s'\nmark='%s=%s'\n" "$(command -v "$marks_tool" | sed "s/'/'\\\\''/g")" "$RUN_MARK" "$TX"
      printf 'wanted=%s\n%s' "$([ "$marks_tool" = docker ] && echo compose || echo run)" "$MARKING_DOCKER"
    } >"$marks_dir/$marks_tool" && chmod 700 "$marks_dir/$marks_tool"
  done
  # Not where nothing can be executed that lies there, or the disk had no room for all of it.
  [ "$("$marks_dir/docker" "$RUN_MARK" 2>/dev/null)" != "$RUN_MARK" ] || PATH=$marks_dir:$PATH
}

# The subcommand is the first word that is neither an option nor the value of one.
# shellcheck disable=SC2016 # another program
MARKING_DOCKER='
number=0 at=0 value=
for word in "$@"; do
  number=$((number + 1))
  if [ -n "$value" ]; then
    value=
    continue
  fi
  case $word in
  -H | --host | -c | --context | --config | -l | --log-level | --tlscacert | --tlscert | --tlskey) value=yes ;;
  -f | --file | -p | --project-name | --project-directory | --workdir | --env-file | --profile | --ansi | --progress | --parallel) value=yes ;;
  -*) ;;
  "$wanted")
    [ "$wanted" = compose ] || {
      at=$number
      break
    }
    wanted=run
    ;;
  *) break ;;
  esac
done
if [ "$at" -gt 0 ]; then
  number=0
  for word in "$@"; do
    [ "$number" -gt 0 ] || set --
    number=$((number + 1))
    set -- "$@" "$word"
    [ "$number" != "$at" ] || set -- "$@" --label "$mark"
  done
fi
[ "$*" != closed-loop.run ] || exec echo closed-loop.run
exec "$real" "$@"
'

# assess_runs ROOT : the run directories, by name, one a line. `latest` is a link and `summary` belongs to all runs. A
# name that is no line is told as one that is, which may be nobody's. Fails where they cannot be looked at: that is not
# to say that there are none.
assess_runs() (
  [ -e "$1" ] || exit 0
  cd "$1" && [ -r . ] || exit 1
  for run in *; do
    if [ ! -d "$run" ] || [ -h "$run" ] || [ "$run" = summary ]; then continue; fi
    case $run in *[[:cntrl:]]*) run=$(printf '%s' "$run" | tr '[:cntrl:]' '?') ;; esac
    printf '%s\n' "$run"
  done
)

# latest_marks ROOT : `FILE<TAB>MARK` for the latest_* files, to tell afterwards whether this run wrote them.
latest_marks() (
  for mark in latest_closed_loop_report.json latest_runtime_assess.json latest_run_meta.json; do
    printf '%s\t%s\n' "$mark" "$(file_mark "$1/$mark")"
  done
)

# Inode, size, times and content: a file rewritten with the same bytes is a new one all the same. Of what is too large
# to be read only the beginning, because it may have no end.
file_mark() {
  [ -f "$1" ] || {
    printf 'absent'
    return
  }
  printf '%s %s' "$(stat -L -c '%i %s %Y %Z' "$1")" "$(beginning "$1" 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
}

# beginning FILE : all that is ever read of a report, which somebody may make longer meanwhile.
beginning() {
  head -c "$((REPORT_LIMIT_BYTES + 1))" "$1"
}

# verb_reports ID OUTPUT_ROOT RUN WORD… : what this run left, each file as
# `report KIND run|latest new|old|absent|elsewhere|outside|unreadable|too_large BYTES`, a new one followed by `base64` lines,
# and by `torn` where the file changed while it was read. `elsewhere`: what lies in the run's directory is a file of somebody
# else. `outside`: a link out of OUTPUT_ROOT, which is not read. What is judged by the run's own file is not told of
# `latest_*`. RUN may be empty, and is where it is no new one: a name that was told may have lost something on the way (a tab,
# a secret), and then be that of an earlier run. WORDs: what the workflow has the reports judged by, which is no secret.
verb_reports() {
  fenced "$1" || return
  reports_id=$1 reports_root=$2 reports_name=$3
  shift 3
  reports_begin "$reports_name" "$@"
  set -- "$reports_id" "$reports_root" "$reports_name"
  ! among "$3" "$(read_all "$TX_DIR/runs-before")" || set -- "$1" "$2" ''
  keep_begin "$3"
  reports_run=$(run_told "$2" "$3")
  report_file closedLoop run "$2" "$reports_run" closed_loop_report.json
  report_file runtimeAssess run "$2" "$reports_run" runtime_assess.json
  report_file runMeta run "$2" "$reports_run" run_meta.json
  report_file closedLoop latest "$2" "" latest_closed_loop_report.json
  report_file runtimeAssess latest "$2" "" latest_runtime_assess.json
  report_file runMeta latest "$2" "" latest_run_meta.json
  keep_end
}

# Of one file, and of all that one answer delivers: an awk may take a minute for so much on a busy host. The client waits for
# three (transaction.ts).
REPORT_LIMIT_BYTES=8388608
REPORTS_LIMIT_BYTES=16777216

# What every report is judged by. The client knows the same words (reports.ts).
REPORT_WORDS='stage
verdict
overall_status
sections
runtime
run_id
action
runtime_verdict
research_image_id
fail_reasons
warn_reasons
generated_at_utc
PASS
PASS_WITH_ACTIONS
FAIL
S3
S5
assess
full'

# reports_begin WORD… : before the first report of an answer.
reports_begin() {
  REPORTS_LEFT=$REPORTS_LIMIT_BYTES
  REPORTS_OWN=
  PUBLIC_WORDS=$REPORT_WORDS
  for reports_word in "$@"; do
    PUBLIC_WORDS=$PUBLIC_WORDS$NEWLINE$reports_word
  done
}

# report_fits BYTES : whether a report of that size is delivered, and takes its part of what can be.
report_fits() {
  [ "$1" -le "$REPORT_LIMIT_BYTES" ] && [ "$1" -le "$REPORTS_LEFT" ] && REPORTS_LEFT=$((REPORTS_LEFT - $1))
}

report_file() {
  report_age=new
  if [ "$2" = run ]; then
    case $4 in '' | */* | .*) return 0 ;; esac
    report_path=$3/$4/$5
    report_mark=$(file_mark "$report_path")
    [ ! -f "$report_path" ] || REPORTS_OWN=$REPORTS_OWN$NEWLINE$1
  else
    # The meta file says of others whose they are.
    if [ "$1" != runMeta ] && among "$1" "$REPORTS_OWN"; then return 0; fi
    report_path=$3/$5
    report_mark=$(file_mark "$report_path")
    [ "$(awk -F '\t' -v file="$5" '$1 == file { print $2 }' "$TX_DIR/latest-before")" != "$report_mark" ] || report_age=old
  fi
  if [ ! -f "$report_path" ]; then
    fact report "$1" "$2" absent 0
    return 0
  fi
  # A link to another file of the reports is a habit; one to any other file of the host is no report.
  case $(readlink -f "$report_path") in
  "$(readlink -f "$3")"/*) ;;
  *)
    keep_nothing
    fact report "$1" "$2" outside 0
    return 0
    ;;
  esac
  if [ "$2" = run ] && is_elsewhere "$3" "$4" "$5"; then
    keep_nothing
    fact report "$1" "$2" elsewhere 0
    return 0
  fi
  if [ "$report_age" = old ]; then
    fact report "$1" "$2" old 0
    return 0
  fi
  # Looked at by reading: what may be read need not be readable.
  if ! head -c 1 "$report_path" >/dev/null 2>&1; then
    keep_nothing
    fact report "$1" "$2" unreadable 0
    return 0
  fi
  # Not by wc: some of them read all of it to know.
  report_bytes=$(stat -L -c %s "$report_path")
  if ! report_fits "$report_bytes"; then
    # What is judged without it is no baseline.
    keep_nothing
    fact report "$1" "$2" too_large "$report_bytes"
    return 0
  fi
  report_origin=$report_path
  keep_report "$1.$2"
  deliver_report "$1" "$2"
  # It is asked for again, and kept then.
  [ "$(file_mark "$report_origin")" = "$report_mark" ] || {
    keep_nothing
    fact torn
  }
}

# is_elsewhere ROOT RUN FILE : whether it is a link out of the directory, or another name of an earlier run's file: a
# report of another assessment, which a new directory must not make a new one.
is_elsewhere() (
  [ ! -h "$1/$2" ] && elsewhere_home=$(cd "$1/$2" && pwd -P) || return 0
  case $(readlink -f "$1/$2/$3") in
  "$elsewhere_home"/*) ;;
  *) return 0 ;;
  esac
  [ "$(stat -L -c %h "$1/$2/$3")" -gt 1 ] || return 1
  cd "$1" || return 0
  sed "s|\$|/$3|" "$TX_DIR/runs-before" | tr '\n' '\000' | xargs -0 stat -L -c %d:%i 2>/dev/null |
    grep -Fqx -e "$(stat -L -c %d:%i "$2/$3")"
)

# deliver_report KIND FROM : the file report_path, as a new one.
deliver_report() {
  fact report "$1" "$2" new "$(stat -L -c %s "$report_path")"
  report_text | base64 | sed "s/^/fact${TAB}base64${TAB}/"
}

# A text that holds such stars itself is left as it is otherwise: what was no JSON before must not become some.
report_text() {
  report_how=mend
  ! beginning "$report_path" | grep -qF '***' || report_how=leave
  beginning "$report_path" | redact_report "$PUBLIC_WORDS" "$report_how"
}
