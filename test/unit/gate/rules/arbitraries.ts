import fc from 'fast-check'
import {
  COMPARISONS,
  CONSEQUENCES,
  type Expression,
  RULED_REPORTS,
  type Rule,
} from '../../../../src/model/rule.ts'

const number: fc.Arbitrary<Expression> = fc
  .oneof(
    fc.nat({ max: 1000 }).map(String),
    fc.constantFrom('0', '0.5', '1.25', '007', '0.02', '123456789.000000001', '1.0'),
  )
  .map((text) => ({ kind: 'number', text }))

/** Expressions of any shape, short enough to be a rule. */
export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    fc.constant<Expression>({ kind: 'baseline' }),
    fc.record({ kind: fc.constant('negative' as const), of: tie('expression') }),
    fc.record({
      kind: fc.constant('binary' as const),
      operator: fc.constantFrom('+', '-', '*', '/'),
      left: tie('expression'),
      right: tie('expression'),
    }),
  ),
})).expression

const key = fc.oneof(
  fc.constantFrom('metrics', 'critical_count', '__proto__', 'constructor', '0', '-', 'a-b'),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/),
)

export const rules: fc.Arbitrary<Rule> = fc.record({
  unmet: fc.constantFrom('fail', 'warn'),
  path: fc.record({
    report: fc.constantFrom(...RULED_REPORTS),
    keys: fc
      .tuple(key, fc.array(key, { maxLength: 3 }))
      .map(([first, more]): [string, ...string[]] => [first, ...more]),
  }),
  comparison: fc.constantFrom(...COMPARISONS),
  expression: expressions,
  missing: fc.constantFrom('error', ...CONSEQUENCES),
})

/** Text that is nearly a rule: pieces of rules, in any order, with anything between them. */
export const nearlyRules: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          ...['warn:', 'warn', 'runtime_assess', 'runtime_assess.metrics.x', 'closed_loop_report.a-b', '.x'],
          ...[
            ...COMPARISONS,
            '=',
            '<>',
            '1',
            '0.05',
            '.5',
            '1.',
            '1e5',
            '9'.repeat(400),
            'baseline',
            'Baseline',
          ],
          ...[
            '+',
            '-',
            '*',
            '/',
            '(',
            ')',
            'missing:',
            'missing',
            'fail',
            'warn',
            'ignore',
            'error',
            '#',
            '\u2212',
          ],
          ...[' ', '\t', '\u00a0', '\n', '((((((((((', '----------'],
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
    ),
    { maxLength: 14 },
  )
  .chain((parts) => fc.constantFrom('', ' ').map((between) => parts.join(between)))
