import {
  type AllDeadlines,
  applySeconds,
  CONNECT_SECONDS,
  confirmSeconds,
  DIAGNOSTICS_SECONDS,
  FILES_SECONDS,
  gateRounds,
  LAST_LOOK_SECONDS,
  PREFLIGHT_SECONDS,
  PRUNE_SECONDS,
  rollbackSeconds,
  SPACE_SECONDS,
  snapshotSeconds,
  trialSeconds,
  UPLOAD_SECONDS,
  VERIFY_SECONDS,
} from './timeouts.ts'

interface PhaseRow {
  /** A heading of the log, and a row of the summary. */
  readonly title: string
  /** Its part of the time budget, in seconds. */
  readonly budget: (config: AllDeadlines) => number
}

/** A row for each phase, in their order. */
export const PHASES = {
  connect: { title: 'Connect to the host', budget: () => CONNECT_SECONDS },
  files: {
    title: 'Bring the files of the release',
    budget: ({ release }) => (release.files.length === 0 ? 0 : FILES_SECONDS),
  },
  preflight: { title: 'Check the host', budget: () => PREFLIGHT_SECONDS },
  lock: { title: 'Wait until the project is free', budget: ({ deadlines }) => deadlines.lockSeconds },
  // Rare, and long: no part of the budget.
  recover: { title: 'End an earlier deployment', budget: () => 0 },
  snapshot: { title: 'Record what runs now', budget: snapshotSeconds },
  prefetch: {
    title: 'Pull every image',
    budget: ({ deadlines }) => SPACE_SECONDS + deadlines.prefetchSeconds,
  },
  trial: { title: 'Try the release beside what runs', budget: ({ trial }) => trialSeconds(trial) },
  apply: { title: 'Deploy the release', budget: (config) => applySeconds(config, 0) },
  health: {
    title: 'Wait until the services are ready',
    budget: (config) => gateRounds(config) * config.deadlines.healthSeconds,
  },
  evidence: {
    title: 'Wait for the evidence that the gate needs',
    budget: (config) => gateRounds(config) * config.deadlines.evidenceSeconds,
  },
  assess: {
    title: 'Let the closed loop assess the release',
    budget: (config) => gateRounds(config) * config.deadlines.assessSeconds,
  },
  gate: { title: 'Judge the assessment', budget: () => 0 },
  confirm: { title: 'Confirm the release', budget: confirmSeconds },
  // With the two questions about the failed container before it.
  rollback: {
    title: 'Roll back to the snapshot',
    budget: (config) => 2 * LAST_LOOK_SECONDS + rollbackSeconds(config, 0),
  },
  // Reports and diagnostics are an artifact each.
  reports: { title: 'Collect the reports', budget: () => DIAGNOSTICS_SECONDS + 2 * UPLOAD_SECONDS },
  prune: {
    title: 'Remove images of old releases',
    budget: ({ pruning }) => (pruning.images === 'old' ? 2 * PRUNE_SECONDS : 0),
  },
  verify: {
    title: 'Verify what runs',
    budget: ({ afterPromotion }) => (afterPromotion === 'verify' ? VERIFY_SECONDS : 0),
  },
} as const satisfies Record<string, PhaseRow>

export type PhaseName = keyof typeof PHASES

/** The longest that a deployment may take: the sum of all deadlines. */
export function budgetSeconds(config: AllDeadlines): number {
  return Object.values<PhaseRow>(PHASES).reduce((sum, { budget }) => sum + budget(config), 0)
}
