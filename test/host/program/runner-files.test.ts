import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/gate/decision.ts'
import { describeGateReason } from '../../../src/report/words/gate.ts'
import { assessedRun, type RunnerCase } from './runner-bench.ts'
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
