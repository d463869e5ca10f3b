import { describe, expect, it } from '@jest/globals'
import { measureRule } from '../../../../src/gate/rules/measure-rule.ts'
import type { Baseline, RuledReports } from '../../../../src/model/rule.ts'
import { describeRule, describeRuling } from '../../../../src/output/messages/gate-rules.ts'
import { baselineWith, ruleOf } from '../../gate/builders.ts'
import { decision } from '../builders.ts'

const REPORTS: RuledReports = {
  runtime_assess: {
    kind: 'readable',
    report: { n: 9, text: 'x', none: null, list: [], yes: true, deep: {}, huge: Number.POSITIVE_INFINITY },
  },
  closed_loop_report: { kind: 'unusable', shown: 'of another run' },
}
const BEFORE = baselineWith({ n: 6, none: null })

const words = (rule: string, baseline: Baseline = { kind: 'none' }) => {
  const {
    path,
    wanted,
    got,
    baseline: before,
    decision,
  } = describeRule(measureRule(ruleOf(rule), REPORTS, baseline))
  return [path, wanted, got, before, decision]
}

describe('describeRule', () => {
  it.each<[rule: string, baseline: Baseline, words: readonly string[]]>([
    ['runtime_assess.n <= 9', BEFORE, ['runtime_assess.n', '<= 9', '9', '', 'met']],
    ['runtime_assess.n < 3*3', BEFORE, ['runtime_assess.n', '< 3 * 3 (9)', '9', '', 'fail']],
    ['warn: runtime_assess.n < 9', BEFORE, ['runtime_assess.n', '< 9', '9', '', 'warning']],
    [
      'runtime_assess.n <= 1.1 * baseline',
      BEFORE,
      ['runtime_assess.n', '<= 1.1 * baseline (6.6)', '9', '6', 'fail'],
    ],
    [
      'runtime_assess.n <= baseline',
      { kind: 'none' },
      ['runtime_assess.n', '<= baseline', '9', 'none', 'ignored'],
    ],
    [
      'runtime_assess.n <= baseline',
      { kind: 'unreadable', detail: 'x' },
      ['runtime_assess.n', '<= baseline', '9', 'unreadable', 'ignored'],
    ],
    [
      'runtime_assess.none <= baseline',
      BEFORE,
      ['runtime_assess.none', '<= baseline', 'null', 'null', 'ignored'],
    ],
    ['runtime_assess.gone == 0', BEFORE, ['runtime_assess.gone', '== 0', 'missing', '', 'error']],
    ['runtime_assess.text == 0 missing: fail', BEFORE, ['runtime_assess.text', '== 0', 'a text', '', 'fail']],
    [
      'runtime_assess.list == 0 missing: warn',
      BEFORE,
      ['runtime_assess.list', '== 0', 'a list', '', 'warning'],
    ],
    [
      'runtime_assess.yes == 0 missing: ignore',
      BEFORE,
      ['runtime_assess.yes', '== 0', 'true or false', '', 'ignored'],
    ],
    ['runtime_assess.deep == 0', BEFORE, ['runtime_assess.deep', '== 0', 'an object', '', 'error']],
    [
      'runtime_assess.huge == 0',
      BEFORE,
      ['runtime_assess.huge', '== 0', 'a number too large to count with', '', 'error'],
    ],
    [
      'closed_loop_report.n == 0',
      BEFORE,
      ['closed_loop_report.n', '== 0', 'report of another run', '', 'error'],
    ],
    [
      'runtime_assess.n == 1 / 0',
      BEFORE,
      ['runtime_assess.n', '== 1 / 0', '9, and no number to compare it with', '', 'error'],
    ],
  ])('%s, %#', (rule, baseline, cells) => {
    expect(words(rule, baseline)).toEqual(cells)
  })
})

describe('describeRuling', () => {
  it.each<[baseline: Baseline, sentence: string]>([
    [{ kind: 'not-asked' }, ''],
    [
      { kind: 'none' },
      'There is no baseline: no earlier confirmed deployment left reports. Rules that compare with it were ignored.',
    ],
    [
      { kind: 'unreadable', detail: 'no space.' },
      'The baseline could not be read: no space. Rules that compare with it were ignored.',
    ],
    [BEFORE, 'The baseline is run 20260101T000000Z of deployment before, the last one confirmed.'],
  ])('%j', (baseline, sentence) => {
    expect(describeRuling(decision({ baseline }))).toBe(sentence)
  })

  it('says that rules did not decide where the table did', () => {
    const checks = [{ field: 'runner', wanted: 'exit 0', got: 'exit 1', ok: false }]
    expect(describeRuling(decision({ kind: 'error', checks }))).toBe(
      'The rules are shown only: the gate was decided before them.',
    )
  })
})
