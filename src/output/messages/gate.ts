import type { GateDecision, GateReason } from '../../model/gate-decision.ts'
import type { GateProblem } from '../../model/problem.ts'
import { isOutOfSight } from '../../model/rule.ts'
import { describeGateReason } from './gate-reasons.ts'
import { sentences } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** What each decision means, in a few words. */
export const GATE_MEANING: Readonly<Record<GateDecision['kind'], string>> = {
  pass: 'the gate passed',
  fail: 'the gate failed: the release was measured and is bad',
  inconclusive: 'the gate is inconclusive: there was not enough to measure',
  error: 'the gate could not measure',
}

/** A gate that did not pass. */
export const GATE: ProblemTable<GateProblem, 'code'> = {
  'gate.failed': {
    what: ({ reasons }) =>
      `The gate failed: the closed loop measured the release, and it is bad${inBrackets(reasons)}.`,
    next: 'Read the reasons and the reports, correct the release, and deploy again.',
    fault: 'release',
    docs: {
      names: 'that the release was measured and is bad; the reasons',
      causes: 'see below',
      cure: 'correct the release',
    },
  },
  'gate.inconclusive': {
    what: ({ reasons }) => `There was not enough evidence to judge the release${inBrackets(reasons)}.`,
    next: 'Check that the release writes the lines that the gate waits for; if it only needs longer, raise CLOSED_LOOP_SINCE, and the input "evidence-timeout" if it is given.',
    fault: 'unknown',
    docs: {
      names: 'that the container did not log enough to judge',
      causes: 'see `evidence-short` below',
      cure: 'see there',
    },
  },
  'gate.error': {
    what: ({ reasons }) =>
      `The gate could not measure the release, which says nothing about it${inBrackets(reasons)}.`,
    next: ({ reasons }) => {
      if (reasons.some((reason) => reason.kind === 'rule-unmeasured' && isOutOfSight(reason.flaw)))
        return 'A value of the env file never leaves the host, so the gate cannot judge a number that equals one. Write that variable in another way (1e7, say) or with another number, or remove the rule; then deploy again.'
      return reasons.some(isUnmeasured)
        ? 'Correct the path in the input "gate-rules" or the report, or define with "missing:" what a missing number means; then deploy again.'
        : 'Read the log of the runner in this step, cure the closed loop on the host, and deploy again.'
    },
    fault: {
      // The rule, the report or the release: any of them may lack the number.
      of: ({ reasons }) => (reasons.some(isUnmeasured) ? 'unknown' : 'environment'),
      docs: '`environment`; `unknown` for a rule',
    },
    docs: {
      names: 'that the release could not be measured, which says nothing about the release',
      causes: 'see below: the runner, its reports, or a rule that finds no number in them',
      cure: 'correct the closed loop on the host, or the rule',
    },
  },
}

function inBrackets(reasons: readonly GateReason[]): string {
  const all = sentences(reasons.map(describeGateReason))
  return all === '' ? '' : ` (${all})`
}

function isUnmeasured({ kind }: GateReason): boolean {
  return kind === 'rule-unmeasured'
}
