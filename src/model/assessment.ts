/**
 * What an assessment left behind, bound to this run. Filled in by `assess` from facts that the host
 * proved (which run directory appeared during the assessment), judged by `src/gate`, shown by `src/output`.
 */

/** The runner's action on the host; `train` judges nothing and is refused in the configuration. */
export type RunnerAction = 'assess' | 'full'
export type Stage = 'S3' | 'S5'

/** The three report files, under the spec's names. */
export const REPORT_FILES = {
  closedLoop: 'latest_closed_loop_report.json',
  runtimeAssess: 'latest_runtime_assess.json',
  runMeta: 'latest_run_meta.json',
} as const
export type ReportKind = keyof typeof REPORT_FILES

/** How the runner ended. `deadline`: it was stopped at `assess-timeout`. */
export type RunnerEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: number }
  | { readonly kind: 'deadline'; readonly seconds: number }

/** Which run directory is this run's. `ambiguous`: new ones, of which none is proven to be. */
export type RunIdentity =
  | { readonly kind: 'proven'; readonly runId: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly runIds: readonly string[] }

/** A report file as the host delivered it. `text` is exactly what goes into the artifact. */
export type ReportFile =
  | {
      readonly kind: 'found'
      readonly text: string
      /** `run-directory`: from this run's own directory; `latest`: from `latest_*`, proven to be this run's. */
      readonly from: 'run-directory' | 'latest'
    }
  | { readonly kind: 'absent' }
  /** It exists but is another run's: never judged, never uploaded. */
  | { readonly kind: 'stale'; readonly detail: string }
  /**
   * `latest_*` is new, and nobody knows whose it is: no run is proven, or the meta file beside it proves nothing. Never
   * judged, never uploaded.
   */
  | { readonly kind: 'unproven'; readonly because: 'run' | 'meta'; readonly detail: string }
  /** There is only `latest_*`, of an earlier run: this one, as a runner that ends early, did not write it. */
  | { readonly kind: 'not-written'; readonly detail: string }
  | { readonly kind: 'unreadable'; readonly detail: string }

export interface Assessment {
  readonly end: RunnerEnd
  readonly identity: RunIdentity
  readonly files: Readonly<Record<ReportKind, ReportFile>>
}

/** What the judged container has logged in this boot, against what the gate needs. */
export interface EvidenceCount {
  readonly runtimeStatus: number
  readonly gateCheck: number
  readonly selfEvolution: number
}

/** The evidence lines of this boot that the gate counts, as they are called in the log. */
export type EvidenceName = 'RUNTIME_STATUS' | 'GATE_CHECK' | 'SELF_EVOLUTION'

/** How many lines of one kind the judged boot has to log before the gate can judge it. */
export interface EvidenceNeed {
  readonly name: EvidenceName
  readonly wanted: number
  readonly got: number
  readonly reached: boolean
}

/** What a report concluded. Any other value is unknown, and unknown is never a pass. */
export const CONCLUSIONS = ['PASS', 'PASS_WITH_ACTIONS', 'FAIL'] as const

export type Conclusion = (typeof CONCLUSIONS)[number]

/** What every report is judged by: the keys and values that the gate reads. */
export const JUDGED_WORDS = [
  ...['stage', 'verdict', 'overall_status', 'sections', 'runtime', 'run_id', 'action', 'runtime_verdict'],
  ...['research_image_id', 'fail_reasons', 'warn_reasons', 'generated_at_utc', ...CONCLUSIONS],
  ...['S3', 'S5', 'assess', 'full'],
]
