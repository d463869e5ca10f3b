import { REPORT_NAMES } from './assessment.ts'

/** The two reports that rules are about, as rules name them. */
export const RULED_REPORTS = [REPORT_NAMES.runtimeAssess, REPORT_NAMES.closedLoop] as const
export type ReportName = (typeof RULED_REPORTS)[number]

/** Longer ones first: the parser takes the first that fits. */
export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** The words after `missing:`: the effect of a rule that finds no number to compare. */
export const CONSEQUENCES = ['fail', 'warn', 'ignore'] as const

/** The summary shows no more. */
export const MOST_RULES = 50

/** One line of the input `gate-rules` (docs/gate-rules.md): `[warn:] PATH OP EXPRESSION [missing: …]`. */
export interface Rule {
  /** The effect of a rule that is not met: `fail`, or with `warn:` a warning. */
  readonly unmet: 'fail' | 'warn'
  readonly path: Path
  readonly comparison: Comparison
  readonly expression: Expression
  /** The effect without a number to compare; `error` unless the rule says another one. */
  readonly missing: 'error' | (typeof CONSEQUENCES)[number]
}

/** The place of a number in a report. */
export interface Path {
  readonly report: ReportName
  readonly keys: readonly [string, ...string[]]
}

export type Expression =
  /** `text`: a decimal number as written, without a sign and without an exponent. */
  | { readonly kind: 'number'; readonly text: string }
  /** The number at the same path in the reports of the last confirmed deployment. */
  | { readonly kind: 'baseline' }
  | { readonly kind: 'negative'; readonly of: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: ArithmeticOperator
      readonly left: Expression
      readonly right: Expression
    }

export type ArithmeticOperator = '+' | '-' | '*' | '/'

/** Whether a rule compares with the last confirmed deployment. */
export function usesBaseline({ expression }: Rule): boolean {
  return refersToBaseline(expression)
}

function refersToBaseline(expression: Expression): boolean {
  switch (expression.kind) {
    case 'number':
      return false
    case 'baseline':
      return true
    case 'negative':
      return refersToBaseline(expression.of)
    case 'binary':
      return refersToBaseline(expression.left) || refersToBaseline(expression.right)
  }
}

/** A report for rules. `shown`: what there was instead, in a few words. */
export type RuledReport =
  | { readonly kind: 'readable'; readonly report: unknown }
  | { readonly kind: 'unusable'; readonly shown: string }
  /** A hidden value of the env file makes it unreadable. */
  | { readonly kind: 'hidden' }

export type RuledReports = Readonly<Record<ReportName, RuledReport>>

/** A finite number of a report, or why there is none. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'none'; readonly flaw: Flaw }

export type Flaw =
  | { readonly kind: 'report-unusable'; readonly shown: string }
  | { readonly kind: 'absent' }
  /** The number is a hidden value of the env file, or so much is hidden that its place is unknown. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'not-a-number'; readonly type: 'null' | 'text' | 'boolean' | 'list' | 'object' }
  /** A number too large for a double, as 1e999. */
  | { readonly kind: 'not-finite' }

/** The result of one rule. */
export interface RuleResult {
  readonly rule: Rule
  readonly measure: Measure
  /** The value of `baseline`; `not-used` where the rule does not compare with it. */
  readonly baseline: BaselineReading
  readonly effect: Effect
}

/** The effect of a rule on the gate. `met`, `ignored` and, with a warning, `warning` let it pass; `fail` and `error` do not. */
export type Effect = 'met' | 'fail' | 'error' | 'warning' | 'ignored'

export type Measure =
  /** `limit`: the value of the expression to about 15 digits; the comparison used the exact one. */
  | {
      readonly kind: 'compared'
      readonly got: number
      readonly limit: number
      readonly holds: 'met' | 'unmet'
    }
  | { readonly kind: 'not-measured'; readonly flaw: MeasureFlaw }
  /** The rule compares with a baseline, and there is no number for it. */
  | { readonly kind: 'no-baseline'; readonly reading: Reading }

export type MeasureFlaw =
  | Flaw
  /** The expression has no value: a division by zero, or too large a number. */
  | { readonly kind: 'no-limit'; readonly got: number }
  /** The number of the last confirmed deployment is hidden. */
  | { readonly kind: 'hidden-baseline' }

export type BaselineReading =
  | { readonly kind: 'not-used' }
  | { readonly kind: 'no-deployment' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | Reading

/** The kept reports of the last confirmed deployment of the project directory. */
export type Baseline =
  /** No rule compares with it. */
  | { readonly kind: 'not-asked' }
  /** No deployment was confirmed yet, or none that left reports. */
  | { readonly kind: 'none' }
  /** The host could not give it. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'kept'
      readonly transaction: string
      readonly runId: string
      readonly reports: RuledReports
    }

/** A hidden number is not a missing one. */
export function isOutOfSight({ kind }: MeasureFlaw): boolean {
  return kind === 'hidden' || kind === 'hidden-baseline'
}
