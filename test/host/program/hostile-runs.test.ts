import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { describeGateReason } from '../../../src/output/messages/gate-reasons.ts'
import { assessedRun, type RunnerCase } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** Outside of every project: nothing may come of it, or be read from it. */
const OUTSIDE = join(bench.directory, 'outside')
const CANARY = join(bench.directory, 'canary')

const decoded = (text: string) => `printf '%s' '${Buffer.from(text).toString('base64')}' | base64 -d`

/** From here on a run of this name, whatever it holds, with whole reports that pass. */
const run = (name: string) => `name=$(${decoded(name)}; echo x)
run=$root/\${name%x}
reports PASS
${decoded(JSON.stringify({ run_id: name, action: 'assess', stage: 'S3' }))} >"$run/run_meta.json"
`

const FINISHED = 'echo "[INFO] closed loop $action finished: $run"'

interface Case extends RunnerCase {
  /** `proven-or-error`: ours under its very name, or not at all. */
  readonly gate: GateDecision['kind'] | 'proven-or-error'
  /** Of the run that is ours, where one is. */
  readonly name?: string
  readonly says?: string
}

/** Names that a directory can have, and that are nothing but names. */
const NAMES = {
  'what runs a command': `$(touch ${CANARY.replaceAll('/', '$IFS')})`,
  'with a command in backticks': '`touch canary`',
  'with quotes': `'; touch canary; "`,
  'a runner command': '::set-output name=run-id::forged',
  'the older runner command': '##[set-output name=run-id;]forged',
  'the delimiter of an output': 'ghadelimiter_0 run-id=forged',
  'with blanks': ' a  b ',
  'with a leading dash': '-rf',
  'like an option of the verb': '--help',
  'with a glob': '*',
  'with a bracket': '[a-z]*',
  'in Chinese': '运行二〇二六',
  'as long as can be': 'x'.repeat(255),
  'of Markdown and HTML': '<img src=x> [a](b) | # x',
  'that ends in a backslash': 'a\\',
} as const

const CASES: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    Object.entries(NAMES).flatMap(([what, name]): readonly [string, Case][] => [
      [`a run ${what}`, { runner: run(name), gate: 'pass' }],
      [`a run ${what}, by its last line`, { runner: run(name) + FINISHED, gate: 'proven-or-error', name }],
    ]),
  ),
  'a name of two lines, of which one is a run of before that passed': {
    before: 'earlier PASS',
    runner: run('20260101T000000Z\n20260101T000000Z') + FINISHED,
    gate: 'error',
  },
  'a name with a tab beside a run of before, that passed, with a blank there': {
    before: run('a b'),
    runner: run('a\tb') + FINISHED,
    gate: 'error',
  },
  'a name with an escape, beside a run of before that passed': {
    before: run('a?[31mb'),
    runner: `${run('a\u001b[31mb')}echo "closed loop assess finished: $root/a?[31mb"`,
    gate: 'error',
  },
  'a name that is hidden, beside a run of before that passed': {
    before: `${run('***')}echo A_SECRET=canary-value-1 >"$root/../.env.runtime"`,
    runner: run('canary-value-1') + FINISHED,
    gate: 'pass',
  },
  'a finished line with a path out of the reports': {
    runner: `reports PASS; echo "closed loop assess finished: ${OUTSIDE}"`,
    gate: 'error',
  },
  'a finished line with dots': {
    runner: 'reports PASS; echo "closed loop assess finished: $run/../.."',
    gate: 'error',
  },
  'a finished line that is the name of no file': {
    runner: `reports PASS; printf 'closed loop assess finished: %s\\n' '-x $(touch canary) ::set-output name=a::b'`,
    gate: 'error',
  },
  'a meta file with a hostile run id': {
    runner: `reports PASS; put run_meta.json '{"run_id":"../..\\n::set-output name=run-id::forged","action":"assess","stage":"S3"}'`,
    gate: 'error',
    says: 'latest_run_meta.json: run_id is "../.. ::set-output name=run-id::forged", expected',
  },
  'a run directory that is a link out of the reports': {
    runner: `ln -s '${OUTSIDE}' "$run"; ${FINISHED}`,
    gate: 'error',
  },
  'a report that is a link out of the reports': {
    runner: `reports PASS; ln -sf '${OUTSIDE}/runtime_assess.json' "$run/runtime_assess.json"`,
    gate: 'error',
    says: 'latest_runtime_assess.json could not be read: it is a link that leads out of the directory of the reports',
  },
  'latest_* that is a link out of the reports': {
    runner: `reports PASS; latest; rm "$run/run_meta.json"; ln -sf '${OUTSIDE}/run_meta.json' "$root/latest_run_meta.json"`,
    gate: 'error',
    says: 'latest_run_meta.json could not be read: it is a link that leads out of the directory of the reports',
  },
  'reports that are links to others of the same root': {
    runner: `reports PASS; mkdir "$root/summary"; mv "$run/runtime_assess.json" "$root/summary/real.json"
ln -s ../summary/real.json "$run/runtime_assess.json"`,
    gate: 'error',
  },
}

describe.each(SHELLS)('a hostile runner under %s', (shell) => {
  it.each(Object.entries(CASES))('%s', (_name, one) => {
    bench.run(shell, `mkdir -p '${OUTSIDE}'; rm -f '${CANARY}' '${bench.directory}/canary'`)
    for (const file of ['runtime_assess.json', 'closed_loop_report.json', 'run_meta.json'])
      writeFileSync(
        join(OUTSIDE, file),
        '{"outside":"secret","stage":"S3","verdict":"PASS","overall_status":"PASS"}',
      )
    const { decision, files, projectDir } = assessedRun(bench, shell, one)
    const said = decision.reasons.map(describeGateReason).join('\n')
    if (one.gate === 'proven-or-error')
      expect([`pass ${one.name}`, 'error ']).toContain(`${decision.kind} ${decision.runId}`)
    else expect({ gate: decision.kind, said }).toMatchObject({ gate: one.gate })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/u)
    expect(said).toContain(one.says ?? '')
    expect(JSON.stringify(files)).not.toContain('outside')
    const canaries = [CANARY, join(bench.directory, 'canary'), join(projectDir, 'canary')]
    expect(canaries.filter((path) => existsSync(path))).toEqual([])
  })
})
