import { afterAll, describe, expect, it } from '@jest/globals'
import { playedBench, playedClient } from './played-transaction.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
const played = playedBench()
afterAll(() => {
  bench[Symbol.dispose]()
  played[Symbol.dispose]()
})

/** Time passes by sleeping alone, and fast. */
const CLOCK = `
NOW=100
boot_clock() { BOOT_CLOCK="boot $NOW"; }
sleep() { NOW=$((NOW + 50 * $1)); }
TX_DIR=$PWD/tx; mkdir -p "$TX_DIR/snapshot"; : >"$TX_DIR/exceptions"
`

describe.each(SHELLS)('what a setting governs, under %s:', (shell) => {
  const run = (script: string) => bench.run(shell, `${CLOCK}\n${script}`)

  it.each([
    ['', '130 docker stop a'],
    ['5', '130 docker stop a'],
    ['5 300 20', '420 docker stop a'],
    ['-1', '86520 docker stop a'],
  ])('a stop may take the grace period of what is stopped (%s)', (graces, call) => {
    const { stdout } = run(`
docker_read() { printf '%s\\n' ${graces}; }
bounded() { echo "$*"; }
docker_stop a`)
    expect(stdout).toBe(`${call}\n`)
  })

  it('a healthcheck may take health-timeout and a margin to pass again', () => {
    const { stdout } = run(`for given in '' 6 180 1200; do
  use_plan "$(printf 'project_dir\\t/none\\nhealth_seconds\\t%s' "$given")"; health_patience
done`)
    expect(stdout).toBe('240\n180\n240\n1260\n')
  })

  it.each([
    ['1200', 'verified'],
    ['180', 'not verified'],
  ])('a rollback waits for a slow release by health-timeout %s s', (given, verified) => {
    const { stdout } = run(`
use_plan "$(printf 'project_dir\\t/none\\nhealth_seconds\\t${given}')"
inventory() { :; }
snapshot_differences() { [ "$NOW" -ge 1100 ] || printf 'app\\thealth\\thealthy\\tstarting\\n'; }
verify_left=$(health_patience)
if verify_snapshot; then echo verified; else echo 'not verified'; fi`)
    expect(stdout).toBe(`${verified}\n`)
  })

  it.each([
    ['1200', 0],
    ['180', 1],
  ])('a dependency may take health-timeout %s s to become healthy', (given, code) => {
    const result = run(`
use_plan "$(printf 'project_dir\\t/none\\nhealth_seconds\\t${given}')"
apply_end=$(seconds_from_now "$((APPLY_SECONDS + HEALTH_SECONDS))")
dependency=db dependency_condition=service_healthy
dependency_lines() { printf 'db\\tdb\\t1\\tFalse\\ti\\tr\\trunning\\t%s\\n' "$([ "$NOW" -lt 1000 ] && echo starting || echo healthy)"; }
await_dependency 2>/dev/null`)
    expect(result.code).toBe(code)
  })

  it('every `up` may take health-timeout, and the grace period of what it stops', () => {
    const { stdout } = run(`
use_plan "$(printf 'project_dir\\t/none\\nhealth_seconds\\t1200')"
echo 300 >"$TX_DIR/snapshot/grace"
compose() { echo "$2 $3 $4"; }
image_id() { echo sha256:1; }; service_image() { echo app:1; }; docker_write() { :; }; lost_volumes() { :; }
services_facts=; inventory() { :; }; restore_snapshot='app-1	app	1	False	sha256:1'
for state in up down; do printf 'group\\tapp:1\\tsha256:1\\t%s\\tapp=1\\n' "$state"; done >"$TX_DIR/restore-plan"
restore_services 2>&1
returned_services() { echo web; }; deferred_containers() { :; }; set_policies() { cat >/dev/null; }
DEPLOY=web; return_deferred 2>&1`)
    expect(stdout).toBe('1740 up --detach\n540 up --no-start\n1290 up --detach\n')
  })
})

describe.each(SHELLS)('a step of the rollback whose source fails, under %s,', (shell) => {
  it.each([
    'remove_own_runs',
    'clear_away',
    'restore_everything',
    'keep_restore_plan',
    'restore_states',
    'remove_new_networks',
    'put_tags_back',
    'verify_snapshot',
  ])('fails: %s', (step) => {
    const { stdout } = bench.run(
      shell,
      `${CLOCK}
printf 'a:1\\tsha256:1\\n' >"$TX_DIR/snapshot/tags"
restore_snapshot='web	web	1	False	sha256:1	a:1	running	none	no:0	-	id	then	0	0	false	-	-'
inventory() { printf '%s\\n' "$restore_snapshot"; }
rollback_from=applied; verify_left=0; PLAN=
docker_read() { return 1; }
awk() { return 1; }
cat() { return 1; }
${step} 2>/dev/null; echo "$?"`,
    )
    expect(stdout.split('\n').at(-2)).not.toBe('0')
  })
})

describe.each(SHELLS)('a rollback after which a healthcheck has not passed yet, under %s,', (shell) => {
  const STARTING = `
restore_everything() { echo restored >>"$one/log"; echo old >"$one/runs"; }
verify_snapshot() { verify_now=; restore_snapshot=; verify_rest=$(snapshot_differences); [ -z "$verify_rest" ]; }
snapshot_differences() { [ ! -e "$one/starting" ] || printf 'app-1\\thealth\\thealthy\\tstarting\\n'; }
stop_deployed() { echo stopped >>"$one/log"; }
`
  const STOP = `printf 'on_rollback_failure\\tstop\\n' >>"$TX_DIR/plan"`
  /** A release that is in, `before` its rollback in such a play; and what is looked at `after` it. */
  const rolledBack = (before: string, play: string, after: string) =>
    playedClient(
      played,
      shell,
      `
applied a 60; ${before}
cat >>"$one/plays" <<'END'
${play}
END
job a rollback; done_job a rollback
${after}`,
    ).lines

  it('stops nothing, is tried once, and is verified when it is asked for again', () => {
    const lines = rolledBack(
      `${STOP}; : >"$one/starting"`,
      STARTING,
      `exit_of a rollback; read_state a; cat "$one/log"
facts_of a rollback | grep -v stopped | cut -f 2-
rm "$one/starting"
job a by-hand rollback; done_job a by-hand; exit_of a by-hand; read_state a; cat "$one/log"`,
    )
    expect(lines).toEqual([
      ...['1', 'rollback_failed', 'restored'],
      'still_starting\tapp-1',
      'difference\tapp-1\thealth\thealthy\tstarting',
      'rollback_failed',
      ...['0', 'rolled_back', 'restored', 'restored'],
    ])
  })

  it('does not stop containers that are back because a file or a tag is not', () => {
    const lines = rolledBack(
      STOP,
      `restore_everything() { echo old >"$one/runs"; return 1; }
stop_deployed() { echo stopped >>"$one/log"; }`,
      `exit_of a rollback; read_state a; cat "$one/log" 2>/dev/null
facts_of a rollback | cut -f 2-`,
    )
    expect(lines).toEqual(['1', 'rollback_failed', 'nothing_stopped', 'rollback_failed'])
  })

  it('is not rolled back by a later look at the containers alone, where a file was not back', () => {
    const lines = rolledBack(
      `${STOP}; : >"$one/starting"`,
      `${STARTING}
restore_everything() { echo restored >>"$one/log"; echo old >"$one/runs"; [ -e "$one/room" ]; }`,
      `exit_of a rollback; read_state a; cat "$one/log"; facts_of a rollback | cut -f 2
rm "$one/starting"
job a by-hand rollback; done_job a by-hand; exit_of a by-hand; read_state a
: >"$one/room"; job a again rollback; done_job a again; read_state a`,
    )
    expect(lines).toEqual([
      ...['1', 'rollback_failed', 'restored', 'restored', 'restored'],
      ...['nothing_stopped', 'difference', 'rollback_failed'],
      ...['1', 'rollback_failed', 'rolled_back'],
    ])
  })

  it('says what differs only with its end, which is not told where it could not be written down', () => {
    const lines = rolledBack(
      'kill_job a guard',
      `restore_everything() { :; }
verify_snapshot() { verify_now=; restore_snapshot=; verify_rest=$(snapshot_differences); return 1; }
snapshot_differences() { printf 'app-1\\timage\\told\\tnew\\n'; }
set_state() { [ "$1" != rollback_failed ] && printf '%s\\n' "$1" >"$TX_DIR/state"; }`,
      'exit_of a rollback; read_state a; facts_of a rollback',
    )
    expect(lines).toEqual(['1', 'rolling_back'])
  })
})
