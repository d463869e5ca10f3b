import type { RunnerAction } from './assessment.ts'

/** Deadlines nobody needs to set, in seconds. */
export const CONNECT_SECONDS = 20
export const PREFLIGHT_SECONDS = 60
/** A call to the host before the snapshot, and what it means when it takes longer. */
export const PREFLIGHT_TIMEOUT = {
  seconds: PREFLIGHT_SECONDS,
  problem: { code: 'preflight.timeout', seconds: PREFLIGHT_SECONDS },
} as const
export const SNAPSHOT_SECONDS = 60
/** Beside what health may take, and stopping by the containers' own `stop_grace_period`; the host waits 60 s less. */
const APPLY_SECONDS = 300
/** Beside what health may take: deferred services may wait for each other's healthchecks. The host waits 30 s less. */
const CONFIRM_SECONDS = 120
/** Beside the same as apply; the host takes up to 8 s of it to look at what it takes away (phases/diagnostics.sh). */
const ROLLBACK_SECONDS = 300
/** How long dockerd may take to answer after a restart of the host (phases/recover.sh). */
const BOOT_SECONDS = 300
export const UPLOAD_SECONDS = 60
/** All that a verification looks at; one docker call may take 30 s. */
export const VERIFY_SECONDS = 120
export const VERIFY_TIMEOUT = {
  seconds: VERIFY_SECONDS,
  problem: { code: 'verify.timeout', seconds: VERIFY_SECONDS },
} as const
/** For each of the two things that are asked about a container before a rollback: later answers are not waited for. */
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

interface GateDeadlines {
  readonly deadlines: {
    readonly healthSeconds: number
    readonly evidenceSeconds: number
    readonly assessSeconds: number
  }
  readonly closedLoop: { readonly action: RunnerAction }
}

interface AllDeadlines extends GateDeadlines {
  readonly deadlines: GateDeadlines['deadlines'] & {
    readonly lockSeconds: number
    readonly prefetchSeconds: number
  }
  readonly afterPromotion: 'nothing' | 'verify'
}

/** Putting the release in; `graceSeconds`: the longest that one of what runs may take to stop. */
export function applySeconds({ deadlines }: HealthDeadline, graceSeconds: number): number {
  return APPLY_SECONDS + deadlines.healthSeconds + graceSeconds
}

export function confirmSeconds({ deadlines }: HealthDeadline): number {
  return CONFIRM_SECONDS + deadlines.healthSeconds
}

/** Putting back what ran before, until its healthchecks have passed. Both what runs and what comes back may have to stop. */
export function rollbackSeconds({ deadlines }: HealthDeadline, graceSeconds: number): number {
  return ROLLBACK_SECONDS + deadlines.healthSeconds + 2 * graceSeconds
}

/**
 * An earlier transaction: dockerd may be starting, the release that is carried forward becoming healthy and confirmed, and
 * then be rolled back.
 */
export function recoverSeconds(config: HealthDeadline): number {
  return BOOT_SECONDS + config.deadlines.healthSeconds + confirmSeconds(config) + rollbackSeconds(config, 0)
}

/** Ready, evidence and assessment; all of it once more where the runner may restart the judged service. */
export function gateSeconds({ deadlines, closedLoop }: GateDeadlines): number {
  const once = deadlines.healthSeconds + deadlines.evidenceSeconds + deadlines.assessSeconds
  return closedLoop.action === 'full' ? 2 * once : once
}

/** The longest a deployment may take: the sum of all its deadlines. */
export function budgetSeconds(config: AllDeadlines): number {
  const fixed =
    CONNECT_SECONDS +
    PREFLIGHT_SECONDS +
    SNAPSHOT_SECONDS +
    applySeconds(config, 0) +
    confirmSeconds(config) +
    2 * LAST_LOOK_SECONDS +
    rollbackSeconds(config, 0) +
    DIAGNOSTICS_SECONDS +
    2 * UPLOAD_SECONDS
  const verifying = config.afterPromotion === 'verify' ? VERIFY_SECONDS : 0
  return (
    fixed + config.deadlines.lockSeconds + config.deadlines.prefetchSeconds + gateSeconds(config) + verifying
  )
}
