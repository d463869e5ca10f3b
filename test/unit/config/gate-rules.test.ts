import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readDeployConfig } from '../../../src/config/read.ts'
import { writeRule } from '../../../src/output/messages/rule-text.ts'
import { nearlyRules } from '../gate/rules/arbitraries.ts'
import { configOf, environmentWith, mistakesOf } from './environment.ts'

const withRules = (text: string) => environmentWith({ 'gate-rules': text })
const rulesOf = (text: string) => configOf(withRules(text)).closedLoop.rules.map(writeRule)
const mistakesIn = (text: string) => mistakesOf(withRules(text))

describe('gate-rules', () => {
  it('are none where nothing is given', () => {
    expect(configOf(environmentWith()).closedLoop.rules).toEqual([])
    expect(rulesOf('')).toEqual([])
    expect(rulesOf(' \n# a comment alone\n')).toEqual([])
  })

  it('are read one a line, without comments and empty lines', () => {
    const text = [
      '# no new alarms',
      'runtime_assess.metrics.critical_count == 0',
      '',
      '  # money',
      '  closed_loop_report.account_outcome.max_drawdown_pct_observed <= 0.05\r',
      '\t',
      'closed_loop_report.account_outcome.equity_change_pct >= baseline - 0.02',
      'warn:runtime_assess.metrics.ws_degraded_count<=1.5*baseline missing:ignore',
    ].join('\n')
    expect(rulesOf(text)).toEqual([
      'runtime_assess.metrics.critical_count == 0',
      'closed_loop_report.account_outcome.max_drawdown_pct_observed <= 0.05',
      'closed_loop_report.account_outcome.equity_change_pct >= baseline - 0.02',
      'warn: runtime_assess.metrics.ws_degraded_count <= 1.5 * baseline missing: ignore',
    ])
  })

  it('are all told at once where they are wrong, each by its line', () => {
    const text = [
      'runtime_assess.metrics.critical_count = 0',
      '# fine',
      'runtime_assess.x == 0',
      'runtime_assess.x == ',
      'meta == 0',
      'runtime_assess.x == 1 missing: error',
      'runtime_assess.x == (1',
      'runtime_assess.x == 1 2',
      `runtime_assess.x == ${'1'.repeat(300)}`,
    ].join('\n')
    const name = 'gate-rules'
    expect(mistakesIn(text)).toEqual([
      {
        name,
        got: '"runtime_assess.metrics.c"… (41 characters)',
        expected: 'one of == != <= >= < > at character 39 of line 1',
      },
      {
        name,
        got: '"runtime_assess.x ==" (19 characters)',
        expected:
          'a decimal number like 0.05, `baseline`, - or (, or after == and != a text in double quotes at character 20 of line 4',
      },
      {
        name,
        got: '"meta == 0" (9 characters)',
        expected: expect.stringMatching(/^a path like `runtime_assess\..* at character 1 of line 5$/),
      },
      {
        name,
        got: '"runtime_assess.x == 1 mi"… (36 characters)',
        expected: '`fail`, `warn` or `ignore` after `missing:` at character 32 of line 6',
      },
      {
        name,
        got: '"runtime_assess.x == (1" (22 characters)',
        expected: 'an operator or ) at character 23 of line 7',
      },
      {
        name,
        got: '"runtime_assess.x == 1 2" (23 characters)',
        expected: 'an operator, `missing:` or the end of the rule at character 23 of line 8',
      },
      {
        name,
        got: '"runtime_assess.x == 1111"… (320 characters)',
        expected: 'at most 300 characters, but there is more at character 301 of line 9',
      },
    ])
  })

  it('are of the two reports and of JSON files that are asked for', () => {
    const both = (rules: string, extras: string) =>
      environmentWith({ 'gate-rules': rules, 'extra-reports': extras })
    const rule = 'run_manifest.git.commit == "$COMMIT"'
    expect(configOf(both(rule, 'run_manifest.json')).closedLoop.rules.map(writeRule)).toEqual([rule])
    for (const extras of ['', 'runtime.log', 'run_manifest.jsonl', 'run_manifest'])
      expect(mistakesOf(both(rule, extras))).toEqual([
        {
          name: 'gate-rules',
          got: expect.any(String),
          expected: expect.stringContaining(
            '`run_manifest` is neither a report of the gate nor a JSON file of `extra-reports`',
          ),
        },
      ])
    expect(mistakesOf(both('run_manifest.steps <= baseline', 'run_manifest.json'))).toEqual([
      expect.objectContaining({ expected: expect.stringContaining('no `baseline` of `run_manifest`') }),
    ])
  })

  it('are at most 50, which the summary can show', () => {
    const rules = (count: number) => 'runtime_assess.x == 0\n'.repeat(count)
    expect(rulesOf(rules(50))).toHaveLength(50)
    expect(mistakesIn(rules(51))).toEqual([
      { name: 'gate-rules', got: expect.stringContaining('51 lines'), expected: 'at most 50 rules' },
    ])
  })

  it('show no secret that was put there', () => {
    const environment = environmentWith({
      passphrase: 'correct-horse battery',
      'gate-rules': 'runtime_assess.x == 0\nx correct-horse battery',
    })
    expect(mistakesOf(environment)).toEqual([
      {
        name: 'gate-rules',
        got: 'a text of 45 characters in 2 lines that holds a secret',
        expected: expect.stringContaining('line 2'),
      },
    ])
  })

  it('are rules or mistakes, whatever is given', () => {
    const text = fc.array(fc.oneof(nearlyRules, fc.string({ unit: 'binary' })), { maxLength: 5 })
    fc.assert(
      fc.property(text, (lines) => {
        const read = readDeployConfig(withRules(lines.join('\n')))
        if (read.kind === 'invalid') {
          expect(read.problem.mistakes.length).toBeGreaterThan(0)
          for (const { name } of read.problem.mistakes) expect(name).toBe('gate-rules')
        }
      }),
      { numRuns: 1000 },
    )
  })
})
