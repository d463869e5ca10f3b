# The assessment (a job): the host's own runner, and the facts by which the client tells which run directory is this run's.

# job_assess ACTION STAGE SINCE MINIMUM OUTPUT_ROOT : stdin has what the runner's environment gets besides, as lines `KEY=value`.
# A fact `runner_exit CODE`. `full` may restart or recreate something:
# then what became of the containers comes first, in the words of the watch, which may not have got so far.
job_assess() {
  # In the memory of this shell only.
  assess_given=$(cat)
  assess_run=$(date -u +%Y%m%dT%H%M%SZ)-$TX
  # Only where its text knows the option: another runner would refuse the call.
  assess_by=environment
  ! sed '/^[[:space:]]*#/d' "$PROJECT_DIR/$RUNNER" 2>/dev/null | grep -Eq -e "$RUN_ID_OPTION" || assess_by=option
  {
    printf '%s\t%s\t%s\n' "$1" "$assess_run" "$assess_by" >"$TX_DIR/assessing" &&
      { assess_runs "$5" && printf '/\n'; } >"$TX_DIR/runs-before" && latest_marks "$5" >"$TX_DIR/latest-before"
  } || {
    # Without it an earlier run would pass for a new one.
    echo "what was there before the runner cannot be noted down in $TX_DIR" >&2
    return 1
  }
  [ "$1" != full ] || watch_known=$(project_container_ids 2>/dev/null)
  (call_runner "$@" </dev/null >&2)
  assess_code=$?
  [ "$1" != full ] || watch_all 2>/dev/null
  fact runner_exit "$assess_code"
}

RUNNER=./tools/closed_loop_runner.sh
# As a text has it that takes the option or describes it: `--run-id)`, `"--run-id"`, `--run-id=`, `--run-id NAME`; not one that
# hands it on, as `--run-id "$id"`, and no comment.
RUN_ID_OPTION='(^|[^[:alnum:]_-])--run-id([]|="'\'')]|[[:space:]]+[])|A-Z<]|[[:space:]]*$)'

# call_runner ACTION STAGE SINCE MINIMUM OUTPUT_ROOT : calls the runner in an environment of its own. A MINIMUM of 0 is not handed on.
call_runner() {
  cd "$PROJECT_DIR" || return 127
  runner_environment
  CLOSED_LOOP_RUN_ID=$assess_run CLOSED_LOOP_GIT_COMMIT=$(plan_values commit)
  export CLOSED_LOOP_RUN_ID CLOSED_LOOP_GIT_COMMIT
  assess_minimum=$4
  set -- "$RUNNER" "$1" --compose-file "$(compose_path "${COMPOSE_FILES%%"$NEWLINE"*}")" \
    --env-file "$ENV_ABSOLUTE" --output-root "$5" --stage "$2" --since "$3"
  [ "$assess_minimum" = 0 ] || set -- "$@" --min-runtime-status "$assess_minimum"
  [ "$assess_by" != option ] || set -- "$@" --run-id "$assess_run"
  # Its own first line says which shell it needs; without the right to execute it, sh is all there is.
  [ -x "$RUNNER" ] || set -- sh "$@"
  # Last: a variable of this program may have the same name.
  # No here-document: some shells put one into a file.
  call_ifs=$IFS
  IFS=$NEWLINE
  set -f
  # Names that a shell can have, as the client has seen to; the values are data.
  for call_given in $assess_given; do export "${call_given?}"; done
  set +f
  IFS=$call_ifs
  "$@"
}

# verb_assessed ID JOB OUTPUT_ROOT : what that job left, also when it was ended at its deadline. Facts, of which the client
# concludes which run is this one (src/gate/reports/run-identity.ts): `called BY RUN_ID`, how the runner was given its run id
# (`option` or `environment`); `finished NAME`, the directory that the runner's last line names; `silent`, where the runner said
# nothing at all; `new_run NAME named|unnamed` of each new run directory, whether the runner spoke of it.
verb_assessed() {
  fenced "$1" || return
  [ -f "$TX_DIR/runs-before" ] || return "$WRONG_STATE_CODE"
  assessed_out=$TX_DIR/jobs/$2/out
  IFS=$TAB read -r assessed_action assessed_called assessed_by <"$TX_DIR/assessing" || return
  fact called "$assessed_by" "$(printf '%s\n' "$assessed_called" | redact)"
  fact finished "$(finished_run "$assessed_action" "$assessed_out" | redact)"
  [ -s "$assessed_out" ] || fact silent
  new_runs "$3" | while IFS= read -r assessed_run; do
    assessed_named=named
    grep -qF -e "$assessed_run" "$assessed_out" || assessed_named=unnamed
    fact new_run "$(printf '%s\n' "$assessed_run" | redact)" "$assessed_named"
  done
}

# finished_run ACTION OUTPUT : the directory, by name, that the contract's last line of a finished run names. Only the very last
# line: further up it may be the word of another run, which the runner shows. Some colour all that they say.
finished_run() {
  tail -c 65536 "$2" | awk -v before="^.*closed loop $1 finished: *" '
    { gsub(/\r|\033\[[0-9;]*m/, "") }
    NF { last = $0 }
    END {
      if (!sub(before, "", last)) exit
      sub(/\/*[ \t\v\f]*$/, "", last)
      sub(/^.*\//, "", last)
      print last
    }'
}

# new_runs ROOT : the names of the run directories that were not there before the runner.
new_runs() {
  assess_runs "$1" | grep -Fvx -f "$TX_DIR/runs-before"
}

# run_told ROOT TOLD : the new run directory of that name, in which a value of the env file is hidden (it may be a date). Where
# two are told so, what this prints is the name of none.
run_told() {
  new_runs "$1" | while IFS= read -r told_run; do
    [ "$(printf '%s\n' "$told_run" | redact)" != "$2" ] || printf '%s\n' "$told_run"
  done
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
  case $COMPOSE_FILES in *"$NEWLINE"*) ;; *) return 0 ;; esac
  COMPOSE_FILE=$(printf '%s\n' "$COMPOSE_FILES" | while IFS= read -r runner_file; do
    printf ':'
    compose_path "$runner_file"
  done)
  COMPOSE_FILE=${COMPOSE_FILE#:}
  export COMPOSE_FILE
}

# By its value, the transaction, a one-off container is known that this deployment's own runner started.
RUN_MARK=closed-loop.run

# mark_runs : the first `docker` on the runner's PATH is one that gives this mark to what `docker compose run` starts, and is
# the host's own in all else. A runner that goes past it starts containers that are nobody's: they are left alone.
mark_runs() {
  marks_dir=$TX_DIR/runner-bin
  marks_docker=$(command -v docker) && mkdir -p "$marks_dir" || return 0
  printf "#!/bin/sh\ndocker='%s'\nmark='%s=%s'\n%s" "$marks_docker" "$RUN_MARK" "$TX" "$MARKING_DOCKER" >"$marks_dir/docker" &&
    chmod 700 "$marks_dir/docker"
  # Not where nothing can be executed that lies there.
  ! "$marks_dir/docker" --version >/dev/null 2>&1 || PATH=$marks_dir:$PATH
}

# The subcommand is the first word that is neither an option nor the value of one. The words go round once.
# shellcheck disable=SC2016 # another program
MARKING_DOCKER='
wanted=compose value=
for word in "$@"; do
  shift
  set -- "$@" "$word"
  case $value$word in
  value:*) value= ;;
  -H | --host | -c | --context | --config | -l | --log-level | --tlscacert | --tlscert | --tlskey) value=value: ;;
  -f | --file | -p | --project-name | --project-directory | --workdir | --env-file | --profile | --ansi | --progress | --parallel) value=value: ;;
  -*) ;;
  "$wanted")
    [ "$wanted" != run ] || set -- "$@" --label "$mark"
    case $wanted in compose) wanted=run ;; *) wanted= ;; esac
    ;;
  *) wanted= ;;
  esac
done
exec "$docker" "$@"
'

# assess_runs ROOT : the run directories, by name, one a line. `latest` is a link and `summary` belongs to all runs. A
# name that is no line is told as one that is, which may be nobody's. Fails where they cannot be looked at: that is not
# to say that there are none.
assess_runs() (
  [ -e "$1" ] || exit 0
  cd "$1" && [ -r . ] || exit 1
  for run in *; do
    [ ! -d "$run" ] || [ -h "$run" ] || [ "$run" = summary ] || printf '%s\000' "$run"
  done | tr '\000-\037\177' '\n?'
)

# latest_marks ROOT : `FILE<TAB>MARK` for the latest_* files, to tell afterwards whether this run wrote them.
latest_marks() {
  for marks_file in $REPORT_FILES; do
    printf '%s\t%s\n' "${marks_file#*:}" "$(file_mark "$1/latest_${marks_file#*:}")"
  done
}

# By their kinds.
REPORT_FILES='closedLoop:closed_loop_report.json runtimeAssess:runtime_assess.json runMeta:run_meta.json'

# file_mark FILE : inode, size, times and content: a file rewritten with the same bytes is a new one all the same. Of what is
# too large to be read only the beginning, because it may have no end.
file_mark() {
  [ -f "$1" ] || {
    printf 'absent'
    return
  }
  printf '%s %s' "$(stat -L -c '%i %s %Y %Z' "$1")" "$(beginning "$1" 2>/dev/null | sha256sum)"
}

# beginning FILE : all that is ever read of a report, which somebody may make longer meanwhile.
beginning() {
  head -c "$((REPORT_LIMIT_BYTES + 1))" "$1"
}

# verb_reports ID OUTPUT_ROOT RUN WORD… : what this run left, each file as read_report tells it. RUN may be empty, and is no
# new one then. What the run's own directory has is not told of `latest_*`, but for the meta file, which says of the others
# whose they are. WORDs: what the reports are judged by, which is no secret.
verb_reports() {
  fenced "$1" || return
  reports_root=$2 reports_told=$3
  shift 3
  reports_begin "$reports_root" "$reports_told" "$@"
  reports_run=
  [ -z "$reports_told" ] || reports_run=$(run_told "$reports_root" "$reports_told")
  keep_begin "${reports_run:+$reports_told}"
  for reports_file in $REPORT_FILES; do
    reports_name=${reports_file#*:}
    reports_own=${reports_run:+$reports_root/$reports_run/$reports_name}
    [ -z "$reports_own" ] || read_report "${reports_file%:*}" run "$reports_own" "$REPORTS_HOME/$reports_run" ''
    case $reports_file in
    runMeta:*) ;;
    *) [ ! -f "$reports_own" ] || continue ;;
    esac
    read_report "${reports_file%:*}" latest "$reports_root/latest_$reports_name" "$REPORTS_HOME" \
      "$(sed -n "s/^$reports_name$TAB//p" "$TX_DIR/latest-before")"
  done
  keep_end
  # No baseline, so they are not kept, and whatever is wrong with them is no obstacle to one.
  KEPT=
  [ -z "$reports_run" ] || plan_values extra_report | while IFS= read -r reports_name; do
    read_report "extra:$reports_name" run "$reports_root/$reports_run/$reports_name" "$REPORTS_HOME/$reports_run" ''
  done
}

# Of one file, and of all that one answer delivers: an awk may take a minute for so much on a busy host. The client waits for
# three (transaction.ts).
REPORT_LIMIT_BYTES=8388608
REPORTS_LIMIT_BYTES=16777216

# reports_begin ROOT WORD… : before the first report of an answer.
reports_begin() {
  REPORTS_HOME=$(readlink -f "$1")
  REPORTS_LEFT=$REPORTS_LIMIT_BYTES
  KEPT=
  shift
  PUBLIC_WORDS=$(printf '%s\n' "$@")
}

# read_report KIND run|latest PATH HOME OLD : `report KIND run|latest STATE BYTES`, a `new` one followed by `base64` lines, and
# by `torn` where the file changed while it was read. The other states: `absent`; `outside`, a link out of the reports, which is
# not read; `elsewhere`, one out of HOME (of the directory of a run: the report of another run); `old`, as the mark OLD was before
# the runner; `unreadable`; `too_large`. What is judged without one of its reports is no baseline.
read_report() {
  report_path=$3 report_bytes=0
  case $(readlink -f "$3") in
  "$4"/*) report_state=new ;;
  "$REPORTS_HOME"/*) report_state=elsewhere ;;
  *) report_state=outside ;;
  esac
  [ -f "$3" ] || report_state=absent
  if [ "$report_state" != new ]; then
    :
  elif report_mark=$(file_mark "$3") && [ "$report_mark" = "$5" ]; then
    report_state=old
  # Tried by reading: what may be read need not be readable.
  elif ! head -c 1 "$3" >/dev/null 2>&1; then
    report_state=unreadable
  elif ! report_fits "$3"; then
    report_state=too_large
  else
    keep_report "$1.$2"
    deliver_report "$1" "$2"
    # It is asked for again, and kept then.
    [ "$(file_mark "$3")" = "$report_mark" ] || {
      keep_nothing
      fact torn
    }
    return
  fi
  case $report_state in absent | old) ;; *) keep_nothing ;; esac
  fact report "$1" "$2" "$report_state" "$report_bytes"
}

# report_fits PATH : whether a report of that size is delivered, and takes its part of what can be. Not by wc: some of them
# read all of it to know.
report_fits() {
  report_bytes=$(stat -L -c %s "$1")
  [ "$report_bytes" -le "$REPORT_LIMIT_BYTES" ] && [ "$report_bytes" -le "$REPORTS_LEFT" ] && REPORTS_LEFT=$((REPORTS_LEFT - report_bytes))
}

# deliver_report KIND FROM : the file report_path, as a new one. The client makes a text of a number that is hidden, but not
# in a report that holds such stars itself: what was no JSON before must not become some.
deliver_report() {
  fact report "$1" "$2" new "$(stat -L -c %s "$report_path")"
  ! beginning "$report_path" | grep -qF '***' || fact starred
  beginning "$report_path" | case $1 in
  extra:*.json) redact_report "$PUBLIC_WORDS" ;;
  # A log, in which colours or null bytes may stand inside a value.
  extra:*) redact ;;
  *) redact_report "$PUBLIC_WORDS" ;;
  esac | base64 | sed "s/^/fact${TAB}base64${TAB}/"
}
