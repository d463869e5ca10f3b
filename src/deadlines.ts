import type { DeployConfig } from './config/config.ts'

/** Deadlines nobody needs to set, in seconds (DESIGN.md). */
export const CONNECT_SECONDS = 20
export const PREFLIGHT_SECONDS = 60
/** A call to the host before the snapshot, and what it means when it takes longer. */
export const PREFLIGHT_PATIENCE = {
  seconds: PREFLIGHT_SECONDS,
  problem: { code: 'preflight.timeout', seconds: PREFLIGHT_SECONDS },
} as const
export const SNAPSHOT_SECONDS = 60
export const APPLY_SECONDS = 300
export const CONFIRM_SECONDS = 120
/** The host takes up to 8 s of it to look at what it takes away (76-diagnostics.sh). */
export const ROLLBACK_SECONDS = 300
/** An earlier transaction: dockerd may be starting, the carried release becoming healthy, and then be rolled back. */
export const RECOVER_SECONDS = 900
export const UPLOAD_SECONDS = 60
/** All that `mode: verify` looks at; one docker call may take 30 s. */
export const VERIFY_SECONDS = 120
export const VERIFY_PATIENCE = {
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

/** Ready, evidence and assessment; all of it once more where the runner may restart the judged service. */
export function gateSeconds({
  deadlines,
  closedLoop,
}: Pick<DeployConfig, 'deadlines' | 'closedLoop'>): number {
  const once = deadlines.healthSeconds + deadlines.evidenceSeconds + deadlines.assessSeconds
  return closedLoop.action === 'full' ? 2 * once : once
}

/** The longest a deployment may take: the sum of all its deadlines. */
export function budgetSeconds(config: DeployConfig): number {
  const fixed =
    CONNECT_SECONDS +
    PREFLIGHT_SECONDS +
    SNAPSHOT_SECONDS +
    APPLY_SECONDS +
    CONFIRM_SECONDS +
    2 * LAST_LOOK_SECONDS +
    ROLLBACK_SECONDS +
    DIAGNOSTICS_SECONDS +
    2 * UPLOAD_SECONDS
  const verifying = config.afterPromotion === 'verify' ? VERIFY_SECONDS : 0
  return (
    fixed + config.deadlines.lockSeconds + config.deadlines.prefetchSeconds + gateSeconds(config) + verifying
  )
}
