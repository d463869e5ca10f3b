import { describe, expect, it } from '@jest/globals'
import { parseRule } from '../../../src/config/parse-rule.ts'
import { measureRule } from '../../../src/gate/rules/measure-rule.ts'
import type { Baseline, RuledReport } from '../../../src/model/rule.ts'
import { describeRule } from '../../../src/output/messages/gate-rules.ts'

const HIDDEN: RuledReport = { kind: 'readable', report: { n: '***' } }
const SEEN: RuledReport = { kind: 'readable', report: { n: 7 } }

function measured(text: string, now: RuledReport, before: RuledReport) {
  const parsed = parseRule(text)
  if (parsed.kind !== 'rule') throw new Error(`no rule: ${text}`)
  const baseline: Baseline = {
    kind: 'kept',
    transaction: 'a',
    runId: 'r',
    reports: { runtime_assess: before, closed_loop_report: before },
  }
  return describeRule(measureRule(parsed.rule, { runtime_assess: now, closed_loop_report: now }, baseline))
}

describe('a number that is hidden because it is a value of the env file', () => {
  it.each([
    ['runtime_assess.n >= 5', 'error'],
    ['runtime_assess.n >= 5 missing: ignore', 'error'],
    ['runtime_assess.n >= 5 missing: warn', 'error'],
    ['runtime_assess.n >= 5 missing: fail', 'error'],
    ['warn: runtime_assess.n >= 5', 'warning'],
    ['warn: runtime_assess.n >= 5 missing: ignore', 'warning'],
  ])('is never missing, and never passes unsaid: %s', (rule, decision) => {
    expect(measured(rule, HIDDEN, SEEN)).toMatchObject({
      decision,
      got: 'hidden, because it is a value of the env file',
    })
  })

  it.each([
    ['hidden there', HIDDEN],
    ['in a report that hiding has made unreadable', { kind: 'hidden' } as const],
  ])('is no absent baseline: %s', (_, before) => {
    expect(measured('runtime_assess.n >= baseline', SEEN, before)).toMatchObject({
      decision: 'error',
      got: 'the number of the last confirmed deployment is hidden, because it is a value of the env file',
    })
  })
})
