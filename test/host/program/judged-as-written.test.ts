import { afterAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { parseRule } from '../../../src/config/parse-rule.ts'
import { parseRuntimeAssess } from '../../../src/gate/reports/reports.ts'
import { measureRule } from '../../../src/gate/rules/measure-rule.ts'
import { withHiddenNumbersAsTexts } from '../../../src/host/protocol/delivered-file.ts'
import { describeGateReason } from '../../../src/output/messages/gate-reasons.ts'
import { assessedRun } from './runner-bench.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const PER_SYMBOL = '{"stage":"S3","verdict":"PASS","per_symbol":{"DOGEUSDT":{"n":1},"AVAXUSDT":{"n":2}}}'
const environment = (text: string) => `printf '${text}' >>"$root/../.env.runtime"`

describe.each(SHELLS)('a report whose words are values of the env file, under %s', (shell) => {
  it.each([
    ['keys that become alike', 'S1=DOGEUSDT\\nS2=AVAXUSDT\\n', PER_SYMBOL],
    ['the verdict itself', 'SECRET_MODE=PASS\\nX_KEY=verdict\\n', PER_SYMBOL],
    [
      'every word of the contract',
      'A=runtime_verdict\\nB=overall_status\\nC_KEY=sections\\nD_KEY=run_id\\n',
      PER_SYMBOL,
    ],
    [
      'what JSON is made of',
      "A_KEY='{\\n  },\\n        \\n}'\\n",
      '{"stage":"S3","verdict":"PASS","a":{"b":[{\n  },\n        {}]}}',
    ],
    [
      'whole lists, and digits with signs',
      'SYMBOLS=["BTCUSDT", "ETHUSDT"]\\nWEIGHTS=[0.5,0.3,0.2]\\nDAY_RESET=00:00:00\\n',
      '{"stage":"S3","verdict":"PASS","a":["BTCUSDT", "ETHUSDT"],"b":[0.5,0.3,0.2],"c":"2026-11-28T00:00:00Z"}',
    ],
    ['null', 'A_TOKEN=null\\n', '{"stage":"S3","verdict":"PASS","fail_reasons":null}'],
  ])('passes: %s', (_, text, report) => {
    const { decision } = assessedRun(bench, shell, {
      before: environment(text),
      runner: `reports PASS; concluded PASS; put runtime_assess.json '${report}'`,
    })
    expect({ kind: decision.kind, said: decision.reasons.map(describeGateReason) }).toEqual({
      kind: 'pass',
      said: [],
    })
  })

  it('is an error that says why, where a value goes beyond a word that is judged', () => {
    const { decision } = assessedRun(bench, shell, {
      before: environment(`A=x","verdict":"PASS\\n`),
      runner: `reports PASS; put runtime_assess.json '{"stage":"S3","a":"x","verdict":"PASS"}'`,
    })
    expect(decision.kind).toBe('error')
    expect(decision.reasons.map(describeGateReason).join()).toContain('hidden')
  })

  const delivered = (
    environmentText: string,
    report: string,
    words = 'stage\nverdict\nPASS\nmetrics\nn_trades',
  ) => {
    const path = bench.file('env', environmentText)
    const { stdout } = bench.run(shell, 'redact_report "$1"', {
      words: [words],
      stdin: report,
      environment: { ENV_PATHS: path, PROJECT_DIR: '/opt/ai-trade' },
    })
    return withHiddenNumbersAsTexts(Buffer.from(stdout)).toString()
  }

  it('never changes what is judged, but to what cannot be read or is hidden', () => {
    const rule = parseRule('runtime_assess.metrics.n_trades >= 5 missing: ignore')
    if (rule.kind !== 'rule') throw new Error('no rule')
    const measured = (text: string) => {
      const parsed = parseRuntimeAssess(text)
      if (parsed.kind === 'invalid') return 'unusable'
      const report = { kind: 'readable', report: parsed.report } as const
      const { measure, effect } = measureRule(
        rule.rule,
        { runtime_assess: report, closed_loop_report: report },
        { kind: 'not-asked' },
      )
      return measure.kind === 'not-measured' && measure.flaw.kind === 'hidden'
        ? `hidden ${effect}`
        : JSON.stringify(measure)
    }
    const value = fc.constantFrom(
      ...[
        'verdict',
        'PASS',
        'n_trades',
        'metrics',
        '"verdict"',
        'metrics":',
        '12345678',
        'ade',
        'n_tr',
        '": ',
        '": "PASS',
        'symbol-1',
        'symbol-2',
        '{"stage"',
        '345678,',
        '-12345678.5',
      ],
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('A', 'MY_KEY', 'B_TOKEN'), value), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(12345678, 12345678.5, -12345678.5, 7, 3, 112345678),
        fc.constantFrom(undefined, 1),
        (values, number, indent) => {
          const report = JSON.stringify(
            {
              stage: 'S3',
              verdict: 'PASS',
              per: { 'symbol-1': 1, 'symbol-2': 2 },
              metrics: { n_trades: number },
            },
            null,
            indent,
          )
          const text = delivered(
            values.map(([key, one], index) => `${key}${index}='${one}'\n`).join(''),
            report,
          )
          expect([measured(report), 'unusable', 'hidden error']).toContain(measured(text))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('delivers what holds nothing byte for byte', () => {
    for (const text of ['', '{}', '{}\n', '\n\n{"a":1}\r\n', 'no end'])
      expect(delivered('A=hunter2-hunter2\n', text)).toBe(text)
  })

  it('hides a value that Compose trims of more than blanks', () => {
    const text = 'A=\u00a0hunter2-hunter2\u3000\r # c\nB=\u00a0"hunter3-hunter3"\n'
    expect(delivered(text, '{"a":"hunter2-hunter2","b":"hunter3-hunter3"}')).toBe('{"a":"***","b":"***"}')
  })

  it('makes a text of a hidden number wherever it stands, and of nothing in a text', () => {
    const row = '{"a \\\\\\"":12345678,"b":"12345678, \\"12345678","c":[12345678.5,-112345678]}'
    const wanted = '{"a \\\\\\"":"***","b":"***, \\"***","c":["***","***"]}'
    for (const times of [1, 300, 5000]) {
      expect(delivered('N=12345678\n', Array(times).fill(row).join(','))).toBe(
        Array(times).fill(wanted).join(','),
      )
      expect(delivered('N=12345678\n', Array(times).fill(row).join('\n'))).toBe(
        Array(times).fill(wanted).join('\n'),
      )
    }
  })
})
