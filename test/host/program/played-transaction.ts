import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { programText } from '../../support/host-program/program-text.ts'
import { type ProgramBench, programBench, type ShellName, type ShellOptions } from './shells.ts'

/**
 * A tick takes a quarter of a second. What of Docker the transactions here need: `$one/runs` says what runs, `old` or `new`. It stands in the program
 * itself, because jobs are processes of their own. `$one/plays`, where it exists, is read after it.
 */
const PLAYED = `
one=\${STATE_DIR-$0}
one=\${one%/.closed-loop*}
boot_trigger_kind() { return 1; }
sleep() { if [ "$1" = 1 ]; then command sleep 0.25; else command sleep "$1"; fi; }
service_facts() { :; }
check_edit() { CHECK_FACTS=; }
files_unchanged() { :; }
stop_deferred() { :; }
start_dependencies() { :; }
after_images() { :; }
compare_images() { :; }
compose() { case $* in *' config') ;; *) echo new >"$one/runs" ;; esac; }
image_id() { echo sha256:1; }
inventory() { :; }
docker_read() { :; }
docker_write() { :; }
release_images() { :; }
still_ready() { :; }
still_set() { :; }
deferred_back() { confirm_now=; }
restore_everything() { echo old >"$one/runs"; }
verify_snapshot() { verify_now=; restore_snapshot=; [ "$(cat "$one/runs")" = old ]; }
settled() { :; }
still_rolled_back() { verify_snapshot; }
[ ! -f "$one/plays" ] || . "$one/plays"
`

/** What a client does, with the lease in ticks. `ended a` waits for an end that `a` has without it. */
const CLIENT = `
one=$1/one
locks=$1/locks
mkdir -p "$one" "$locks"
project_lock() { printf '%s\\n' "$locks"; }
STATE_DIR=$one/.closed-loop
plan() {
  printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tc.yml\\nproject_name\\tshop\\n' "$one"
  printf 'image\\tAI_TRADE_IMAGE\\tshop:new\\ndeploy\\tapp\\ngate\\tapp\\n'
  [ -z "\${FILE-}" ] || printf 'host_lock_file\\t%s\\n' "$FILE"
  [ -z "\${NOTIFY-}" ] || printf 'notify_command\\t%s\\n' "$NOTIFY"
}
begun() {
  mkdir -p "$STATE_DIR/bin" && cp "$PLAYED_PROGRAM" "$STATE_DIR/bin/played.sh"
  echo AI_TRADE_IMAGE=shop:old >"$one/.env"; : >"$one/c.yml"; echo old >"$one/runs"
  plan | verb_acquire "$1" "$2" 20 >/dev/null && plan | verb_begin "$1" played "$2" || return
  open_transaction "$1"
}
prepared() {
  begun "$@" || return
  [ -z "\${FILE-}" ] || { verb_start_job "$1" lock-file-1 hold_lock_file 60 </dev/null && until lock_file_held; do pause; done; }
  : >"$TX_DIR/snapshot/containers"; : >"$TX_DIR/snapshot/files.list"; : >"$TX_DIR/new-images"
  printf 'whole\\t0\\n' >"$TX_DIR/restore-plan"
  set_state prefetched
}
job() { case \${3-$2} in apply) printf 'whole\\t0\\n' ;; *) printf 'id\\tstarted\\tsha256:1\\tapp\\n' ;; esac | verb_start_job "$1" "$2" "\${3-$2}"; }
done_job() { until [ -f "$STATE_DIR/transactions/$1/jobs/$2/exit" ] || ! job_alive "$STATE_DIR/transactions/$1/jobs/$2"; do pause; done; }
heard=0
heartbeat() { heard=$((heard + 1)); echo "client $heard" >"$TX_DIR/heard"; }
applied() {
  prepared "$1" "$2" && job "$1" apply || return
  until [ -f "$TX_DIR/jobs/apply/exit" ]; do heartbeat; pause; done
  heartbeat
  [ "$(read_state "$1")" = applied ]
}
read_state() { cat "$STATE_DIR/transactions/$1/state"; }
runs() { cat "$one/runs"; }
ended() {
  ended_left=300
  until case $(read_state "$1") in promoted | rolled_back | rollback_failed | unchanged) ! job_alive "$STATE_DIR/transactions/$1/jobs/guard" ;; *) false ;; esac; do
    ended_left=$((ended_left - 1))
    [ "$ended_left" -gt 0 ] || { echo "no end: $(read_state "$1")"; return 1; }
    pause
  done
}
exit_of() { cat "$STATE_DIR/transactions/$1/jobs/$2/exit"; }
facts_of() { cat "$STATE_DIR/transactions/$1/jobs/$2/facts"; }
kill_job() {
  read -r killed _ <"$STATE_DIR/transactions/$1/jobs/$2/pid"
  # It dies when it has its turn, which may take a moment.
  while killed_pids=$(session_pids "$killed") && [ -n "$killed_pids" ]; do kill -KILL $killed_pids 2>/dev/null; sleep 0.02; done
}
free() { lock_over "$STATE_DIR/lock" && lock_over "$locks" && echo 'nobody has it'; }
strays() {
  # A job has written its end a moment before it is gone.
  strays_left=50
  while strays_now=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -c "^$STATE_DIR/bin/") && [ "$strays_left" -gt 0 ]; do
    strays_left=$((strays_left - 1))
    pause
  done
  echo "$strays_now"
}
`

/** A bench whose transactions are real but for Docker. `fakes`: further commands that are played. */
export function playedBench(fakes: Readonly<Record<string, string>> = {}): ProgramBench {
  const bench = programBench({
    docker: 'case $1 in info) echo THIS-DOCKER ;; esac',
    ...fakes,
  })
  const parts = programText().split('\n')
  const entry = parts.findLastIndex((line) => line.includes('|| main "$@"'))
  bench.file('played.sh', [...parts.slice(0, entry), PLAYED, ...parts.slice(entry)].join('\n'))
  return bench
}

let hosts = 0

/** Runs the script of a client, in a project of its own; gives the lines that it printed. */
export function playedClient(
  bench: ProgramBench,
  shell: ShellName,
  script: string,
  options: Pick<ShellOptions, 'seconds'> = {},
) {
  hosts += 1
  const directory = join(bench.directory, `host ${hosts}`)
  mkdirSync(directory)
  const { stdout, stderr } = bench.run(shell, `${CLIENT}\n${script}`, {
    ...options,
    words: [directory],
    environment: { PLAYED_PROGRAM: join(bench.directory, 'played.sh') },
  })
  return { directory, stderr, lines: stdout.split('\n').filter((line) => line !== '') }
}
