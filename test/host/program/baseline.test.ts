import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { baselineOf } from '../../../src/host/client/baseline-result.ts'
import { parseReply } from '../../../src/host/protocol/facts.ts'
import { JUDGED_WORDS } from '../../../src/model/assessment.ts'
import type { Baseline } from '../../../src/model/rule.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const RUN = '20260214T151200Z'
const LIMIT = 8 * 1024 * 1024

/** Shell text that plays what a runner leaves: `put NAME CONTENT` into the run directory, `latest NAME CONTENT`. */
const PARTS = `
root=$PROJECT/reports
run=$root/${RUN}
put() { mkdir -p "$run" && printf '%s' "$2" >"$run/$1"; }
latest() { printf '%s' "$2" >"$root/latest_$1"; }
runtime() { printf '{"stage":"S3","verdict":"PASS","metrics":{"x":%s}}' "$1"; }
summary() { printf '{"overall_status":"PASS","account_outcome":{"x":%s}}' "$1"; }
meta='{"run_id":"${RUN}","action":"assess","stage":"S3"}'
plan() { printf 'project_dir\\t%s\\ncompose_file\\tcompose.yml\\nenv_file\\t.env.runtime\\nproject_name\\tp\\n' "$PROJECT"; }
# A transaction, with what was in latest_* before its runner was called.
there() { # ID NUMBER STATE
  mkdir -p "$STATE_DIR/transactions/$1/snapshot"
  plan >"$STATE_DIR/transactions/$1/plan"
  echo "$2" >"$STATE_DIR/transactions/$1/lock-number"
  echo "$3" >"$STATE_DIR/transactions/$1/state"
  latest_marks "$root" >"$STATE_DIR/transactions/$1/latest-before"
  echo / >"$STATE_DIR/transactions/$1/runs-before"
}
# Each has the lock while it asks.
still_mine() { :; }
heartbeat() { :; }
tx_renew() { :; }
delivers() { verb_reports "$1" "$root" "\${2-${RUN}}" ${JUDGED_WORDS.join(' ')} >/dev/null; }
holds() { ls "$STATE_DIR/transactions/$1/reports" 2>/dev/null | tr '\\n' ' '; }
`

/** Runs it in a project of its own. */
function onHost(shell: ShellName, script: string) {
  const project = join(bench.directory, 'project')
  rmSync(project, { recursive: true, force: true })
  for (const made of [join(project, 'reports'), join(project, '.closed-loop', 'transactions')])
    mkdirSync(made, { recursive: true })
  writeFileSync(join(project, '.env.runtime'), 'A=1\nTOKEN=new-secret-value\n')
  const { stdout, stderr } = bench.run(
    shell,
    `PROJECT='${project}'\nSTATE_DIR=$PROJECT/.closed-loop\n${PARTS}\n${script}`,
  )
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { lines, stderr }
}

/** What the client makes of the answer to `baseline`, which the script asks for at its end. */
function baseline(shell: ShellName, script: string): Baseline {
  const { lines } = onHost(shell, `${script}\nthere now 9 applied\nverb_baseline now; echo "code $?"`)
  const code = Number(lines.at(-1)?.replace('code ', ''))
  return baselineOf(parseReply(code, lines))
}

const valuesOf = (one: Baseline) =>
  one.kind === 'kept' ? { transaction: one.transaction, runId: one.runId, ...one.reports } : one.kind

describe.each(SHELLS)('the baseline under %s', (shell) => {
  it('is what was delivered of the last confirmed deployment', () => {
    expect(
      valuesOf(
        baseline(
          shell,
          `
there a 1 applied
put runtime_assess.json "$(runtime 4)"; put closed_loop_report.json "$(summary 5)"; put run_meta.json "$meta"
delivers a; echo promoted >"$STATE_DIR/transactions/a/state"
# What becomes of the run directory afterwards does not matter.
rm -r "$run"`,
        ),
      ),
    ).toMatchObject({
      transaction: 'a',
      runId: RUN,
      runtime_assess: { kind: 'readable', report: { metrics: { x: 4 } } },
      closed_loop_report: { kind: 'readable', report: { account_outcome: { x: 5 } } },
    })
  })

  it('is the last by the lock, not by name or time, and never the transaction itself', () => {
    const script = `
for one in z:2 a:10 c:3; do
  there "\${one%:*}" "\${one#*:}" applied
  put runtime_assess.json "$(runtime "\${one#*:}")"
  delivers "\${one%:*}"; echo promoted >"$STATE_DIR/transactions/\${one%:*}/state"
done
there d 11 applied; delivers d; echo rolled_back >"$STATE_DIR/transactions/d/state"
there e 12 promoted
there now 13 promoted; delivers now`
    expect(valuesOf(baseline(shell, script))).toMatchObject({
      transaction: 'a',
      runtime_assess: { report: { metrics: { x: 10 } } },
    })
  })

  it.each([
    ['no transaction', ''],
    ['none that was confirmed', 'there a 1 rolled_back; put runtime_assess.json "$(runtime 1)"; delivers a'],
    ['a confirmed one without reports', 'there a 1 promoted'],
    [
      'a confirmed one of an unproven run',
      `there a 1 promoted; latest runtime_assess.json "$(runtime 1)"; delivers a ''`,
    ],
  ])('is none where there is %s', (_what, script) => {
    expect(baseline(shell, script)).toEqual({ kind: 'none' })
  })

  it('takes latest_* as it was taken then: written by that run, and named by its meta file', () => {
    const confirmed = 'delivers a; echo promoted >"$STATE_DIR/transactions/a/state"'
    expect(
      valuesOf(
        baseline(
          shell,
          `there a 1 applied; put x 1; latest runtime_assess.json "$(runtime 4)"; latest run_meta.json "$meta"; ${confirmed}`,
        ),
      ),
    ).toMatchObject({
      runtime_assess: { kind: 'readable' },
      closed_loop_report: { kind: 'unusable', shown: 'missing' },
    })
    expect(
      valuesOf(
        baseline(
          shell,
          `latest runtime_assess.json "$(runtime 4)"; there a 1 applied; put x 1; latest run_meta.json "$meta"; ${confirmed}`,
        ),
      ),
    ).toMatchObject({ runtime_assess: { kind: 'unusable', shown: 'missing' } })
  })

  it('keeps a set at once, of the last answer that was asked for', () => {
    const { lines, stderr } = onHost(
      shell,
      `
there a 1 applied
put runtime_assess.json "$(runtime 4)"; put closed_loop_report.json "$(summary 5)"; delivers a; holds a; echo
rm "$run/closed_loop_report.json"; delivers a; holds a; echo
delivers a ''; holds a; echo none
ls "$STATE_DIR/transactions/a" | tr '\\n' ' '`,
    )
    expect(stderr).toBe('')
    expect(lines).toEqual([
      'closedLoop.run run-id runtimeAssess.run ',
      'run-id runtimeAssess.run ',
      'none',
      'latest-before lock-number plan runs-before snapshot state ',
    ])
  })

  it('keeps nothing of a run with a report that is too large to be judged', () => {
    const { lines } = onHost(
      shell,
      `
there a 1 applied
put closed_loop_report.json "$(summary 5)"; head -c ${LIMIT + 1} /dev/zero >"$run/runtime_assess.json"
delivers a; holds a; echo none; [ ! -e "$STATE_DIR/transactions/a/reports.new" ] && echo clean`,
    )
    expect(lines).toEqual(['none', 'clean'])
  })

  it('keeps what there is beside a file of another run that is too large', () => {
    const { lines } = onHost(
      shell,
      `
head -c ${LIMIT + 1} /dev/zero >"$root/latest_runtime_assess.json"
there a 1 applied; put closed_loop_report.json "$(summary 5)"; delivers a; holds a`,
    )
    expect(lines).toEqual(['closedLoop.run run-id '])
  })

  it('delivers all the same where nothing can be kept, and keeps no half', () => {
    const script = (fault: string) => `
there a 1 applied
put runtime_assess.json "$(runtime 4)"; put closed_loop_report.json "$(summary 5)"
${fault}
verb_reports a "$root" ${RUN} | grep -c base64; holds a; echo none
[ ! -e "$STATE_DIR/transactions/a/reports.new" ] && echo clean`
    for (const fault of [
      'mkdir() { return 1; }',
      'mv() { return 1; }',
      // The second file does not fit any more.
      'head() { [ "$2 $3" != "8388609 $run/runtime_assess.json" ] || { printf half; return 1; }; command head "$@"; }',
      // Not even an empty one can be made.
      'mkdir() { command mkdir "$@" && command mkdir "$KEPT/closedLoop.run"; }',
    ]) {
      const { lines, stderr } = onHost(shell, script(fault))
      expect({ fault, lines, stderr }).toEqual({ fault, lines: ['2', 'none', 'clean'], stderr: '' })
    }
  })

  it('is delivered without the secrets of then and of now', () => {
    const { lines } = onHost(
      shell,
      `
there a 1 applied
printf 'TOKEN=old-secret-value\\n' >"$STATE_DIR/transactions/a/snapshot/env"
put runtime_assess.json '{"a":"old-secret-value","b":"new-secret-value"}'
delivers a; echo promoted >"$STATE_DIR/transactions/a/state"
there now 9 applied; verb_baseline now | sed -n 's/^fact\\tbase64\\t//p' | base64 -d`.replaceAll('\\t', '\t'),
    )
    expect(lines.join('\n')).toContain('{"a":"***","b":"***"}')
  })

  it('is refused to who has not the lock', () => {
    const { lines } = onHost(
      shell,
      `there a 1 applied; delivers a; echo promoted >"$STATE_DIR/transactions/a/state"; there now 9 applied
still_mine() { return 1; }
verb_baseline now >/dev/null; echo "code $?"`,
    )
    expect(lines).toEqual(['code 66'])
  })
})
