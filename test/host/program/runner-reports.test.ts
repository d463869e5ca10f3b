import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { NOT_ASKED } from '../../../src/assess/baseline.ts'
import { assessmentOf, identityOf, runnerEndOf } from '../../../src/assess/collect.ts'
import type { ReportFile } from '../../../src/assess/evidence.ts'
import type { GateDecision } from '../../../src/gate/decision.ts'
import { judge } from '../../../src/gate/judge.ts'
import { deliveredFiles } from '../../../src/host/delivered-file.ts'
import type { Fact } from '../../../src/host/facts.ts'
import { JobRecord } from '../../../src/host/job-run.ts'
import { describeGateReason } from '../../../src/report/words/gate.ts'
import { holdLock } from './held-lock.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const MINE = '20260214T151200Z'
const EARLIER = '20260101T000000Z'
const LIMIT = 8 * 1024 * 1024

/** What the runners below are made of: `put`, `reports`, `latest`; `$run` is the directory of this run. */
const PARTS = `
root=$7
run=$root/${MINE}
put() { mkdir -p "$run" && printf '%s' "$2" >"$run/$1"; }
reports() {
  put runtime_assess.json '{"stage":"S3","verdict":"'"$1"'"}'
  put closed_loop_report.json '{"overall_status":"'"$1"'","sections":{"runtime":{"stage":"S3","verdict":"'"$1"'"}}}'
  put run_meta.json '{"run_id":"'"\${run##*/}"'","action":"assess","stage":"S3"}'
}
latest() { for name in runtime_assess closed_loop_report run_meta; do cp "$run/$name.json" "$root/latest_$name.json"; done; }
# A run as it was before, for the directory to hold.
earlier() { (run=$root/${EARLIER}; reports "$1"; latest); }
`

interface Case {
  /** Shell text; what it does before the assessment stands in `before`. */
  readonly runner: string
  readonly before?: string
  readonly firstLine?: string
  readonly mode?: number
  readonly gate: GateDecision['kind']
  /** What a person reads as the reason. */
  readonly says?: readonly string[]
}

const CASES: Readonly<Record<string, Case>> = {
  'both PASS': { runner: 'reports PASS', gate: 'pass' },
  'both PASS, in latest_* alone': {
    runner: 'reports PASS; latest; rm "$run"/*',
    gate: 'pass',
  },
  'a report cut off': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S3","verd'`,
    gate: 'error',
    says: ['latest_runtime_assess.json is not a valid report: expected JSON, got 19 characters ending in'],
  },
  'an empty report': {
    runner: `reports PASS; put closed_loop_report.json ''`,
    gate: 'error',
    says: ['latest_closed_loop_report.json is not a valid report: expected a JSON object, got an empty file'],
  },
  'an unknown verdict': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S3","verdict":"PASSED"}'`,
    gate: 'error',
    says: [
      'latest_runtime_assess.json is not a valid report: verdict: expected PASS or PASS_WITH_ACTIONS or FAIL, got "PASSED"',
    ],
  },
  'another stage': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S5","verdict":"PASS"}'`,
    gate: 'error',
    says: ['latest_runtime_assess.json: stage is "S5", expected "S3"'],
  },
  'a FAIL of another stage': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S5","verdict":"FAIL"}'`,
    gate: 'error',
    says: ['latest_runtime_assess.json: stage is "S5", expected "S3"'],
  },
  'a report of 9 MB': {
    runner: `reports PASS; head -c 9000000 /dev/zero | tr '\\0' ' ' >>"$run/runtime_assess.json"`,
    gate: 'error',
    says: ['latest_runtime_assess.json could not be read: it has 90000', 'more than 8 MiB'],
  },
  'a report of one byte more than the limit': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S3","verdict":"PASS"}'
      head -c ${LIMIT + 1 - 31} /dev/zero | tr '\\0' ' ' >>"$run/runtime_assess.json"`,
    gate: 'error',
    says: [`it has ${LIMIT + 1} bytes, more than 8 MiB`],
  },
  'a report of exactly the limit': {
    runner: `reports PASS; put runtime_assess.json '{"stage":"S3","verdict":"PASS"}'
      head -c ${LIMIT - 31} /dev/zero | tr '\\0' ' ' >>"$run/runtime_assess.json"`,
    gate: 'pass',
  },
  'invalid UTF-8': {
    runner: `reports PASS; printf '{"overall_status":"PASS","x":"\\346\\235"}' >"$run/closed_loop_report.json"`,
    gate: 'error',
    says: ['latest_closed_loop_report.json could not be read: it is not valid UTF-8'],
  },
  'NUL bytes, as a host leaves them that lost its power': {
    runner: `reports PASS; printf '{"stage":"S3","verdict":"PA\\000SS"}' >"$run/runtime_assess.json"`,
    gate: 'error',
    says: ['latest_runtime_assess.json could not be read: it is not valid UTF-8'],
  },
  'UTF-16': {
    runner: `reports PASS; printf '{"stage":"S3","verdict":"PASS"}' | sed 's/./&\\n/g' | tr '\\n' '\\0' >"$run/runtime_assess.json"`,
    gate: 'error',
    says: ['latest_runtime_assess.json could not be read: it is not valid UTF-8'],
  },
  'no meta after exit 0': {
    runner: 'reports PASS; rm "$run/run_meta.json"',
    gate: 'error',
    says: ['latest_run_meta.json does not exist for this run'],
  },
  'a directory where a report should be': {
    runner: 'reports PASS; rm "$run/runtime_assess.json"; mkdir "$run/runtime_assess.json"',
    gate: 'error',
    says: ['latest_runtime_assess.json does not exist for this run'],
  },
  'exit 0 without any file': {
    runner: ':',
    gate: 'error',
    says: ['The assessment left no new run directory', 'latest_run_meta.json does not exist for this run'],
  },
  'exit 0 without any file, after an earlier PASS': {
    before: 'earlier PASS',
    runner: ':',
    gate: 'error',
    says: [
      'The assessment left no new run directory',
      'latest_runtime_assess.json is not of this run and was not judged: it was not written since the runner started',
    ],
  },
  'an empty run directory, after an earlier PASS': {
    before: 'earlier PASS',
    runner: 'mkdir "$run"',
    gate: 'error',
    says: [
      'latest_runtime_assess.json is not of this run',
      'latest_closed_loop_report.json is not of this run',
      'latest_run_meta.json is not of this run',
    ],
  },
  'latest_* that another run writes meanwhile': {
    runner: `mkdir -p "$run"; earlier PASS; echo "closed loop assess finished: $run"`,
    gate: 'error',
    says: [`latest_run_meta.json names run ${EARLIER}, this run is ${MINE}`],
  },
  'an earlier run, passed off as this one': {
    before: 'earlier PASS',
    runner: `echo "closed loop assess finished: $root/${EARLIER}"`,
    gate: 'error',
    says: ['The assessment left no new run directory'],
  },
  'two new runs': {
    runner: 'reports PASS; earlier PASS',
    gate: 'error',
    says: [`Several run directories appeared during the assessment`, EARLIER, MINE],
  },
  'exit 2': { runner: 'exit 2', gate: 'error', says: ['The runner ended with exit code 2'] },
  'exit 2 beside PASS': {
    runner: 'reports PASS; latest; exit 2',
    gate: 'error',
    says: ['The runner ended with exit code 2'],
  },
  'a runner killed by a signal, beside PASS': {
    runner: 'reports PASS; latest; kill -KILL $$',
    gate: 'error',
    says: ['The runner was ended by signal 9'],
  },
  'a runner that may not be executed': { mode: 0o644, runner: 'reports PASS', gate: 'pass' },
  'a runner without a first line': { firstLine: '', runner: 'reports PASS', gate: 'pass' },
  'a runner without a first line that may not be executed': {
    firstLine: '',
    mode: 0o644,
    runner: 'reports PASS',
    gate: 'pass',
  },
  'a runner for a shell that is not there': {
    firstLine: '#!/no/such/shell',
    runner: 'reports PASS',
    gate: 'error',
    says: ['The runner ended with exit code 12'],
  },
  FAIL: { runner: 'reports FAIL; exit 1', gate: 'fail', says: ['runtime_assess: verdict is FAIL'] },
  'FAIL and exit 0': { runner: 'reports FAIL', gate: 'fail', says: ['runtime_assess: verdict is FAIL'] },
  'FAIL in latest_*, too, and exit 0': {
    before: 'earlier PASS',
    runner: 'reports FAIL; latest',
    gate: 'fail',
    says: ['runtime_assess: verdict is FAIL', 'closed_loop_report: overall_status is FAIL'],
  },
  'FAIL beside the PASS of an earlier run': {
    before: 'earlier PASS',
    runner: 'reports FAIL; rm "$run/closed_loop_report.json" "$run/run_meta.json"; exit 1',
    gate: 'fail',
    says: ['runtime_assess: verdict is FAIL'],
  },
}

describe.each(SHELLS)('what a runner leaves, under %s', (shell) => {
  it.each(Object.entries(CASES))('%s', (_name, one) => {
    const { decision, files } = assessed(shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    for (const words of one.says ?? []) expect(said).toContain(words)
    // What is of another run is not even shown as this one's.
    const shown = Object.values(files).flatMap((file) => (file.kind === 'found' ? [file.text] : []))
    expect(shown.filter((text) => text.includes(EARLIER))).toEqual([])
  })
})

/** One assessment by the host program, bound and judged as the client does it. */
function assessed(
  shell: ShellName,
  one: Case,
): { readonly decision: GateDecision; readonly files: Readonly<Record<string, ReportFile>> } {
  const projectDir = join(bench.directory, 'project')
  const reportRoot = join(projectDir, 'reports')
  const transactionDir = join(projectDir, '.closed-loop', 'transactions', 'abc')
  rmSync(projectDir, { recursive: true, force: true })
  for (const made of [join(projectDir, 'tools'), reportRoot, join(transactionDir, 'jobs', 'assess')])
    mkdirSync(made, { recursive: true })
  writeFileSync(join(projectDir, '.env.runtime'), 'A=1\n')
  writeFileSync(
    join(transactionDir, 'plan'),
    `project_dir\t${projectDir}\ncompose_file\tcompose.yml\nenv_file\t.env.runtime\nproject_name\tp\n`,
  )
  holdLock(join(projectDir, '.closed-loop'), 'abc')
  const { mode = 0o755, firstLine = '#!/bin/sh', before = '', runner } = one
  writeFileSync(
    join(projectDir, 'tools', 'closed_loop_runner.sh'),
    `${firstLine}${firstLine === '' ? '' : '\n'}${PARTS}\n${runner}\n`,
    { mode },
  )
  const onHost = (script: string): readonly Fact[] => {
    const { stdout } = bench.run(shell, `STATE_DIR='${projectDir}/.closed-loop'\n${script}`)
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('fact\t'))
      .map((line) => line.split('\t').slice(1))
      .map(([name = '', ...fields]): Fact => [name, ...fields])
  }

  if (before !== '') onHost(`set -- '' '' '' '' '' '' '${reportRoot}'\n${PARTS}\n${before}`)
  const facts = onHost(`
open_transaction abc && job_assess assess S3 30m 10 '${reportRoot}' 2>"$TX_DIR/jobs/assess/out"
verb_assessed abc assess '${reportRoot}'`)
  const record = new JobRecord({})
  for (const fact of facts) record.fact(fact)
  const identity = identityOf(facts)
  const runId = identity.kind === 'proven' ? identity.runId : ''
  const delivered = deliveredFiles(onHost(`verb_reports abc '${reportRoot}' '${runId}'`))
  const assessment = assessmentOf(runnerEndOf({ kind: 'ended', code: 0, record }, 60), identity, delivered)
  const decision = judge({
    assessment,
    wanted: { stage: 'S3', action: 'assess', strictness: 'strict', minRuntimeStatus: 10 },
    evidence: { counts: { runtimeStatus: 12, gateCheck: 1, selfEvolution: 0 } },
    rules: [],
    baseline: NOT_ASKED,
  })
  return { decision, files: assessment.files }
}
