import type { GateReason } from '../../model/gate-decision.ts'
import type { Effect, RuleResult } from '../../model/rule.ts'

/**
 * What all rules together say of a release that would pass without them: `fail` when one is not met, else `error`
 * when one could not be measured, else `pass`. `reasons`: those not passed, the ones that decide first;
 * `warnings`: those that only warn.
 */
export function decideRules(results: readonly RuleResult[]): {
  readonly kind: 'pass' | 'fail' | 'error'
  readonly reasons: readonly GateReason[]
  readonly warnings: readonly GateReason[]
} {
  const failing = reasonsOf(results, 'fail')
  const unmeasured = reasonsOf(results, 'error')
  return {
    kind: failing.length > 0 ? 'fail' : unmeasured.length > 0 ? 'error' : 'pass',
    reasons: [...failing, ...unmeasured],
    warnings: reasonsOf(results, 'warning'),
  }
}

function reasonsOf(results: readonly RuleResult[], effect: Effect): readonly GateReason[] {
  return results.filter((result) => result.effect === effect).flatMap(reasonOf)
}

/** A rule without a baseline never counts against a release. */
function reasonOf({ rule, measure }: RuleResult): readonly GateReason[] {
  switch (measure.kind) {
    case 'compared':
    case 'compared-text':
      return [{ kind: 'rule-unmet', rule, got: measure.got, limit: measure.limit }]
    case 'not-measured':
      return [{ kind: 'rule-unmeasured', rule, flaw: measure.flaw }]
    case 'no-baseline':
      return []
  }
}
