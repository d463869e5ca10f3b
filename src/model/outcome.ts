import type { Check } from './check.ts'
import type { EarlierRelease } from './earlier-release.ts'
import type { GateDecision } from './gate-decision.ts'
import type { PhaseName } from './phase.ts'
import type { OtherRevision, Problem } from './problem.ts'

export type Fault = 'release' | 'environment' | 'configuration' | 'unknown'

/** A service before this deployment, and as verified at its end. */
export interface ServiceLine {
  readonly service: string
  readonly container: string
  /** Full `sha256:` image IDs; empty where nothing ran. */
  readonly before: { readonly reference: string; readonly imageId: string; readonly state: string }
  readonly after: { readonly reference: string; readonly imageId: string; readonly state: string }
}

/** The gate of this deployment: not reached, enforced, or only evaluated (`CLOSED_LOOP_ENFORCE=false`). */
export type GateResult =
  | { readonly kind: 'not_run' }
  /** The post step does not know the decision of the step before it. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'enforced' | 'not_enforced'; readonly decision: GateDecision }

export interface PhaseTiming {
  readonly phase: PhaseName
  readonly milliseconds: number
}

/**
 * How the deployment ended, as verified on the host.
 * `unknown`: the host did not report the end (contact was lost, or it goes on by itself), so nothing is claimed.
 */
export type Ending =
  | { readonly kind: 'promoted' }
  | { readonly kind: 'unchanged'; readonly because: Problem }
  | {
      readonly kind: 'rolled_back'
      readonly because: Problem
      /** Exceptions to "exactly what ran before": foreign edits kept, services that were unhealthy before … */
      readonly exceptions: readonly RollbackException[]
      /** Nothing of the project ran before, so the host removed what the deployment had started. */
      readonly toNothing: boolean
    }
  | {
      readonly kind: 'rollback_failed'
      readonly because: Problem
      readonly rollback: Problem
      readonly left: LeftBehind
    }
  | {
      readonly kind: 'unknown'
      readonly because: Problem
      readonly lastKnown: PhaseName
      /** Why the client asked the host for a rollback; absent where it did not. */
      readonly failure?: Problem
    }

/** The deployed services after a rollback that failed (`on-rollback-failure`). */
export type LeftBehind =
  /** The host stopped nothing. `back`: the names of the containers that are restored all the same. */
  | { readonly kind: 'kept'; readonly back: readonly string[] }
  /** All run; only a healthcheck of these containers has not passed yet. The host stopped nothing. */
  | { readonly kind: 'starting'; readonly containers: readonly string[] }
  /** By container name: those that are stopped for good, as verified; and the others, with their state. */
  | { readonly kind: 'stopped'; readonly stopped: readonly string[]; readonly notStopped: readonly string[] }
  /** The host was to stop them, and did not report that it did. */
  | { readonly kind: 'stop-unverified' }

export type RollbackException =
  /** `movedTo`: where the edit is kept on the host, and what was there before is back; absent where the edit stays in place. */
  | { readonly kind: 'file-edited-meanwhile'; readonly path: string; readonly movedTo?: string }
  /** Compose cannot read the env file as somebody edited it. The rollback left it so: it may still name the release. */
  | { readonly kind: 'env-not-restored'; readonly path: string }
  /** Compose could not read the project's files as somebody edited them, so the rollback used the recorded ones. */
  | { readonly kind: 'recorded-files-used' }
  | { readonly kind: 'was-unhealthy-before'; readonly service: string; readonly state: string }
  | { readonly kind: 'was-stopped-before'; readonly service: string; readonly state: string }
  | {
      readonly kind: 'reference-overridden'
      readonly service: string
      readonly reference: string
      readonly imageId: string
    }
  /** Somebody had removed even the held image. `source`: the digest reference of the second pull. */
  | { readonly kind: 'image-pulled-again'; readonly reference: string; readonly source: string }
  | { readonly kind: 'drift'; readonly service: string }
  /** Somebody edited during the deployment a file from which Compose makes this service. */
  | {
      readonly kind: 'config-edited-meanwhile'
      readonly service: string
      readonly parts: readonly ContainerPart[]
    }
  /** The service has a new container that differs, although its files are the same. */
  | {
      readonly kind: 'container-differs'
      readonly service: string
      readonly parts: readonly ContainerPart[]
    }
  | { readonly kind: 'tag-not-restored'; readonly reference: string }
  | OneOffLeft
  /** Another deployment has worked on the project since. */
  | { readonly kind: 'later-deployment'; readonly transaction: string }

/** The settings of a container, in the groups of compose/details.sh. */
export const CONTAINER_PARTS = [
  'command',
  'environment',
  'healthcheck',
  'labels',
  'limits',
  'logging',
  'mounts',
  'network',
  'others',
  'privileges',
] as const
export type ContainerPart = (typeof CONTAINER_PARTS)[number]
/** A one-off container that somebody else started during the deployment; the host left it alone. */
export interface OneOffLeft {
  readonly kind: 'one-off-left'
  readonly container: string
  readonly state: string
}

/** The last log lines of the container or runner that failed (oldest first; foreign text, redacted on the host). */
export type FailureLog =
  | { readonly kind: 'none' }
  | { readonly kind: 'logged'; readonly container: string; readonly lines: readonly string[] }
  /** The runner could not measure. Its job on the host, and the directory of its run; empty where it left none. */
  | {
      readonly kind: 'runner'
      readonly job: string
      readonly runDirectory: string
      readonly lines: readonly string[]
    }

/** What a deployment was for. */
export type ReportedPurpose =
  | { readonly kind: 'release' }
  /** `actions/rollback`, before it is known to which release. */
  | { readonly kind: 'return' }
  | { readonly kind: 'return-to'; readonly release: EarlierRelease }

/** The source of the summary, the annotation and the outputs. */
export interface DeploymentReport {
  readonly ending: Ending
  readonly purpose: ReportedPurpose
  readonly gate: GateResult
  readonly failureLog: FailureLog
  readonly transactionId: string
  readonly host: string
  readonly projectDir: string
  /** The release: its reference, and the image ID as pulled (empty before prefetch). */
  readonly image: { readonly reference: string; readonly imageId: string }
  /** The image of the gate service in the snapshot; both empty on a first deployment. */
  readonly previousImage: { readonly reference: string; readonly imageId: string }
  readonly services: readonly ServiceLine[]
  readonly release: ReleaseFilesResult
  readonly timings: readonly PhaseTiming[]
  readonly warnings: readonly Warning[]
  readonly reports: ReportsResult
  readonly diagnostics: DiagnosticsResult
  /** The verification after the promotion; empty without one. */
  readonly checks: readonly Check[]
  readonly durationSeconds: number
  /** How long the host waits for a sign of life of the step. */
  readonly leaseSeconds: number
  /** The last output of programs on the host; foreign text, redacted there. */
  readonly outputTail: readonly string[]
}

/** The files of the release, beside what the project had. */
export type ReleaseFilesResult =
  /** It brings none, or the deployment ended before they were compared. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'compared'
      /** The targets of the entries that differ, and the number of the others. */
      readonly changed: readonly string[]
      readonly same: number
      readonly sent: { readonly files: number; readonly bytes: number }
    }

/** Facts that a person should know and that did not decide the outcome. */
export type Warning =
  | { readonly kind: 'unknown-variable'; readonly name: string; readonly nearest: string }
  | { readonly kind: 'drift'; readonly service: string }
  | { readonly kind: 'gate-not-enforced' }
  | ({ readonly kind: 'other-revision' } & OtherRevision)
  | { readonly kind: 'actions-required' }
  /** `count` rules of the input `gate-rules` are not met, or not measured, and only warn. */
  | { readonly kind: 'rules-warned'; readonly count: number }
  | { readonly kind: 'artifact-failed'; readonly detail: string }
  | { readonly kind: 'artifact-unsupported'; readonly server: string }
  | { readonly kind: 'diagnostics-failed'; readonly detail: string }
  | { readonly kind: 'report-absent'; readonly file: string; readonly detail: string }
  | { readonly kind: 'cleanup-failed'; readonly detail: string }
  /** The required checks that failed after the promotion. */
  | { readonly kind: 'not-accepted'; readonly failed: readonly Check[] }
  /** The action could not verify the host after the promotion. */
  | { readonly kind: 'verify-failed'; readonly detail: string }
  /** Why `prune-images` did not remove all that is old. */
  | { readonly kind: 'prune-failed'; readonly detail: string }
  /** A later release put this path in place, and the release that comes back has nothing for it; it stays as it is. */
  | { readonly kind: 'file-left'; readonly path: string }
  /** The same of a variable of the env file. */
  | { readonly kind: 'variable-left'; readonly key: string }
  /** The release has this service no longer; its container runs on. */
  | { readonly kind: 'service-left'; readonly service: string }
  /** Why nothing on the host would end a deployment after a restart of the host. */
  | { readonly kind: 'no-boot-trigger'; readonly detail: string }
  /** Why `up --dry-run` on the present files did not finish. */
  | { readonly kind: 'up-not-tried'; readonly detail: string }
  | OneOffLeft
  | Recovered

/** An earlier transaction without an end, left in `state`, and how the host ended it before this one. */
export interface Recovered {
  readonly kind: 'recovered'
  readonly transaction: string
  readonly state: string
  readonly end: 'promoted' | 'rolled_back' | 'rollback_failed' | 'unchanged'
  readonly exceptions: readonly RollbackException[]
}

/** The report files of this run, as kept. */
export interface ReportsResult {
  /** The directory on the runner; empty where none was collected. */
  readonly path: string
  readonly files: readonly string[]
  /** The reports that the runner did not write: on FAIL many runners do not. Absent where it wrote all. */
  readonly notWritten?: readonly string[]
  readonly artifact: ArtifactResult
}

export type ArtifactResult =
  | { readonly kind: 'uploaded'; readonly id: string; readonly url: string; readonly name: string }
  | { readonly kind: 'none' }

/** The diagnostics, kept after every outcome but `promoted`. `path`: the directory on the runner. */
export type DiagnosticsResult =
  | { readonly kind: 'none' }
  | { readonly kind: 'kept'; readonly path: string; readonly artifact: ArtifactResult }

/** The result of a verification, or why there is none. */
export interface Verification {
  readonly found:
    | { readonly kind: 'checked'; readonly checks: readonly Check[] }
    | { readonly kind: 'not-checked'; readonly because: Problem }
  readonly host: string
  readonly projectDir: string
  readonly durationSeconds: number
}
