import type { GateCheck, GateDecision } from '../model/gate-decision.ts'
import { type HealthProblem, whatEnded } from '../model/problems/health.ts'

const UNDECIDED: GateDecision = {
  kind: 'error',
  checks: [],
  rules: [],
  baseline: { kind: 'not-asked' },
  flaws: [],
  reasons: [],
  warnings: [],
  verdict: '',
  overallStatus: '',
  sections: [],
  runId: '',
}

/**
 * The decision if the judged container instance ended before the confirmation, whatever the gate had decided: evidence
 * counts for one instance only. A crash is `fail`. If something else stopped or removed the container, or the cause is
 * unknown, the release could not be measured, which is `error`.
 */
export function invalidatedBy(problem: HealthProblem, decision: GateDecision = UNDECIDED): GateDecision {
  return {
    ...decision,
    kind: whatEnded(problem) === 'itself' ? 'fail' : 'error',
    checks: [brokenInstance(problem), ...decision.checks],
    reasons: [{ kind: 'instance-ended', problem }, ...decision.reasons],
  }
}

function brokenInstance(problem: HealthProblem): GateCheck {
  const got = problem.code === 'health.lost' ? problem.change : problem.code.replace('health.', '')
  return { field: `container instance of ${problem.service}`, wanted: 'unbroken', got, ok: false }
}
