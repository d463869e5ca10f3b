import {
  type Baseline,
  type BaselineReading,
  type Comparison,
  type Effect,
  type Expression,
  type Flaw,
  isOutOfSight,
  type JsonType,
  type KnownOfRun,
  type Measure,
  type Path,
  PLACEHOLDERS,
  type Reading,
  type Rule,
  type RuledReports,
  type RuleResult,
  type RuleText,
  type TextReading,
  usesBaseline,
} from '../../model/rule.ts'
import { isHidden } from '../reports/not-json.ts'
import {
  approximately,
  compared,
  decimal,
  exactly,
  inverse,
  negative,
  plus,
  type Rational,
  times,
} from './rational.ts'

/** Holds one rule against the reports of this run. Pure; the order of rules means nothing. */
export function measureRule(
  rule: Rule,
  reports: RuledReports,
  baseline: Baseline,
  known: KnownOfRun = NOTHING_KNOWN,
): RuleResult {
  const before = baselineOf(rule, baseline)
  const { expression } = rule
  const measure =
    expression.kind === 'text'
      ? measureText(rule, expression, readText(reports, rule.path), known)
      : measureOf(rule, expression, readNumber(reports, rule.path), before)
  return { rule, measure, baseline: before, effect: effectOf(rule, measure) }
}

const NOTHING_KNOWN: KnownOfRun = { commit: '', runId: '' }

/** A text in which something is hidden is not known, so it is neither equal nor other. */
function measureText(
  { comparison }: Rule,
  { text }: RuleText,
  reading: TextReading,
  known: KnownOfRun,
): Measure {
  if (reading.kind === 'none') return { kind: 'not-measured', flaw: reading.flaw }
  const values = { $COMMIT: known.commit, $RUN_ID: known.runId } as const
  const missing = PLACEHOLDERS.find((name) => text.includes(name) && values[name] === '')
  if (missing) return { kind: 'not-measured', flaw: { kind: 'no-placeholder', name: missing } }
  const limit = text.replace(/\$COMMIT|\$RUN_ID/gu, (name) => values[name as keyof typeof values])
  if (isHidden(limit)) return { kind: 'not-measured', flaw: { kind: 'hidden' } }
  const isEqual = reading.value === limit
  return {
    kind: 'compared-text',
    got: reading.value,
    limit,
    holds: isEqual === (comparison === '==') ? 'met' : 'unmet',
  }
}

function baselineOf(rule: Rule, baseline: Baseline): BaselineReading {
  if (!usesBaseline(rule)) return { kind: 'not-used' }
  switch (baseline.kind) {
    case 'not-asked':
    case 'none':
      return { kind: 'no-deployment' }
    case 'unreadable':
      return baseline
    case 'kept':
      return readNumber(baseline.reports, rule.path)
  }
}

function measureOf(rule: Rule, expression: Expression, reading: Reading, baseline: BaselineReading): Measure {
  if (baseline.kind === 'none' && baseline.flaw.kind === 'hidden')
    return { kind: 'not-measured', flaw: { kind: 'hidden-baseline' } }
  if (baseline.kind !== 'not-used' && baseline.kind !== 'number') return { kind: 'no-baseline', reading }
  if (reading.kind === 'none') return { kind: 'not-measured', flaw: reading.flaw }
  const got = reading.value
  const limit = calculate(expression, baseline.kind === 'number' ? exactly(baseline.value) : undefined)
  const shown = limit === undefined ? Number.NaN : approximately(limit)
  if (limit === undefined || !Number.isFinite(shown))
    return { kind: 'not-measured', flaw: { kind: 'no-limit', got } }
  const holds = HOLDS[rule.comparison](compared(exactly(got), limit)) ? 'met' : 'unmet'
  return { kind: 'compared', got, limit: shown, holds }
}

/** What an expression comes to; undefined where it comes to nothing. */
function calculate(expression: Expression, baseline: Rational | undefined): Rational | undefined {
  switch (expression.kind) {
    case 'number':
      return decimal(expression.text)
    case 'baseline':
      return baseline
    case 'negative': {
      const value = calculate(expression.of, baseline)
      return value && negative(value)
    }
    case 'binary': {
      const left = calculate(expression.left, baseline)
      const right = calculate(expression.right, baseline)
      return left && right && calculated(expression.operator, left, right)
    }
  }
}

function calculated(operator: '+' | '-' | '*' | '/', left: Rational, right: Rational): Rational | undefined {
  switch (operator) {
    case '+':
      return plus(left, right)
    case '-':
      return plus(left, negative(right))
    case '*':
      return times(left, right)
    case '/': {
      const inverted = inverse(right)
      return inverted && times(left, inverted)
    }
  }
}

/** Whether a comparison holds, by which side is the larger one. */
const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
}

function effectOf(rule: Rule, measure: Measure): Effect {
  switch (measure.kind) {
    case 'compared':
    case 'compared-text':
      return measure.holds === 'met' ? 'met' : EFFECT[rule.unmet]
    case 'not-measured':
      return isOutOfSight(measure.flaw) ? OUT_OF_SIGHT[rule.unmet] : EFFECT[rule.missing]
    case 'no-baseline':
      return 'ignored'
  }
}

const OUT_OF_SIGHT = { fail: 'error', warn: 'warning' } as const

const EFFECT = { error: 'error', fail: 'fail', warn: 'warning', ignore: 'ignored' } as const

/** The number at `path`. */
export function readNumber(reports: RuledReports, path: Path): Reading {
  const found = valueAt(reports, path)
  if (found.kind === 'none') return found
  const { value } = found
  if (typeof value === 'number')
    return Number.isFinite(value) ? { kind: 'number', value } : none({ kind: 'not-finite' })
  if (typeof value === 'string' && isHidden(value)) return none({ kind: 'hidden' })
  const type = typeOf(value)
  return none(type === 'number' ? { kind: 'not-finite' } : { kind: 'not-a-number', type })
}

/** The text at `path`. */
function readText(reports: RuledReports, path: Path): TextReading {
  const found = valueAt(reports, path)
  if (found.kind === 'none') return found
  const { value } = found
  if (typeof value === 'string') return isHidden(value) ? none({ kind: 'hidden' }) : { kind: 'text', value }
  const type = typeOf(value)
  return none(type === 'text' ? { kind: 'hidden' } : { kind: 'not-a-text', type })
}

type Missing = Extract<Reading, { kind: 'none' }>

/** Only what the JSON itself has counts: no list has keys, and no object its prototype's. */
function valueAt(
  reports: RuledReports,
  { report, keys }: Path,
): { readonly kind: 'value'; readonly value: unknown } | Missing {
  const source = Object.hasOwn(reports, report) ? reports[report] : undefined
  if (source === undefined) return none({ kind: 'report-unusable', shown: 'missing' })
  if (source.kind === 'hidden') return none({ kind: 'hidden' })
  if (source.kind === 'unusable') return none({ kind: 'report-unusable', shown: source.shown })
  let value = source.report
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return none({ kind: 'absent' })
    value = value[key]
  }
  return { kind: 'value', value }
}

function typeOf(value: unknown): JsonType {
  switch (typeof value) {
    case 'number':
      return 'number'
    case 'string':
      return 'text'
    case 'boolean':
      return 'boolean'
    default: {
      if (value === null) return 'null'
      return Array.isArray(value) ? 'list' : 'object'
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function none(flaw: Flaw): Missing {
  return { kind: 'none', flaw }
}
