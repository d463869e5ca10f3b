import type { ArithmeticOperator, Expression, Path, Rule, RuleText } from '../../model/rule.ts'

/** A rule as `parseRule` reads it, with one space between its words and no parentheses that change nothing. */
export function writeRule(rule: Rule): string {
  return [
    rule.unmet === 'warn' ? 'warn: ' : '',
    writePath(rule.path),
    ' ',
    writeCondition(rule),
    rule.missing === 'error' ? '' : ` missing: ${rule.missing}`,
  ].join('')
}

/** `runtime_assess.metrics.critical_count` */
export function writePath({ report, keys }: Path): string {
  return [report, ...keys].join('.')
}

/** `<= 1.5 * baseline` */
export function writeCondition({ comparison, expression }: Rule): string {
  return `${comparison} ${writeExpression(expression)}`
}

function writeExpression(expression: Expression | RuleText): string {
  switch (expression.kind) {
    case 'text':
      return `"${expression.text}"`
    case 'number':
      return expression.text
    case 'baseline':
      return 'baseline'
    case 'negative':
      return `-${expression.of.kind === 'binary' ? inParentheses(expression.of) : writeExpression(expression.of)}`
    case 'binary': {
      const { operator, left, right } = expression
      const strength = STRENGTH[operator]
      // What stands on the left is taken first by itself, among equals too.
      return `${operand(left, strength)} ${operator} ${operand(right, strength + 1)}`
    }
  }
}

const STRENGTH: Readonly<Record<ArithmeticOperator, number>> = { '+': 1, '-': 1, '*': 2, '/': 2 }

function operand(expression: Expression, least: number): string {
  return expression.kind === 'binary' && STRENGTH[expression.operator] < least
    ? inParentheses(expression)
    : writeExpression(expression)
}

function inParentheses(expression: Expression): string {
  return `(${writeExpression(expression)})`
}
