import type { Check } from './check.ts'
import type { GateDecision } from './gate-decision.ts'
import type { PhaseName } from './phase.ts'
import type { OtherRevision, Problem } from './problem.ts'

export type Fault = 'release' | 'environment' | 'configuration' | 'unknown'

/** A service as the report shows it: before this deployment, and what was verified at its end. */
export interface ServiceLine {
  readonly service: string
  readonly container: string
  /** Full `sha256:` image IDs; empty where nothing ran. */
  readonly before: { readonly reference: string; readonly imageId: string; readonly state: string }
  readonly after: { readonly reference: string; readonly imageId: string; readonly state: string }
}

/** Whether the gate decided: not reached, evaluated and enforced, or evaluated only (`CLOSED_LOOP_ENFORCE=false`). */
export type GateResult =
  | { readonly kind: 'not_run' }
  /** The post step does not know what the gate said in the step before it. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'enforced' | 'not_enforced'; readonly decision: GateDecision }

export interface PhaseTiming {
  readonly phase: PhaseName
  readonly milliseconds: number
}

/**
 * How the deployment ended, as verified on the host.
 * `unknown`: the host did not say how it ended (contact was lost, or it goes on by itself), so nothing is claimed.
 */
export type Ending =
  | { readonly kind: 'promoted' }
  | { readonly kind: 'unchanged'; readonly because: Problem }
  | {
      readonly kind: 'rolled_back'
      readonly because: Problem
      /** Named exceptions to "exactly what ran before": foreign edits kept, services that were unhealthy before … */
      readonly exceptions: readonly RollbackException[]
      /** True when nothing of the project ran before: what was started has been removed. */
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
      /** What the host was told to roll back for; absent where it was not told so. */
      readonly failure?: Problem
    }

/** What became of the deployed services after a rollback that failed (`on-rollback-failure`). */
export type LeftBehind =
  /** Nothing was stopped for it. By container name: what is back as it was before, all the same. */
  | { readonly kind: 'kept'; readonly back: readonly string[] }
  /** They run, and nothing is stopped: all that is missing is that a healthcheck has not passed yet. By container name. */
  | { readonly kind: 'starting'; readonly containers: readonly string[] }
  /** By container name: those that are stopped for good, as verified; and those that are not, with their state. */
  | { readonly kind: 'stopped'; readonly stopped: readonly string[]; readonly notStopped: readonly string[] }
  /** They were to be stopped, and the host did not say that they are. */
  | { readonly kind: 'stop-unverified' }

export type RollbackException =
  | { readonly kind: 'file-edited-meanwhile'; readonly path: string }
  /** Somebody left the env file so that Compose cannot read it: it was not touched, and may name the release still. */
  | { readonly kind: 'env-not-restored'; readonly path: string }
  /** Compose could not read the project's files as somebody had left them; what was recorded said what ran before. */
  | { readonly kind: 'recorded-files-used' }
  | { readonly kind: 'was-unhealthy-before'; readonly service: string; readonly state: string }
  | { readonly kind: 'was-stopped-before'; readonly service: string; readonly state: string }
  | {
      readonly kind: 'reference-overridden'
      readonly service: string
      readonly reference: string
      readonly imageId: string
    }
  /** Somebody had removed even the image that was held: `source` is the digest reference it was pulled by. */
  | { readonly kind: 'image-pulled-again'; readonly reference: string; readonly source: string }
  | { readonly kind: 'drift'; readonly service: string }
  /** Somebody changed during the deployment what Compose makes this service of. */
  | {
      readonly kind: 'config-edited-meanwhile'
      readonly service: string
      readonly parts: readonly ContainerPart[]
    }
  /** Its container is a new one, and Docker or Compose made another one of the same files. */
  | {
      readonly kind: 'container-differs'
      readonly service: string
      readonly parts: readonly ContainerPart[]
    }
  | { readonly kind: 'tag-not-restored'; readonly reference: string }
  | OneOffLeft
  /** By the time that this was asked, another deployment had worked on the project. */
  | { readonly kind: 'later-deployment'; readonly transaction: string }

/** What makes a container, in the groups of compose/details.sh. */
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
/** A one-off container of the project that began meanwhile, and not by this deployment's runner: it was not touched. */
export interface OneOffLeft {
  readonly kind: 'one-off-left'
  readonly container: string
  readonly state: string
}

/** What failed the release, with its last log lines (oldest first; foreign text, redacted on the host). */
export type FailureLog =
  | { readonly kind: 'none' }
  | { readonly kind: 'logged'; readonly container: string; readonly lines: readonly string[] }
  /** The runner, which could not measure: its job on the host, and the directory of its run, empty where it left none. */
  | {
      readonly kind: 'runner'
      readonly job: string
      readonly runDirectory: string
      readonly lines: readonly string[]
    }

/** Everything the summary, the annotation and the outputs are rendered from. */
export interface DeploymentReport {
  readonly ending: Ending
  readonly gate: GateResult
  readonly failureLog: FailureLog
  readonly transactionId: string
  readonly host: string
  readonly projectDir: string
  /** The release put in: the reference asked for, and its pulled image ID (empty before prefetch). */
  readonly image: { readonly reference: string; readonly imageId: string }
  /** The judged service's image in the snapshot; both empty on a first deployment. */
  readonly previousImage: { readonly reference: string; readonly imageId: string }
  readonly services: readonly ServiceLine[]
  readonly timings: readonly PhaseTiming[]
  readonly warnings: readonly Warning[]
  readonly reports: ReportsResult
  readonly diagnostics: DiagnosticsResult
  /** What was seen of the host after the release was promoted; empty where nobody looked. */
  readonly checks: readonly Check[]
  readonly durationSeconds: number
  /** How long the host waits for a step that it no longer hears of. */
  readonly leaseSeconds: number
  /** The last lines that programs on the host printed; foreign text, redacted there. */
  readonly outputTail: readonly string[]
}

/** Things a person should know that did not decide the outcome. */
export type Warning =
  | { readonly kind: 'unknown-variable'; readonly name: string; readonly nearest: string }
  | { readonly kind: 'drift'; readonly service: string }
  | { readonly kind: 'gate-not-enforced' }
  | ({ readonly kind: 'other-revision' } & OtherRevision)
  | { readonly kind: 'actions-required' }
  /** So many rules of the input `gate-rules` are not met, or not measured, and only warn. */
  | { readonly kind: 'rules-warned'; readonly count: number }
  | { readonly kind: 'artifact-failed'; readonly detail: string }
  | { readonly kind: 'artifact-unsupported'; readonly server: string }
  | { readonly kind: 'diagnostics-failed'; readonly detail: string }
  | { readonly kind: 'report-absent'; readonly file: string; readonly detail: string }
  | { readonly kind: 'cleanup-failed'; readonly detail: string }
  /** After the release was promoted: the required checks of the acceptance that failed. */
  | { readonly kind: 'not-accepted'; readonly failed: readonly Check[] }
  /** After the release was promoted: what runs could not be looked at. */
  | { readonly kind: 'verify-failed'; readonly detail: string }
  /** A restart of the host in the middle of a deployment would end nothing by itself; why. */
  | { readonly kind: 'no-boot-trigger'; readonly detail: string }
  /** `up --dry-run` on the files as they are came to no end; why. */
  | { readonly kind: 'up-not-tried'; readonly detail: string }
  | OneOffLeft
  | Recovered

/** An earlier transaction that had been left in the middle, in `state`, and how the host ended it before this one. */
export interface Recovered {
  readonly kind: 'recovered'
  readonly transaction: string
  readonly state: string
  readonly end: 'promoted' | 'rolled_back' | 'rollback_failed' | 'unchanged'
  readonly exceptions: readonly RollbackException[]
}

/** What happened to the report files of this run. */
export interface ReportsResult {
  /** The folder on the runner; empty when nothing was collected. */
  readonly path: string
  readonly files: readonly string[]
  /** What the runner did not write: on FAIL many do not. Left out where there is nothing of that. */
  readonly notWritten?: readonly string[]
  readonly artifact: ArtifactResult
}

export type ArtifactResult =
  | { readonly kind: 'uploaded'; readonly id: string; readonly url: string; readonly name: string }
  | { readonly kind: 'none' }

/** What happened to the diagnostics: kept after every end but `promoted`. `path`: the folder on the runner. */
export type DiagnosticsResult =
  | { readonly kind: 'none' }
  | { readonly kind: 'kept'; readonly path: string; readonly artifact: ArtifactResult }

/** What a verification found, or why it could not look. */
export interface Verification {
  readonly found:
    | { readonly kind: 'checked'; readonly checks: readonly Check[] }
    | { readonly kind: 'not-checked'; readonly because: Problem }
  readonly host: string
  readonly projectDir: string
  readonly durationSeconds: number
}
