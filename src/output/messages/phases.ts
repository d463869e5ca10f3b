import type { PhaseName } from '../../model/phase.ts'

/** What each phase does, as a heading in the log and a row in the summary. */
export const PHASE_TITLES: Readonly<Record<PhaseName, string>> = {
  connect: 'Connect to the host',
  preflight: 'Check the host',
  lock: 'Wait until the project is free',
  recover: 'End an earlier deployment',
  snapshot: 'Record what runs now',
  prefetch: 'Pull every image',
  apply: 'Deploy the release',
  health: 'Wait until the services are ready',
  evidence: 'Wait for the evidence that the gate needs',
  assess: 'Let the closed loop assess the release',
  gate: 'Judge the assessment',
  confirm: 'Confirm the release',
  rollback: 'Roll back to the snapshot',
  reports: 'Collect the reports',
  verify: 'Verify what runs',
}
