import { REPORT_NAMES } from './assessment.ts'

/** The two reports that rules are about, as rules name them. */
export const RULED_REPORTS = [REPORT_NAMES.runtimeAssess, REPORT_NAMES.closedLoop] as const
export type ReportName = (typeof RULED_REPORTS)[number]

export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** What becomes of the gate where a rule finds no number to compare. */
export const CONSEQUENCES = ['fail', 'warn', 'ignore'] as const

/** As many as the summary shows at most. */
export const MOST_RULES = 50

/** One line of the input `gate-rules` (docs/gate-rules.md): `[warn:] PATH OP EXPRESSION [missing: …]`. */
export interface Rule {
  /** What a rule that is not met means: `fail`, or with `warn:` a warning. */
  readonly unmet: 'fail' | 'warn'
  readonly path: Path
  readonly comparison: Comparison
  readonly expression: Expression
  /** What is so where there is no number to compare; `error` where the rule does not say. */
  readonly missing: 'error' | (typeof CONSEQUENCES)[number]
}

/** Where a number stands in a report. */
export interface Path {
  readonly report: ReportName
  readonly keys: readonly [string, ...string[]]
}

export type Expression =
  /** `text`: a decimal number without a sign and without an exponent, as it was written. */
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

/** Whether a rule compares with what the last confirmed deployment had. */
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

/** A report that a rule can look into, or what was there instead in a few words. */
export type RuledReport =
  | { readonly kind: 'readable'; readonly report: unknown }
  | { readonly kind: 'unusable'; readonly shown: string }
  /** It cannot be read because a value of the env file in it is hidden. */
  | { readonly kind: 'hidden' }

export type RuledReports = Readonly<Record<ReportName, RuledReport>>

/** A finite number of a report, or what stands there instead. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'none'; readonly flaw: Flaw }

export type Flaw =
  | { readonly kind: 'report-unusable'; readonly shown: string }
  | { readonly kind: 'absent' }
  /** The number, or so much that nobody can tell where it is, is a value of the env file. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'not-a-number'; readonly type: 'null' | 'text' | 'boolean' | 'list' | 'object' }
  /** A number in the report that is too large to be one here, as 1e999. */
  | { readonly kind: 'not-finite' }

/** What one rule came to. */
export interface RuleResult {
  readonly rule: Rule
  readonly measure: Measure
  /** What `baseline` stood for; `not-used` where the rule does not compare with it. */
  readonly baseline: BaselineReading
  readonly effect: Effect
}

/**
 * What a rule means for the gate. `met` and `ignored` let it pass, `warning` lets it pass and is said, `fail` and
 * `error` do not.
 */
export type Effect = 'met' | 'fail' | 'error' | 'warning' | 'ignored'

export type Measure =
  /** `limit`: what the expression came to, right to about 15 digits; the comparison was made with the exact one. */
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
  /** The expression came to no number: a division by zero, or more than a number can be. */
  | { readonly kind: 'no-limit'; readonly got: number }
  /** What the last confirmed deployment had is there, and hidden. */
  | { readonly kind: 'hidden-baseline' }

export type BaselineReading =
  | { readonly kind: 'not-used' }
  | { readonly kind: 'no-deployment' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | Reading

/** The reports of the last confirmed deployment of the project directory, as far as the host kept them. */
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

/** What is there and cannot be seen is not missing. */
export function isOutOfSight({ kind }: MeasureFlaw): boolean {
  return kind === 'hidden' || kind === 'hidden-baseline'
}
