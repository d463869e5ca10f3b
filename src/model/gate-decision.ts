import type { HealthProblem } from './problems/health.ts'
import type { Baseline, MeasureFlaw, Rule, RuleResult } from './rule.ts'

/** One comparison of the gate, in the words of the reports: a row of the summary. */
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
  /** The reports that rules compared with. */
  readonly baseline: Baseline
  /** The reports' own reasons (often Chinese) and the gate's, most important first. Empty for `pass`. */
  readonly reasons: readonly GateReason[]
  readonly warnings: readonly GateReason[]
  /** Why reports did not count, whatever decided. */
  readonly flaws: readonly ReportFlaw[]
  /** By the reports of this run; empty without one. */
  readonly verdict: string
  /** With `CLOSED_LOOP_GATE_ON=verdict` foreign text. */
  readonly overallStatus: string
  /** The sections of the closed loop's report and their states, whatever words these are: foreign text. */
  readonly sections: readonly GateSection[]
  readonly runId: string
}

export interface GateSection {
  readonly name: string
  readonly state: string
}

/** A flaw of one of the reports. */
export type ReportFlaw = Extract<GateReason, { readonly file: string }>

/** `report`: a sentence of the host's report (foreign text). The rest are facts that `src/output` words. */
export type GateReason =
  | { readonly kind: 'report'; readonly text: string }
  /** The number of further sentences, which stand in the report files. */
  | { readonly kind: 'report-more'; readonly count: number }
  | { readonly kind: 'report-missing'; readonly file: string }
  | { readonly kind: 'report-stale'; readonly file: string; readonly detail: string }
  /** It is of an unknown run. */
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
      /** The text that the lines contain. */
      readonly name: string
      readonly wanted: number
      readonly got: number
    }
  /** The container instance ended before the confirmation, so its evidence does not count. */
  | { readonly kind: 'instance-ended'; readonly problem: HealthProblem }
  | { readonly kind: 'actions-required' }
  | { readonly kind: 'verdict-fail'; readonly field: 'verdict' | 'overall_status' }
  /** The overall status is no PASS, and `verdict` alone decides. */
  | { readonly kind: 'status-recorded'; readonly got: string }
  /** `limit`: the value of the rule's expression, or its text. */
  | {
      readonly kind: 'rule-unmet'
      readonly rule: Rule
      readonly got: number | string
      readonly limit: number | string
    }
  | { readonly kind: 'rule-unmeasured'; readonly rule: Rule; readonly flaw: MeasureFlaw }
