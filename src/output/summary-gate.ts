import type { GateDecision, GateReason } from '../model/gate-decision.ts'
import type { GateResult } from '../model/outcome.ts'
import type { Effect } from '../model/rule.ts'
import { code, escapeMarkdown, list, table } from './markdown.ts'
import { GATE_MEANING } from './messages/gate.ts'
import { describeGateReason } from './messages/gate-reasons.ts'
import { describeRule, describeRuling } from './messages/gate-rules.ts'
import { leftOut } from './messages/quantities.ts'

const MOST_CHECKS = 30
const MOST_REASONS = 30

/** The gate in the job summary: its decision, every comparison, its reasons and warnings. */
export function gateSection(gate: GateResult): readonly string[] {
  if (gate.kind === 'not_run') return ['**Gate.** Not reached.']
  if (gate.kind === 'elsewhere') return []
  const { decision } = gate
  const consequence =
    gate.kind === 'not_enforced' && decision.kind !== 'pass'
      ? ' Not enforced: the release would have been rolled back.'
      : ''
  return [
    `### Gate: ${decision.kind}`,
    `${sentence(GATE_MEANING[decision.kind])}${consequence}`,
    checksTable(decision),
    leftOut(decision.checks.length - MOST_CHECKS, 'comparison'),
    sectionsLine(decision),
    ...rulesPart(decision),
    reasonList('Reasons', decision.reasons, 'reason'),
    reasonList('Gate warnings', decision.warnings, 'gate warning'),
  ]
}

/** The sections of the report and their states, in whatever words. */
function sectionsLine({ sections }: GateDecision): string {
  const shown = sections.map(
    ({ name, state }) => `${escapeMarkdown(name, 60)} ${state === '' ? '(no state)' : code(state, 60)}`,
  )
  return shown.length === 0 ? '' : `Sections of the report: ${shown.join(', ')}.`
}

function checksTable({ checks }: GateDecision): string {
  const rows = checks
    .slice(0, MOST_CHECKS)
    .map(({ field, wanted, got, ok }) => [
      escapeMarkdown(field, 120),
      code(wanted, 120),
      code(got, 200),
      ok ? '✅' : '❌',
    ])
  return table(['field', 'wanted', 'got', 'ok'], rows)
}

/** Every rule, since the configuration lets no more through than can be shown. */
function rulesPart(decision: GateDecision): readonly string[] {
  if (decision.rules.length === 0) return []
  const rows = decision.rules.map((result) => {
    const { path, wanted, got, baseline, decision } = describeRule(result)
    return [
      escapeMarkdown(path, 200),
      code(wanted, 160),
      code(got, 64),
      code(baseline, 64),
      `${EFFECT_MARK[decision]} ${decision}`,
    ]
  })
  return [
    '**Rules**',
    table(['rule', 'wanted', 'got', 'baseline', 'decision'], rows),
    escapeMarkdown(describeRuling(decision), 500),
  ]
}

const EFFECT_MARK: Readonly<Record<Effect, string>> = {
  met: '✅',
  fail: '❌',
  error: '❌',
  warning: '⚠️',
  ignored: '➖',
}

function reasonList(title: string, reasons: readonly GateReason[], what: string): string {
  if (reasons.length === 0) return ''
  const items = reasons
    .slice(0, MOST_REASONS)
    .map((reason) => escapeMarkdown(describeGateReason(reason), 400))
  const more = leftOut(reasons.length - items.length, what)
  return [`**${title}**`, list(items), ...(more === '' ? [] : [more])].join('\n\n')
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
