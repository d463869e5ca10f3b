import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { LONGEST_RULE, parseRule } from '../../../src/config/parse-rule.ts'
import { type Expression, type Rule, usesBaseline } from '../../../src/model/rule.ts'
import { writeRule } from '../../../src/output/messages/rule-text.ts'
import { ruleOf } from '../gate/builders.ts'
import { nearlyRules, rules } from '../gate/rules/arbitraries.ts'

const n = (text: string): Expression => ({ kind: 'number', text })
const BASELINE: Expression = { kind: 'baseline' }
const METRIC: Rule['path'] = { report: 'runtime_assess', keys: ['metrics', 'x'] }
const PLAIN = { unmet: 'fail', path: METRIC, comparison: '<=', missing: 'error' } as const

/** The expression of a rule, written again. */
const rewritten = (expression: string) =>
  writeRule(ruleOf(`runtime_assess.x < ${expression}`)).slice('runtime_assess.x < '.length)

describe('parseRule', () => {
  it.each<[text: string, rule: Rule]>([
    [
      'runtime_assess.metrics.critical_count == 0',
      {
        ...PLAIN,
        path: { report: 'runtime_assess', keys: ['metrics', 'critical_count'] },
        comparison: '==',
        expression: n('0'),
      },
    ],
    [
      'closed_loop_report.account_outcome.max_drawdown_pct_observed <= 0.05',
      {
        ...PLAIN,
        path: { report: 'closed_loop_report', keys: ['account_outcome', 'max_drawdown_pct_observed'] },
        expression: n('0.05'),
      },
    ],
    [
      'closed_loop_report.account_outcome.equity_change_pct >= baseline - 0.02',
      {
        ...PLAIN,
        path: { report: 'closed_loop_report', keys: ['account_outcome', 'equity_change_pct'] },
        comparison: '>=',
        expression: { kind: 'binary', operator: '-', left: BASELINE, right: n('0.02') },
      },
    ],
    [
      'runtime_assess.metrics.x <= 1.5 * baseline',
      { ...PLAIN, expression: { kind: 'binary', operator: '*', left: n('1.5'), right: BASELINE } },
    ],
    [
      'warn: runtime_assess.metrics.x != -1 missing: ignore',
      {
        unmet: 'warn',
        path: METRIC,
        comparison: '!=',
        expression: { kind: 'negative', of: n('1') },
        missing: 'ignore',
      },
    ],
    [
      ' \twarn :runtime_assess.metrics.x>baseline/2 missing :\tfail ',
      {
        unmet: 'warn',
        path: METRIC,
        comparison: '>',
        expression: { kind: 'binary', operator: '/', left: BASELINE, right: n('2') },
        missing: 'fail',
      },
    ],
    [
      'runtime_assess.metrics.x < (baseline)missing:warn',
      { ...PLAIN, comparison: '<', expression: BASELINE, missing: 'warn' },
    ],
    [
      'runtime_assess.0.__proto__.a-b.-- <= 007.50',
      {
        ...PLAIN,
        path: { report: 'runtime_assess', keys: ['0', '__proto__', 'a-b', '--'] },
        expression: n('007.50'),
      },
    ],
  ])('reads %j', (text, rule) => {
    expect(parseRule(text)).toEqual({ kind: 'rule', rule })
  })

  it.each([
    ['1+2*3', '1 + 2 * 3'],
    ['(1+2)*3', '(1 + 2) * 3'],
    ['((1))', '1'],
    ['1-2-3', '1 - 2 - 3'],
    ['1-(2-3)', '1 - (2 - 3)'],
    ['1+(2+3)', '1 + (2 + 3)'],
    ['(1*2)/3', '1 * 2 / 3'],
    ['1/(2*3)', '1 / (2 * 3)'],
    ['- baseline*2', '-baseline * 2'],
    ['-(baseline*2)', '-(baseline * 2)'],
    ['1--1', '1 - -1'],
    ['- -1', '--1'],
    ['2*-(1+1)', '2 * -(1 + 1)'],
    ['baseline-baseline', 'baseline - baseline'],
  ])('takes %s as %s', (given, written) => {
    expect(rewritten(given)).toBe(written)
  })

  it.each(['"x"', '""', '" 回 \\d  "', '"$COMMIT"', '"deploy-$RUN_ID/$COMMIT."'])(
    'takes the text %s as it is',
    (text) => {
      for (const comparison of ['==', '!=']) {
        const rule = `runtime_assess.x ${comparison} ${text}`
        const parsed = parseRule(`  runtime_assess.x${comparison}${text}missing:ignore `)
        expect(parsed.kind === 'rule' && writeRule(parsed.rule)).toBe(`${rule} missing: ignore`)
      }
    },
  )

  it.each<[text: string, at: number, expected: string]>([
    ['', 1, 'path'],
    ['runtime_assess == 0', 1, 'path'],
    ['runtime_assess. == 0', 1, 'path'],
    ['.x == 0', 1, 'path'],
    ['runtime assess.x == 0', 1, 'path'],
    ['a.b < "x"', 7, 'text-comparison'],
    ['a.b >= "x"', 8, 'text-comparison'],
    ['a.b == 1 + "x"', 12, 'operand'],
    ['a.b == "x" + 1', 12, 'end'],
    ['a.b == "x" "y"', 12, 'end'],
    ['a.b == "x', 10, 'text-end'],
    ['a.b == "x\u0007"', 10, 'text-end'],
    ['a.b == "$X"', 9, 'placeholder'],
    ['a.b == "$COMMITS"', 9, 'placeholder'],
    ['a.b == "v1 $5"', 12, 'placeholder'],
    ["a.b == 'x'", 8, 'operand'],
    ['Warn: runtime_assess.x == 0', 1, 'path'],
    ['warn: 0 == runtime_assess.x', 7, 'path'],
    ['runtime_assess.x', 17, 'comparison'],
    ['runtime_assess.x = 0', 18, 'comparison'],
    ['runtime_assess.x. == 0', 17, 'comparison'],
    ['runtime_assess.x[0] == 0', 17, 'comparison'],
    ['runtime_assess.a b == 0', 18, 'comparison'],
    ['runtime_assess.x === 0', 20, 'operand'],
    ['runtime_assess.x <> 0', 19, 'operand'],
    ['runtime_assess.x ==', 20, 'operand'],
    ['runtime_assess.x == zero', 21, 'operand'],
    ['runtime_assess.x == 1e5', 21, 'operand'],
    ['runtime_assess.x == 0x10', 21, 'operand'],
    ['runtime_assess.x == .5', 21, 'operand'],
    ['runtime_assess.x == 5.', 21, 'operand'],
    ['runtime_assess.x == 1.2.3', 21, 'operand'],
    ['runtime_assess.x == +5', 21, 'operand'],
    ['runtime_assess.x == 1 +', 24, 'operand'],
    ['runtime_assess.x == 1 * * 2', 25, 'operand'],
    ['runtime_assess.x == baselines', 21, 'operand'],
    ['runtime_assess.x == baseline.y', 21, 'operand'],
    ['runtime_assess.x == runtime_assess.y', 21, 'operand'],
    ['runtime_assess.x == missing: fail', 21, 'operand'],
    ['runtime_assess.x == ()', 22, 'operand'],
    ['runtime_assess.x == (1', 23, 'closing-parenthesis'],
    ['runtime_assess.x == (1 1', 24, 'closing-parenthesis'],
    ['runtime_assess.x == 1)', 22, 'end'],
    ['runtime_assess.x == 1 2', 23, 'end'],
    ['runtime_assess.x == 1 and 2', 23, 'end'],
    ['runtime_assess.x == 1 # a comment', 23, 'end'],
    ['runtime_assess.x == 1 missing fail', 23, 'end'],
    ['runtime_assess.x == 1 missing:', 31, 'consequence'],
    ['runtime_assess.x == 1 missing: error', 32, 'consequence'],
    ['runtime_assess.x == 1 missing: failed', 32, 'consequence'],
    ['runtime_assess.x == 1 missing: fail warn', 37, 'end'],
    ['runtime_assess.x == 1 missing: fail missing: warn', 37, 'end'],
    [`runtime_assess.x == 1${' '.repeat(LONGEST_RULE)}`, 301, 'short-enough'],
  ])('says where %j is wrong', (text, at, expected) => {
    expect(parseRule(text)).toEqual({ kind: 'mistake', at, expected })
  })

  it('reads what it wrote as the same rule', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const written = writeRule(rule)
        fc.pre(written.length <= LONGEST_RULE)
        expect(parseRule(written)).toEqual({ kind: 'rule', rule })
        // Blanks mean nothing, as long as words stay apart.
        expect(parseRule(written.replaceAll(' ', '\t  '))).toMatchObject(
          written.replaceAll(' ', '\t  ').length > LONGEST_RULE
            ? { kind: 'mistake' }
            : { kind: 'rule', rule },
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('throws for no text, and takes nothing for a rule that it cannot write again', () => {
    const seen = { rule: 0, mistake: 0 }
    const started = fc.constantFrom('', 'runtime_assess.x == ', 'runtime_assess.x <= 1')
    fc.assert(
      fc.property(started, fc.oneof(nearlyRules, fc.string({ unit: 'binary' })), (start, text) => {
        const parsed = parseRule(start + text)
        seen[parsed.kind] += 1
        if (parsed.kind === 'rule') expect(ruleOf(writeRule(parsed.rule))).toEqual(parsed.rule)
        else expect(parsed.at).toBeLessThanOrEqual(start.length + text.length + 1)
      }),
      { numRuns: 5000 },
    )
    expect(seen.rule).toBeGreaterThan(50)
    expect(seen.mistake).toBeGreaterThan(1000)
  })

  it.each(['(', '-', '1+(', '(-', '1*'])('ends also where %j goes on and on', (part) => {
    for (const length of [LONGEST_RULE, 100_000]) {
      const text = `runtime_assess.x == ${part.repeat(length)}`
      expect(parseRule(text.slice(0, LONGEST_RULE)).kind).toBe('mistake')
      expect(parseRule(text).kind).toBe('mistake')
    }
  })
})

describe('usesBaseline', () => {
  it('is so wherever the expression has the word', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(usesBaseline(rule)).toBe(writeRule({ ...rule, path: METRIC }).includes('baseline'))
      }),
    )
  })
})
