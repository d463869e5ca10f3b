import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { describeGateReason } from '../../../src/output/messages/gate-reasons.ts'
import { assessedRun, EARLIER, MINE, type RunnerCase } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const LIMIT = 8 * 1024 * 1024

interface Case extends RunnerCase {
  readonly gate: GateDecision['kind']
  /** What a person reads as the reason. */
  readonly says?: readonly string[]
}

const CASES: Readonly<Record<string, Case>> = {
  'both PASS': { runner: 'reports PASS', gate: 'pass' },
  'both PASS, in latest_* alone': {
    runner: 'reports PASS; concluded PASS; latest; rm "$run"/*',
    gate: 'pass',
  },
  'FAIL in latest_* alone, and then the PASS of another run that has not come to its meta file': {
    runner: 'reports FAIL; concluded FAIL; latest; reports PASS; concluded FAIL; latest; rm "$run"/*',
    gate: 'error',
    says: ['latest_run_meta.json: runtime_verdict is "FAIL", expected "PASS"'],
  },
  'the same, where the meta file says nothing of it': {
    runner: 'reports FAIL; latest; reports PASS; latest; rm "$run"/*',
    gate: 'error',
    says: ['latest_run_meta.json: runtime_verdict is "nothing", expected "PASS"'],
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
  'three reports of 6 MiB, which are more than all together may be': {
    runner: `reports PASS; for name in closed_loop_report runtime_assess run_meta; do
      head -c ${6 * 1024 * 1024} /dev/zero | tr '\\0' ' ' >>"$run/$name.json"; done`,
    gate: 'error',
    says: [
      'latest_run_meta.json could not be read: it has 62915',
      'more than 8 MiB, or than is left of 16 MiB for all reports together',
    ],
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
    says: ['latest_runtime_assess.json could not be read: it is UTF-16, not UTF-8'],
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
    says: ['Signal 9 ended the runner'],
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
    const { decision, files } = assessedRun(bench, shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    for (const words of one.says ?? []) expect(said).toContain(words)
    // What is of another run is not even shown as this one's.
    const shown = Object.values(files).flatMap((file) => (file.kind === 'found' ? [file.text] : []))
    expect(shown.filter((text) => text.includes(EARLIER))).toEqual([])
  })
})
