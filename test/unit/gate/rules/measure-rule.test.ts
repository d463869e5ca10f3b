import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { measureRule, readNumber } from '../../../../src/gate/rules/measure-rule.ts'
import { approximately, decimal } from '../../../../src/gate/rules/rational.ts'
import {
  type Baseline,
  COMPARISONS,
  type Comparison,
  type Expression,
  type RuledReports,
} from '../../../../src/model/rule.ts'
import { writeRule } from '../../../../src/output/messages/rule-text.ts'
import { baselineWith, ruleOf } from '../builders.ts'
import { expressions, rules } from './arbitraries.ts'

const reportsWith = (runtimeAssess: unknown, closedLoop: unknown = {}): RuledReports => ({
  runtime_assess: { kind: 'readable', report: runtimeAssess },
  closed_loop_report: { kind: 'readable', report: closedLoop },
})

/** The rule `runtime_assess.x …` where x is `got` in the report. */
function measured(condition: string, got: unknown, baseline: Baseline = { kind: 'none' }) {
  return measureRule(ruleOf(`runtime_assess.x ${condition}`), reportsWith({ x: got }), baseline)
}

const earlier = (x: unknown) => baselineWith({ x })

describe('measureRule', () => {
  it.each<[condition: string, got: number, holds: 'met' | 'unmet']>([
    ['== 0', 0, 'met'],
    ['== 0', -0, 'met'],
    ['== 0', 1e-300, 'unmet'],
    ['!= 0', 1, 'met'],
    ['!= 1', 1, 'unmet'],
    ['< 5', 4, 'met'],
    ['< 5', 5, 'unmet'],
    ['<= 5', 5, 'met'],
    ['<= 5', 6, 'unmet'],
    ['> 5', 6, 'met'],
    ['> 5', 5, 'unmet'],
    ['>= 5', 5, 'met'],
    ['>= 5', 4, 'unmet'],
    ['== 2 + 3 * 4', 14, 'met'],
    ['== (2 + 3) * 4', 20, 'met'],
    ['== 7 - 2 - 3', 2, 'met'],
    ['== 8 / 4 / 2', 1, 'met'],
    ['== -2 * -3', 6, 'met'],
    ['== -(1 - 4)', 3, 'met'],
    ['== 1 / -4', -0.25, 'met'],
    // As decimals, not as floating point has them.
    ['== 0.1 + 0.2', 0.3, 'met'],
    ['>= 0.05 - 0.02', 0.03, 'met'],
    ['== 0.3 - 0.1 - 0.2', 0, 'met'],
    ['== 1.1 * 3', 3.3, 'met'],
    ['== 1 / 3 * 3', 1, 'met'],
    ['== 1 / 3', 0.3333333333333333, 'unmet'],
    ['<= 1 / 3', 0.3333333333333333, 'met'],
    ['== 0.0000001', 1e-7, 'met'],
    ['== 1000000000000000000000', 1e21, 'met'],
    ['< 0.0000000000000000000001', 5e-324, 'met'],
    ['> 0', 5e-324, 'met'],
    ['> 1000000000000000000000', 1.7976931348623157e308, 'met'],
  ])('%s of %s is %s', (condition, got, holds) => {
    expect(measured(condition, got)).toMatchObject({
      measure: { kind: 'compared', got, holds },
      baseline: { kind: 'not-used' },
      effect: holds === 'met' ? 'met' : 'fail',
    })
  })

  it('compares with the number at the same path in the baseline', () => {
    expect(measured('<= 1.5 * baseline', 9, earlier(6))).toMatchObject({
      measure: { kind: 'compared', got: 9, limit: 9, holds: 'met' },
      baseline: { kind: 'number', value: 6 },
      effect: 'met',
    })
    expect(measured('>= baseline - 0.02', 0.029, earlier(0.05))).toMatchObject({
      measure: { kind: 'compared', got: 0.029, limit: 0.03, holds: 'unmet' },
      effect: 'fail',
    })
    const rule = ruleOf('closed_loop_report.account_outcome.x == baseline + 1')
    const reports = reportsWith({}, { account_outcome: { x: 3 } })
    const kept = baselineWith({ account_outcome: { x: 7 } }, { account_outcome: { x: 2 } })
    expect(measureRule(rule, reports, kept).effect).toBe('met')
  })

  it('only warns about a rule that says so', () => {
    const rule = ruleOf('warn: runtime_assess.x == 0')
    expect(measureRule(rule, reportsWith({ x: 1 }), { kind: 'none' }).effect).toBe('warning')
    expect(measureRule(rule, reportsWith({ x: 0 }), { kind: 'none' }).effect).toBe('met')
    // What is missing is another matter.
    expect(measureRule(rule, reportsWith({}), { kind: 'none' }).effect).toBe('error')
  })

  const UNREAD: readonly (readonly [what: string, value: unknown, flaw: unknown])[] = [
    ['absent', undefined, { kind: 'not-a-number', type: 'object' }],
    ['null', null, { kind: 'not-a-number', type: 'null' }],
    ['a text', '5', { kind: 'not-a-number', type: 'text' }],
    ['a boolean', true, { kind: 'not-a-number', type: 'boolean' }],
    ['a list', [5], { kind: 'not-a-number', type: 'list' }],
    ['an object', { valueOf: 5 }, { kind: 'not-a-number', type: 'object' }],
    ['infinite', JSON.parse('1e999'), { kind: 'not-finite' }],
    ['minus infinite', JSON.parse('-1e999'), { kind: 'not-finite' }],
    ['not a number', Number.NaN, { kind: 'not-finite' }],
  ]

  it.each(UNREAD.slice(1))('measures nothing where %s stands', (_what, value, flaw) => {
    expect(measured('== 0', value)).toMatchObject({
      measure: { kind: 'not-measured', flaw },
      effect: 'error',
    })
  })

  it.each([
    ['', 'error'],
    ['missing: fail', 'fail'],
    ['missing: warn', 'warning'],
    ['missing: ignore', 'ignored'],
  ])('takes what is not there by %j', (missing, effect) => {
    for (const warn of ['', 'warn: ']) {
      const rule = ruleOf(`${warn}runtime_assess.y == 0 ${missing}`)
      expect(measureRule(rule, reportsWith({ x: 0 }), { kind: 'none' })).toMatchObject({
        measure: { kind: 'not-measured', flaw: { kind: 'absent' } },
        effect,
      })
    }
    expect(measured(`== 1 / 0 ${missing}`, 1)).toMatchObject({
      measure: { kind: 'not-measured', flaw: { kind: 'no-limit', got: 1 } },
      effect,
    })
  })

  it.each([
    '1 / 0',
    '1 / (2 - 2)',
    '0 / 0',
    '-(1 / 0)',
    '1 / 0 + 1',
    '1 + 1 / 0',
    '1 / (1 / 0)',
    '1 / baseline',
  ])('comes to no number by %s', (expression) => {
    expect(measured(`!= ${expression}`, 1, earlier(0))).toMatchObject({
      measure: { kind: 'not-measured', flaw: { kind: 'no-limit', got: 1 } },
    })
  })

  it('comes to no number where that would be infinite', () => {
    expect(measured('< baseline * baseline', 1, earlier(1e200))).toMatchObject({
      measure: { flaw: { kind: 'no-limit' } },
    })
    expect(measured('< baseline * baseline / baseline', 1, earlier(1e200))).toMatchObject({
      measure: { kind: 'compared', limit: 1e200, holds: 'met' },
    })
  })

  it.each<[what: string, baseline: Baseline, reading: unknown]>([
    ['no deployment', { kind: 'none' }, { kind: 'no-deployment' }],
    ['no baseline asked for', { kind: 'not-asked' }, { kind: 'no-deployment' }],
    [
      'a baseline that could not be read',
      { kind: 'unreadable', detail: 'x' },
      { kind: 'unreadable', detail: 'x' },
    ],
    [
      'a baseline without the path',
      earlier(undefined),
      { kind: 'none', flaw: { kind: 'not-a-number', type: 'object' } },
    ],
    [
      'a baseline with null there',
      earlier(null),
      { kind: 'none', flaw: { kind: 'not-a-number', type: 'null' } },
    ],
    [
      'a baseline whose report is unusable',
      {
        kind: 'kept',
        transaction: 'a',
        runId: 'r',
        reports: { ...reportsWith({}), runtime_assess: { kind: 'unusable', shown: 'missing' } },
      },
      { kind: 'none', flaw: { kind: 'report-unusable', shown: 'missing' } },
    ],
  ])('ignores a rule for %s, whatever it says of what is missing', (_what, baseline, reading) => {
    for (const missing of ['', 'missing: fail']) {
      for (const got of [5, null]) {
        expect(measured(`<= baseline ${missing}`, got, baseline)).toMatchObject({
          measure: { kind: 'no-baseline' },
          baseline: reading,
          effect: 'ignored',
        })
      }
    }
    // One that does not compare with it is measured.
    expect(measured('== 5', 5, baseline).effect).toBe('met')
  })

  it('calculates as plain arithmetic does', () => {
    /** Not a number where floating point cannot tell whether it divides by zero. */
    const plain = (expression: Expression, baseline: number): number => {
      switch (expression.kind) {
        case 'number':
          return Number(expression.text)
        case 'baseline':
          return baseline
        case 'negative':
          return -plain(expression.of, baseline)
        case 'binary': {
          const [left, right] = [plain(expression.left, baseline), plain(expression.right, baseline)]
          if (expression.operator === '/' && Math.abs(right) < 1e-4) return Number.NaN
          return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[
            expression.operator
          ]
        }
      }
    }
    let compared = 0
    fc.assert(
      fc.property(expressions, fc.integer({ min: -50, max: 50 }), (expression, baseline) => {
        const expected = plain(expression, baseline)
        fc.pre(Math.abs(expected) < 1e12)
        compared += 1
        const rule = { ...ruleOf('runtime_assess.x < 0'), expression }
        const { measure } = measureRule(rule, reportsWith({ x: 0 }), earlier(baseline))
        if (measure.kind !== 'compared') throw new Error(`${writeRule(rule)} was not measured`)
        // Where large terms cancel out, floating point is the one that is off.
        expect(Math.abs(expected - measure.limit)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)))
      }),
      { numRuns: 3000 },
    )
    expect(compared).toBeGreaterThan(2000)
  })

  const HOLDS: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
    '==': (left, right) => left === right,
    '!=': (left, right) => left !== right,
    '<=': (left, right) => left <= right,
    '>=': (left, right) => left >= right,
    '<': (left, right) => left < right,
    '>': (left, right) => left > right,
  }

  it('compares any two numbers of reports as plain comparison does', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(0, 1),
    )
    fc.assert(
      fc.property(
        number,
        number,
        fc.constantFrom(...COMPARISONS),
        fc.boolean(),
        (left, right, comparison, same) => {
          const [got, baseline] = same ? [left, left] : [left, right]
          const { effect } = measured(`${comparison} baseline`, got, earlier(baseline))
          expect(effect).toBe(HOLDS[comparison](got, baseline) ? 'met' : 'fail')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('throws for no report, and takes nothing but its own numbers', () => {
    fc.assert(
      fc.property(rules, fc.jsonValue(), fc.jsonValue(), (rule, report, other) => {
        const result = measureRule(rule, reportsWith(report, report), baselineWith(other, other))
        const found = readNumber(reportsWith(report, report), rule.path)
        if (found.kind === 'number') expect(JSON.stringify(report)).toContain(JSON.stringify(found.value))
        if (result.effect === 'met') expect(found.kind).toBe('number')
        expect(writeRule(result.rule)).toBe(writeRule(rule))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('readNumber', () => {
  const at = (report: unknown, path: string) => readNumber(reportsWith(report), ruleOf(`${path} == 0`).path)

  it.each([
    ['a key that is not there', {}, 'runtime_assess.x'],
    ["what an object has from its prototype's", {}, 'runtime_assess.constructor.length'],
    ['the prototype itself', {}, 'runtime_assess.__proto__'],
    ['the length of a list', { x: [1, 2] }, 'runtime_assess.x.length'],
    ['an element of a list', { x: [1, 2] }, 'runtime_assess.x.0'],
    ['the length of a text', { x: 'four' }, 'runtime_assess.x.length'],
    ['a key of a number', { x: 4 }, 'runtime_assess.x.y'],
    ['a key of null', { x: null }, 'runtime_assess.x.y'],
    ['a report that is a list', [1], 'runtime_assess.0'],
    ['a report that is null', null, 'runtime_assess.x'],
    ['a key with a dot in it', { 'x.y': 4 }, 'runtime_assess.x.y'],
  ])('finds nothing for %s', (_what, report, path) => {
    expect(at(report, path)).toEqual({ kind: 'none', flaw: { kind: 'absent' } })
  })

  it('finds what the JSON itself has under such names', () => {
    expect(at(JSON.parse('{"__proto__":{"constructor":4}}'), 'runtime_assess.__proto__.constructor')).toEqual(
      {
        kind: 'number',
        value: 4,
      },
    )
  })

  it('names the value in place of a report', () => {
    const reports: RuledReports = { ...reportsWith({}), runtime_assess: { kind: 'unusable', shown: 'stale' } }
    expect(readNumber(reports, ruleOf('runtime_assess.x == 0').path)).toEqual({
      kind: 'none',
      flaw: { kind: 'report-unusable', shown: 'stale' },
    })
  })
})

describe('approximately', () => {
  it.each([
    [0.03, '0.03'],
    [-12, '-12'],
    [1.5e308, '1.5e308'],
    [-1.5e308, '-1.5e308'],
    [5e-300, '5e-300'],
  ])('gives back %p', (value, text) => {
    expect(approximately(decimal(text.replace('e3', 'e+3')))).toBe(value)
  })

  it('gives back what was written, also where it is large or small', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e290, max: 1e290 }), (value) => {
        fc.pre(value === 0 || Math.abs(value) > 1e-280)
        const shown = approximately(decimal(String(value)))
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-14)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a rule about a text', () => {
  const KNOWN = { commit: 'c0ffee', runId: 'deploy-7-1' }
  const of = (rule: string, report: unknown, known = KNOWN) =>
    measureRule(
      ruleOf(rule),
      { ...reportsWith({}), run_manifest: { kind: 'readable', report } },
      { kind: 'none' },
      known,
    )
  const manifest = { git: { commit: 'c0ffee', dirty: false }, run_id: 'deploy-7-1', note: 'a $COMMIT' }

  it.each([
    ['run_manifest.git.commit == "$COMMIT"', 'met'],
    ['run_manifest.git.commit != "$COMMIT"', 'fail'],
    ['warn: run_manifest.git.commit != "$COMMIT"', 'warning'],
    ['run_manifest.git.commit == "c0ffe"', 'fail'],
    ['run_manifest.git.commit == "C0FFEE"', 'fail'],
    ['run_manifest.git.commit != "beef"', 'met'],
    ['run_manifest.run_id == "$RUN_ID"', 'met'],
    ['run_manifest.run_id == "deploy-7-1"', 'met'],
    ['run_manifest.note == "a c0ffee"', 'fail'],
    ['run_manifest.git.dirty == "false"', 'error'],
    ['run_manifest.git.dirty != "x"', 'error'],
    ['run_manifest.git == "x" missing: warn', 'warning'],
    ['run_manifest.gone != "x"', 'error'],
    ['run_manifest.gone != "x" missing: ignore', 'ignored'],
    ['run_manifest.run_id == 7', 'error'],
    ['other.run_id == "x"', 'error'],
  ])('%s: %s', (rule, effect) => {
    expect(of(rule, manifest).effect).toBe(effect)
  })

  it('is measured neither by a hidden text nor by a file in which something is hidden, whatever it says', () => {
    for (const comparison of ['==', '!='])
      for (const missing of ['', ' missing: ignore', ' missing: warn'])
        for (const text of ['***', 'c0***ee', '***c0ffee']) {
          const rule = `run_manifest.git.commit ${comparison} "$COMMIT"${missing}`
          expect(of(rule, { git: { commit: text } }).effect).toBe('error')
          expect(
            of(`${comparison === '==' ? 'warn: ' : ''}${rule}`, { git: { commit: text } }).effect,
          ).not.toBe('met')
          expect(of(`run_manifest.git.commit ${comparison} "***"${missing}`, manifest).effect).toBe('error')
          expect(
            measureRule(ruleOf(rule), { run_manifest: { kind: 'hidden' } }, { kind: 'none' }, KNOWN).effect,
          ).toBe('error')
        }
  })

  it('is not measured where it names what is not known', () => {
    const unknown = { commit: '', runId: '' }
    for (const text of ['$COMMIT', 'x $RUN_ID']) {
      expect(of(`run_manifest.note != "${text}"`, manifest, unknown)).toMatchObject({
        measure: { kind: 'not-measured', flaw: { kind: 'no-placeholder' } },
        effect: 'error',
      })
    }
  })

  it('is met by the same text alone, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -#%-~]{0,20}$/), fc.string(), (one, other) => {
        fc.pre(!one.includes('"') && !`${one}${other}`.includes('***'))
        expect(of(`run_manifest.x == "${one}"`, { x: one }).effect).toBe('met')
        expect(of(`run_manifest.x == "${one}"`, { x: other }).effect).toBe(one === other ? 'met' : 'fail')
      }),
    )
  })
})
