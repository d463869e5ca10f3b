import type { GateDecision } from '../../model/gate-decision.ts'
import type {
  BaselineReading,
  Effect,
  Measure,
  MeasureFlaw,
  Reading,
  Rule,
  RuleResult,
} from '../../model/rule.ts'
import { quotedName, quotedOutput } from './quote.ts'
import { writeCondition, writePath } from './rule-text.ts'

/** One rule as the cells of a table: foreign text in them is not escaped. */
export interface RuleWords {
  readonly path: string
  readonly wanted: string
  readonly got: string
  readonly baseline: string
  readonly decision: Effect
}

/** One rule in words, for a row of the summary or a line of the log. */
export function describeRule({ rule, measure, baseline, effect }: RuleResult): RuleWords {
  return {
    path: writePath(rule.path),
    wanted: describeWanted(rule, measure),
    got: describeGot(measure),
    baseline: describeBaselineReading(baseline),
    decision: effect,
  }
}

/** With what an expression came to, where that is not what stands there. */
function describeWanted(rule: Rule, measure: Measure): string {
  const condition = writeCondition(rule)
  if (measure.kind === 'compared-text')
    return /\$/u.test(condition) ? `${condition} ("${measure.limit}")` : condition
  return measure.kind === 'compared' && rule.expression.kind !== 'number'
    ? `${condition} (${describeLimit(measure.limit)})`
    : condition
}

/** What a rule's expression came to. */
export function describeLimit(limit: number | string): string {
  if (typeof limit === 'string') return `"${quotedName(limit)}"`
  return String(Number(limit.toPrecision(15)))
}

function describeGot(measure: Measure): string {
  switch (measure.kind) {
    case 'compared':
      return String(measure.got)
    case 'compared-text':
      return `"${quotedName(measure.got)}"`
    case 'not-measured':
      return describeFlaw(measure.flaw)
    case 'no-baseline':
      return describeReading(measure.reading)
  }
}

/** What stands where a rule looks for a number, in a few words. */
export function describeFlaw(flaw: MeasureFlaw): string {
  switch (flaw.kind) {
    case 'report-unusable':
      return `report ${quotedName(flaw.shown)}`
    case 'absent':
      return 'missing'
    case 'not-a-number':
    case 'not-a-text':
      return TYPE_WORDS[flaw.type]
    case 'not-finite':
      return 'a number too large to count with'
    case 'hidden':
      return 'hidden, because it is a value of the env file'
    case 'hidden-baseline':
      return 'the number of the last confirmed deployment is hidden, because it is a value of the env file'
    case 'no-placeholder':
      return `${flaw.name} of the rule is not known in this run`
    case 'no-limit':
      return `${flaw.got}, and no number to compare it with`
  }
}

const TYPE_WORDS = {
  number: 'a number',
  null: 'null',
  text: 'a text',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
} as const

function describeBaselineReading(baseline: BaselineReading): string {
  switch (baseline.kind) {
    case 'not-used':
      return ''
    case 'no-deployment':
      return 'none'
    case 'unreadable':
      return 'unreadable'
    case 'number':
    case 'none':
      return describeReading(baseline)
  }
}

function describeReading(reading: Reading): string {
  return reading.kind === 'number' ? String(reading.value) : describeFlaw(reading.flaw)
}

/** What the rules compared with, and whether they decided: sentences, or '' where there is nothing to say. */
export function describeRuling({ checks, baseline }: GateDecision): string {
  return [
    checks.every(({ ok }) => ok) ? '' : 'The rules are shown only: the gate was decided before them.',
    describeBaseline(baseline),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

function describeBaseline(baseline: GateDecision['baseline']): string {
  switch (baseline.kind) {
    case 'not-asked':
      return ''
    case 'none':
      return 'There is no baseline: no earlier confirmed deployment left reports. Rules that compare with it were ignored.'
    case 'unreadable':
      return `The baseline could not be read: ${quotedOutput(baseline.detail)}. Rules that compare with it were ignored.`
    case 'kept':
      return `The baseline is run ${quotedName(baseline.runId)} of deployment ${quotedName(baseline.transaction)}, the last one confirmed.`
  }
}
