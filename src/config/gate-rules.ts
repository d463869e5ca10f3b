import * as z from 'zod'
import { COMPARISONS, MOST_RULES, RULED_REPORTS, type Rule } from '../model/rule.ts'
import { type Expectation, LONGEST_RULE, parseRule } from './parse-rule.ts'

/** The rules of the gate, one a line (docs/gate-rules.md); empty lines and those that begin with # are none. */
export function gateRules() {
  return z
    .string()
    .transform((text, context): readonly Rule[] => {
      const lines = text.split('\n').map((line) => line.trim())
      return lines.flatMap((line, index) => {
        if (line === '' || line.startsWith('#')) return []
        const parsed = parseRule(line)
        if (parsed.kind === 'rule') return [parsed.rule]
        context.issues.push({
          code: 'custom',
          // By its line, so that each wrong rule is a mistake by itself, and shown by itself.
          path: [index],
          input: line,
          message: `${EXPECTED[parsed.expected]} at character ${parsed.at} of line ${index + 1}`,
        })
        return []
      })
    })
    .refine((rules) => rules.length <= MOST_RULES, { error: `at most ${MOST_RULES} rules` })
}

const EXPECTED: Readonly<Record<Expectation, string>> = {
  'short-enough': `at most ${LONGEST_RULE} characters, but there is more`,
  path: `a path like \`runtime_assess.metrics.critical_count\` (${RULED_REPORTS.join(' or ')}, then keys of letters, digits, _ and -)`,
  comparison: `one of ${COMPARISONS.join(' ')}`,
  operand: 'a decimal number like 0.05, `baseline`, - or (',
  'closing-parenthesis': 'an operator or )',
  consequence: '`fail`, `warn` or `ignore` after `missing:`',
  end: 'an operator, `missing:` or the end of the rule',
}
