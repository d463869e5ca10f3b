/** The runner's action on the host; `train` judges nothing and is refused in the configuration. */
export type RunnerAction = 'assess' | 'full'

/** The stages of the spec, whose evidence is known; any other word is a stage of the host's own. */
export const KNOWN_STAGES = ['S3', 'S5'] as const

/** Whether both conclusions decide, or `verdict` alone, with `overall_status` and the runner's exit for the record. */
export type GateOn = 'both' | 'verdict'

/** The three reports by their names: `NAME.json` in the directory of a run. A rule of `gate-rules` begins with one. */
export const REPORT_NAMES = {
  closedLoop: 'closed_loop_report',
  runtimeAssess: 'runtime_assess',
  runMeta: 'run_meta',
} as const
export type ReportKind = keyof typeof REPORT_NAMES

/** Their files beside the directories of the runs, and in the artifact. */
export const REPORT_FILES = {
  closedLoop: `latest_${REPORT_NAMES.closedLoop}.json`,
  runtimeAssess: `latest_${REPORT_NAMES.runtimeAssess}.json`,
  runMeta: `latest_${REPORT_NAMES.runMeta}.json`,
} as const satisfies Record<ReportKind, string>

/** How the runner ended. `deadline`: the host stopped it at `assess-timeout`. */
export type RunnerEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: number }
  | { readonly kind: 'deadline'; readonly seconds: number }

/** The directory of this run. `ambiguous`: there are new ones, and none is proven to be of this run. */
export type RunIdentity =
  | {
      readonly kind: 'proven'
      readonly runId: string
      /** The runner failed, and neither has it named this directory last nor has the directory the name it was given. */
      readonly by?: 'being-the-only-one'
    }
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
  /** It is of another run: never judged, never uploaded. */
  | { readonly kind: 'stale'; readonly detail: string }
  /**
   * `latest_*` is new and of an unknown run: no run is proven, or the meta file beside it proves nothing. Never judged,
   * never uploaded.
   */
  | { readonly kind: 'unproven'; readonly because: 'run' | 'meta'; readonly detail: string }
  /** There is only a `latest_*` of an earlier run: the runner of this run did not write it. */
  | { readonly kind: 'not-written'; readonly detail: string }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** A further file of the run directory, by the input `extra-reports`. Only rules that name it judge it. */
export interface ExtraReport {
  readonly name: string
  readonly file: ReportFile
}

/** The results of an assessment, bound to this run by facts that the host proved. `src/gate` judges them. */
export interface Assessment {
  readonly end: RunnerEnd
  readonly identity: RunIdentity
  readonly files: Readonly<Record<ReportKind, ReportFile>>
  readonly extras: readonly ExtraReport[]
}

/** What the log of the container instance must show: at least so many lines that contain the text. */
export interface WantedEvidence {
  readonly text: string
  readonly least: number
}

/** How many lines of one text the container instance has to log before the gate can judge it, and has logged. */
export interface EvidenceNeed {
  readonly name: string
  readonly wanted: number
  readonly got: number
  readonly reached: boolean
}

/** How long the evidence will take. `no-rate`: of these texts no line came yet since the wait began, so nobody can say. */
export type EvidenceOutlook =
  | { readonly kind: 'reached' }
  | { readonly kind: 'estimate'; readonly seconds: number }
  | { readonly kind: 'no-rate'; readonly names: readonly string[] }

/** The conclusion of a report. Any other value is unknown, and unknown is never a pass. */
export const CONCLUSIONS = ['PASS', 'PASS_WITH_ACTIONS', 'FAIL'] as const

export type Conclusion = (typeof CONCLUSIONS)[number]

/** The keys and values by which the gate judges the reports. */
export const JUDGED_WORDS = [
  ...['stage', 'verdict', 'overall_status', 'sections', 'runtime', 'run_id', 'action', 'runtime_verdict'],
  ...['research_image_id', 'fail_reasons', 'warn_reasons', 'generated_at_utc', ...CONCLUSIONS],
  ...[...KNOWN_STAGES, 'assess', 'full'],
]
