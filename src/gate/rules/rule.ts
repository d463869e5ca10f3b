/** The two reports that rules are about, as rules name them. */
export const RULED_REPORTS = ['runtime_assess', 'closed_loop_report'] as const
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
