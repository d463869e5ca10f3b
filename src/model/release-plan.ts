import type { Warning } from './outcome.ts'
import type { PreflightFinding, Problem } from './problem.ts'

/** Why a service would be recreated. */
export type ChangeReason =
  /** Another image reference. */
  | 'image'
  /** What Compose makes of its files and variables. */
  | 'configuration'
  /** It mounts a path that `files` changes. */
  | 'files'

/** What a deployment would do with a service. */
export interface PlannedService {
  readonly service: string
  /**
   * `recreated`, for the reasons given; `started`: it has no container now; `kept`: nothing of it changes;
   * `depends-on-tag`: recreated only if its tag means another image by then.
   */
  readonly effect: 'recreated' | 'started' | 'kept' | 'depends-on-tag'
  readonly reasons: readonly ChangeReason[]
  /** Stopped while the gate judges, and started again. */
  readonly turn: 'before-gate' | 'after-gate'
  /** The references; `before` is empty where nothing runs. */
  readonly before: string
  readonly after: string
}

/** A container that a rollback would return to. */
export interface PlannedReturn {
  readonly service: string
  readonly container: string
  readonly reference: string
  readonly imageId: string
  readonly state: string
}

/** What a deployment of this release would do, as the host stands now. */
export interface ReleasePlan {
  /** Every reason for which preflight would refuse it. */
  readonly refused: readonly PreflightFinding[]
  readonly warnings: readonly Warning[]
  readonly images: readonly { readonly key: string; readonly reference: string }[]
  readonly services: readonly PlannedService[]
  /** Paths that the release adds or removes, or whose bytes, kind or mode it changes; relative to the project. */
  readonly files: readonly string[]
  /** Keys of the env file that would be set. Values never leave the host. */
  readonly variables: readonly string[]
  readonly returnsTo: readonly PlannedReturn[]
  readonly disk: { readonly freeKibibytes: number; readonly snapshotKibibytes: number }
}

/** The result of `actions/plan`, or why there is none. */
export interface PlanReport {
  readonly found:
    | { readonly kind: 'planned'; readonly plan: ReleasePlan }
    | { readonly kind: 'not-planned'; readonly because: Problem }
  readonly host: string
  readonly projectDir: string
  readonly durationSeconds: number
}
