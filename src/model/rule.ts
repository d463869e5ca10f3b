import { REPORT_NAMES } from './assessment.ts'

/** The two reports that rules are about, as rules name them; besides them the JSON files of `extra-reports`. */
export const RULED_REPORTS = [REPORT_NAMES.runtimeAssess, REPORT_NAMES.closedLoop] as const

/** What a file of `extra-reports` is called in a rule: its name without `.json`; undefined where no rule can name it. */
export function reportNameOf(file: string): string | undefined {
  return /^([A-Za-z0-9_-]+)\.json$/u.exec(file)?.[1]
}

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
  readonly expression: Expression | RuleText
  /** The effect without a number to compare; `error` unless the rule says another one. */
  readonly missing: 'error' | (typeof CONSEQUENCES)[number]
}

/** A text to compare with, in which {@link PLACEHOLDERS} stand for what is known of this run. */
export interface RuleText {
  readonly kind: 'text'
  readonly text: string
}

/** The commit of the workflow run, and the run ID of the closed loop. */
export const PLACEHOLDERS = ['$COMMIT', '$RUN_ID'] as const

/** The place of a number or a text in a report. */
export interface Path {
  readonly report: string
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

function refersToBaseline(expression: Expression | RuleText): boolean {
  switch (expression.kind) {
    case 'number':
    case 'text':
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

/** By the names that rules have for them. */
export type RuledReports = Readonly<Record<string, RuledReport>>

/** A finite number of a report, or why there is none. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'none'; readonly flaw: Flaw }

export type Flaw =
  | { readonly kind: 'report-unusable'; readonly shown: string }
  | { readonly kind: 'absent' }
  /** The number is a hidden value of the env file, or so much is hidden that its place is unknown. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'not-a-number'; readonly type: Exclude<JsonType, 'number'> }
  | { readonly kind: 'not-a-text'; readonly type: Exclude<JsonType, 'text'> }
  /** A number too large for a double, as 1e999. */
  | { readonly kind: 'not-finite' }

export type JsonType = 'null' | 'text' | 'number' | 'boolean' | 'list' | 'object'

/** A text of a report, or why there is none. */
export type TextReading =
  | { readonly kind: 'text'; readonly value: string }
  | Extract<Reading, { kind: 'none' }>

/** What a rule's text may stand for: both empty where they are not known. */
export interface KnownOfRun {
  readonly commit: string
  readonly runId: string
}

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
  /** `limit`: the text of the rule, with what its placeholders stand for. */
  | {
      readonly kind: 'compared-text'
      readonly got: string
      readonly limit: string
      readonly holds: 'met' | 'unmet'
    }
  | { readonly kind: 'not-measured'; readonly flaw: MeasureFlaw }
  /** The rule compares with a baseline, and there is no number for it. */
  | { readonly kind: 'no-baseline'; readonly reading: Reading }

export type MeasureFlaw =
  | Flaw
  /** The expression has no value: a division by zero, or too large a number. */
  | { readonly kind: 'no-limit'; readonly got: number }
  /** What a placeholder stands for is not known. */
  | { readonly kind: 'no-placeholder'; readonly name: (typeof PLACEHOLDERS)[number] }
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
  return kind === 'hidden' || kind === 'hidden-baseline' || kind === 'no-placeholder'
}
