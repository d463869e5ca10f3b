import type { RunnerAction } from './assessment.ts'

/** Deadlines that no input sets, in seconds. */
export const CONNECT_SECONDS = 20
export const PREFLIGHT_SECONDS = 60
/** The deadline of a call to the host before the snapshot. */
export const PREFLIGHT_TIMEOUT = {
  seconds: PREFLIGHT_SECONDS,
  problem: { code: 'preflight.timeout', seconds: PREFLIGHT_SECONDS },
} as const
/** Each of: comparing the files of a release, sending them, and making them whole on the host. */
export const FILES_SECONDS = 600
const SNAPSHOT_SECONDS = 60
/** For the copies of what `files` replaces, and of `state-files`. */
const COPIES_SECONDS = 240
/** Without `health-timeout` and the containers' own `stop_grace_period`. The host waits 60 s less. */
const APPLY_SECONDS = 300
/** Without `health-timeout`: deferred services may wait for each other's healthchecks. The host waits 30 s less. */
const CONFIRM_SECONDS = 120
/** As for apply. The host takes up to 8 s of it for the diagnostics (phases/diagnostics.sh). */
const ROLLBACK_SECONDS = 300
/** How long a rollback waits for the lock file where the process that held it was killed (watchdog/lock-file.sh). */
const LOCK_FILE_SECONDS = 600
/** How long dockerd may take to answer after a restart of the host (phases/recover.sh). */
const BOOT_SECONDS = 300
/** All questions to registries about sizes. */
export const SPACE_SECONDS = 60
/** One try of `preflight-command`. The host waits a minute longer, for the case that the client is gone. */
export const TRIAL_SECONDS = 300
export const TRIAL_PAUSE_SECONDS = 5
const TRIAL_TRIES = 3
/** What `prune-images` may take after a promotion. */
export const PRUNE_SECONDS = 60
export const PRUNE_TIMEOUT = {
  seconds: PRUNE_SECONDS,
  problem: { code: 'ssh.lost', during: 'prune-images', detail: `no answer within ${PRUNE_SECONDS} s` },
} as const
export const UPLOAD_SECONDS = 60
/** A whole verification; one docker call may take 30 s. */
export const VERIFY_SECONDS = 120
export const VERIFY_TIMEOUT = {
  seconds: VERIFY_SECONDS,
  problem: { code: 'verify.timeout', seconds: VERIFY_SECONDS },
} as const
/** For each of the two questions about a failed container before a rollback: the action does not wait for later answers. */
export const LAST_LOOK_SECONDS = 12
/** The diagnostics from the host, after the end of a deployment. */
export const DIAGNOSTICS_SECONDS = 30

/**
 * The post step, until it says how the deployment ended; the diagnostics come on top. A cancelled job leaves about 285 s
 * to all its last steps together (actions/runner).
 */
export const POST_SECONDS = 110

interface HealthDeadline {
  readonly deadlines: { readonly healthSeconds: number }
}

interface RollbackDeadline extends HealthDeadline {
  /** Empty where there is none. */
  readonly hostLockFile: string
}

interface GateDeadlines {
  readonly deadlines: {
    readonly healthSeconds: number
    readonly evidenceSeconds: number
    readonly assessSeconds: number
  }
  readonly closedLoop: { readonly action: RunnerAction }
}

/** All deadlines that inputs set. */
export interface AllDeadlines extends GateDeadlines, RollbackDeadline {
  readonly deadlines: GateDeadlines['deadlines'] & {
    readonly lockSeconds: number
    readonly prefetchSeconds: number
  }
  readonly afterPromotion: 'nothing' | 'verify'
  readonly trial: Trial
  readonly pruning: { readonly images: 'none' | 'old' }
  readonly release: ReleaseFiles
}

/** `preflight-command`, and the exit codes after which it is tried again. */
export interface Trial {
  readonly command?: string
  readonly retryCodes: readonly number[]
}

interface ReleaseFiles {
  readonly files: readonly unknown[]
  readonly stateFiles: readonly unknown[]
}

export function snapshotSeconds({ release }: { readonly release: ReleaseFiles }): number {
  return SNAPSHOT_SECONDS + (release.files.length + release.stateFiles.length > 0 ? COPIES_SECONDS : 0)
}

/** `graceSeconds`: the longest `stop_grace_period` of the running containers. */
export function applySeconds({ deadlines }: HealthDeadline, graceSeconds: number): number {
  return APPLY_SECONDS + deadlines.healthSeconds + graceSeconds
}

export function confirmSeconds({ deadlines }: HealthDeadline): number {
  return CONFIRM_SECONDS + deadlines.healthSeconds
}

/**
 * Until the healthchecks of the restored containers have passed. Those of the release and the restored ones may have to stop.
 * Before it begins, the lock file of the host's own loop may have to be taken again.
 */
export function rollbackSeconds({ deadlines, hostLockFile }: RollbackDeadline, graceSeconds: number): number {
  const lockFileSeconds = hostLockFile === '' ? 0 : LOCK_FILE_SECONDS
  return ROLLBACK_SECONDS + deadlines.healthSeconds + 2 * graceSeconds + lockFileSeconds
}

/** An earlier transaction: dockerd may be starting, the release may become healthy, be confirmed, and be rolled back. */
export function recoverSeconds(config: RollbackDeadline): number {
  return BOOT_SECONDS + config.deadlines.healthSeconds + confirmSeconds(config) + rollbackSeconds(config, 0)
}

/** How often `preflight-command` may be tried. */
export function trialTries({ command, retryCodes }: Trial): number {
  if (command === undefined) return 0
  return retryCodes.length > 0 ? TRIAL_TRIES : 1
}

/** All tries, and the pauses between them. */
export function trialSeconds(trial: Trial): number {
  const tries = trialTries(trial)
  return tries * TRIAL_SECONDS + Math.max(tries - 1, 0) * TRIAL_PAUSE_SECONDS
}

/** Ready, evidence and assessment. */
export function gateSeconds(config: GateDeadlines): number {
  const { healthSeconds, evidenceSeconds, assessSeconds } = config.deadlines
  return gateRounds(config) * (healthSeconds + evidenceSeconds + assessSeconds)
}

/** A runner that may restart the gate service has the action do it all once more. */
export function gateRounds({ closedLoop }: GateDeadlines): number {
  return closedLoop.action === 'full' ? 2 : 1
}
