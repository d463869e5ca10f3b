import * as z from 'zod'
import {
  COMPARISONS,
  MOST_RULES,
  PLACEHOLDERS,
  RULED_REPORTS,
  type Rule,
  reportNameOf,
  usesBaseline,
} from '../model/rule.ts'
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

/**
 * What is wrong with rules that are right by themselves: a report that is neither one of the two nor a JSON file of
 * `extra-reports`, or a baseline of one of these, which is not kept.
 */
export function expectedOfReports(rules: readonly Rule[], extras: readonly string[]): string | undefined {
  const further = extras.flatMap((file) => reportNameOf(file) ?? [])
  const known: readonly string[] = [...RULED_REPORTS, ...further]
  const foreign = rules.find(({ path }) => !known.includes(path.report))
  if (foreign)
    return `paths that begin with ${known.join(' or ')}, but \`${foreign.path.report}\` is neither a report of the gate nor a JSON file of \`extra-reports\``
  const compared = rules.find((rule) => usesBaseline(rule) && further.includes(rule.path.report))
  return compared
    ? `no \`baseline\` of \`${compared.path.report}\`: the host keeps only ${RULED_REPORTS.join(' and ')} of the last release`
    : undefined
}

const EXPECTED: Readonly<Record<Expectation, string>> = {
  'short-enough': `at most ${LONGEST_RULE} characters, but there is more`,
  path: `a path like \`runtime_assess.metrics.critical_count\` (${RULED_REPORTS.join(' or ')} or the name of a JSON file of \`extra-reports\`, then keys of letters, digits, _ and -)`,
  comparison: `one of ${COMPARISONS.join(' ')}`,
  operand: 'a decimal number like 0.05, `baseline`, - or (, or after == and != a text in double quotes',
  'text-comparison':
    'a number, because only == and != compare with a text, and a text is not calculated with',
  'text-end': 'a double quote at the end of the text, which holds no control characters',
  placeholder: `${PLACEHOLDERS.join(' or ')}, because a text has no other $`,
  'closing-parenthesis': 'an operator or )',
  consequence: '`fail`, `warn` or `ignore` after `missing:`',
  end: 'an operator, `missing:` or the end of the rule',
}
