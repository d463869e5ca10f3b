import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/gate/decision.ts'
import { describeGateReason } from '../../../src/report/words/gate.ts'
import { assessedRun, EARLIER, MINE, type RunnerCase } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

interface Case extends RunnerCase {
  readonly gate: GateDecision['kind']
  /** What a person reads as the reason. */
  readonly says?: string
}

/** Too much to be read in the time that anybody waits. */
const HUGE = '200G'

const CASES: Readonly<Record<string, Case>> = {
  'a huge file under the name of a report of others': {
    before: `truncate -s ${HUGE} "$root/latest_runtime_assess.json"`,
    runner: 'reports PASS',
    gate: 'pass',
  },
  'a huge report': {
    runner: `reports PASS; truncate -s ${HUGE} "$run/runtime_assess.json"`,
    gate: 'error',
    says: `it has ${200 * 1024 ** 3} bytes, more than 8 MiB`,
  },
  'a link to the report of an earlier run': {
    before: 'earlier PASS',
    runner: `reports PASS; ln -sf "../${EARLIER}/runtime_assess.json" "$run"`,
    gate: 'error',
    says: "latest_runtime_assess.json is not of this run and was not judged: what lies in the run's directory is a link",
  },
  'a link to a report of the last run, by the name of all': {
    before: 'earlier PASS',
    runner: 'reports PASS; ln -sf ../latest_closed_loop_report.json "$run/closed_loop_report.json"',
    gate: 'error',
    says: 'latest_closed_loop_report.json is not of this run',
  },
  'a second name of the report of an earlier run': {
    before: 'earlier PASS',
    runner: `reports PASS; ln -f "$root/${EARLIER}/runtime_assess.json" "$run"`,
    gate: 'error',
    says: 'latest_runtime_assess.json is not of this run',
  },
  'a link within the directory of the run': {
    runner:
      'reports PASS; mkdir "$run/1"; mv "$run/runtime_assess.json" "$run/1"; ln -s 1/runtime_assess.json "$run"',
    gate: 'pass',
  },
  'latest_* that are second names of the reports of the run': {
    before: 'earlier PASS',
    runner:
      'reports PASS; for name in runtime_assess closed_loop_report run_meta; do ln -f "$run/$name.json" "$root/latest_$name.json"; done',
    gate: 'pass',
  },
  'a directory that is exchanged for a link once it was named': {
    before: 'earlier PASS',
    runner: 'reports PASS',
    tools: `mv "$STATE_DIR/../reports/${MINE}" "$STATE_DIR/../reports/away"; ln -s "${EARLIER}" "$STATE_DIR/../reports/${MINE}"`,
    gate: 'error',
    says: 'latest_runtime_assess.json is not of this run',
  },
  'a report that may not be read': {
    runner: 'reports PASS; rm "$run/runtime_assess.json"; printf x >"$run/runtime_assess.json"',
    tools: 'head() { case $3 in */runtime_assess.json) return 1 ;; *) command head "$@" ;; esac; }',
    gate: 'error',
    says: 'latest_runtime_assess.json could not be read: the account that deploys is not allowed to read it',
  },
  'FIFOs under the names of reports': {
    before: 'mkfifo "$root/latest_run_meta.json"',
    runner: 'reports PASS; rm "$run/runtime_assess.json"; mkfifo "$run/runtime_assess.json"',
    gate: 'error',
    says: 'latest_runtime_assess.json does not exist for this run',
  },
}

describe.each(SHELLS)('what lies in the place of reports, under %s', (shell) => {
  it.each(Object.entries(CASES))('%s', (_name, one) => {
    const { decision } = assessedRun(bench, shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    expect(said).toContain(one.says ?? '')
  })
})
