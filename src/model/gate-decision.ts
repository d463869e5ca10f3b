import type { EvidenceName } from './assessment.ts'
import type { HealthProblem } from './problems/health.ts'
import type { Baseline, MeasureFlaw, Rule, RuleResult } from './rule.ts'

/** One comparison the gate made, in the words of the reports: shown as a table row. */
export interface GateCheck {
  readonly field: string
  readonly wanted: string
  readonly got: string
  readonly ok: boolean
}

/**
 * The gate's decision on one assessment. `fail`: measured bad.
 * `inconclusive`: not enough to measure. `error`: could not measure. Only `pass` confirms.
 */
export type GateDecision = {
  readonly kind: 'pass' | 'fail' | 'inconclusive' | 'error'
  /** Every comparison made. A decision is `pass` only if all of them are ok, and `rules` let it pass. */
  readonly checks: readonly GateCheck[]
  /**
   * Every rule of the input `gate-rules`. They decide only where all `checks` are ok, and then let it pass if none of
   * their effects is `fail` or `error`.
   */
  readonly rules: readonly RuleResult[]
  /** What rules compared with. */
  readonly baseline: Baseline
  /** The reports' own reasons (often Chinese) and the gate's, most important first. Empty for `pass`. */
  readonly reasons: readonly GateReason[]
  readonly warnings: readonly GateReason[]
  /** Why reports were not judged, or not believed, whatever decided. */
  readonly flaws: readonly ReportFlaw[]
  /** As the reports bound to this run say; empty when there is none. */
  readonly verdict: string
  readonly overallStatus: string
  readonly runId: string
}

/** What is wrong with one of the reports. */
export type ReportFlaw = Extract<GateReason, { readonly file: string }>

/** `report`: a sentence of the host's report (foreign text). The rest are facts that `src/output` words. */
export type GateReason =
  | { readonly kind: 'report'; readonly text: string }
  /** So many further sentences of the reports were left out here; the report files hold them all. */
  | { readonly kind: 'report-more'; readonly count: number }
  | { readonly kind: 'report-missing'; readonly file: string }
  | { readonly kind: 'report-stale'; readonly file: string; readonly detail: string }
  /** Nobody knows of which run it is. */
  | { readonly kind: 'report-unproven'; readonly file: string; readonly detail: string }
  | { readonly kind: 'report-unreadable'; readonly file: string; readonly detail: string }
  | { readonly kind: 'report-invalid'; readonly file: string; readonly detail: string }
  | {
      readonly kind: 'report-mismatch'
      readonly file: string
      readonly field: string
      readonly wanted: string
      readonly got: string
    }
  /** No run directory appeared during the assessment, so no report can be tied to it. */
  | { readonly kind: 'run-unproven' }
  | { readonly kind: 'run-ambiguous'; readonly runIds: readonly string[] }
  | { readonly kind: 'runner-exit'; readonly code: number }
  | { readonly kind: 'runner-signal'; readonly signal: number }
  | { readonly kind: 'runner-deadline'; readonly seconds: number }
  | {
      readonly kind: 'evidence-short'
      readonly name: EvidenceName
      readonly wanted: number
      readonly got: number
    }
  /** The judged instance did not last until the confirmation, so what was seen of it is evidence of nothing. */
  | { readonly kind: 'instance-ended'; readonly problem: HealthProblem }
  | { readonly kind: 'actions-required' }
  | { readonly kind: 'verdict-fail'; readonly field: 'verdict' | 'overall_status' }
  /** `limit`: what the rule's expression came to. */
  | { readonly kind: 'rule-unmet'; readonly rule: Rule; readonly got: number; readonly limit: number }
  | { readonly kind: 'rule-unmeasured'; readonly rule: Rule; readonly flaw: MeasureFlaw }
