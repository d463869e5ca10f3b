import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { describeGateReason } from '../../../src/output/messages/gate-reasons.ts'
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
  'a report that is small when it is measured, and without end when it is read': {
    runner: `reports PASS; truncate -s ${HUGE} "$run/runtime_assess.json"`,
    tools: 'stat() { case "$*" in *" %s "*) echo 31 ;; *) command stat "$@" ;; esac; }',
    gate: 'error',
    says: 'latest_runtime_assess.json could not be read',
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
  'a report root that is a link, and has blanks in its name': {
    before: 'mv "$root" "$root/../all the reports"; ln -s "all the reports" "$root"; earlier PASS',
    runner: 'reports FAIL; exit 1',
    gate: 'fail',
  },
  'FIFOs under the names of reports': {
    before: 'mkfifo "$root/latest_run_meta.json"',
    runner: 'reports PASS; rm "$run/runtime_assess.json"; mkfifo "$run/runtime_assess.json"',
    gate: 'error',
    says: 'latest_runtime_assess.json does not exist for this run',
  },
}

/** Values of the env file that are found in the names and the numbers of a run too. */
const HIDDEN = `printf 'DATE=20260214\\nEQUITY=100000.0\\n' >>"$root/../.env.runtime"`
const NUMBERS = (verdict: string) =>
  `'{"stage":"S3","verdict":"${verdict}","first":100000.0,"all":[100000.0,-100000.0, 2100000.01],"a \\\\":100000.0,"b\\"c":"equity: 100000.0, \\"100000.0"}'`

const CALLED: Readonly<Record<string, Case>> = {
  'a failed run that is called after a value of the env file': {
    before: HIDDEN,
    runner: 'reports FAIL; exit 1',
    gate: 'fail',
  },
  'a good one': { before: HIDDEN, runner: 'reports PASS', gate: 'pass' },
  'a good one beside one that is called so too': {
    before: HIDDEN,
    runner: `reports PASS; (run="$root/20260214x"; reports PASS); echo "closed loop assess finished: $run"`,
    gate: 'pass',
  },
  'two whose names are the same when that value is hidden': {
    before: `${HIDDEN}; printf 'MINUTE=T151200Z\\nOTHER=T151201Z\\n' >>"$root/../.env.runtime"`,
    runner:
      'reports PASS; (run="$root/20260214T151201Z"; reports PASS); echo "closed loop assess finished: $run"',
    gate: 'error',
  },
  'numbers that are values of the env file': {
    before: HIDDEN,
    runner: `reports PASS; put runtime_assess.json ${NUMBERS('PASS')}`,
    gate: 'pass',
  },
  'numbers that are values of the env file, in a FAIL': {
    before: HIDDEN,
    runner: `reports PASS; put runtime_assess.json ${NUMBERS('FAIL')}`,
    gate: 'fail',
  },
  'a damaged report that hiding must not mend': {
    before: HIDDEN,
    runner: `reports PASS; put runtime_assess.json '{"stage":"S3","verdict":"PASS","first":100000.0,"second":***}'`,
    gate: 'error',
  },
  'a run that was given such a name itself': {
    before: `printf 'DATE=%s\\n' "$(date -u +%Y%m%d)" >>"$root/../.env.runtime"`,
    runner: `for word; do [ "\${last-}" != --run-id ] || run=$root/$word; last=$word; done; reports PASS`,
    gate: 'pass',
  },
  'a last line in colour': {
    runner: `(run="$root/other"; reports PASS); reports PASS; printf '\\033[1;32m[INFO] closed loop assess finished: %s\\033[0m\\n' "$run"`,
    gate: 'pass',
  },
  'a report root that could not be looked into before': {
    before: 'rmdir "$root"; printf x >"$root"',
    runner: 'rm "$root"; earlier PASS',
    gate: 'error',
  },
}

describe.each(SHELLS)('how runs and numbers are called, under %s', (shell) => {
  it.each(Object.entries(CALLED))('%s', (_name, one) => {
    const { decision, files } = assessedRun(bench, shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    expect(said).toContain(one.says ?? '')
    // The values themselves stay on the host.
    if (one.before === HIDDEN) expect(JSON.stringify(files)).not.toMatch(/20260214|100000[.]0/)
  })
})

describe.each(SHELLS)('what lies in the place of reports, under %s', (shell) => {
  it.each(Object.entries(CASES))('%s', (_name, one) => {
    const { decision } = assessedRun(bench, shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    expect(said).toContain(one.says ?? '')
  })
})
