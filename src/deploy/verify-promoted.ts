import type { DeployConfig } from '../config/config.ts'
import type { HostSession } from '../host/client/session.ts'
import { failedRequired } from '../model/check.ts'
import type { Ports } from '../model/ports.ts'
import { problemOf } from '../model/problem.ts'
import { judgeHost } from '../verify/judge.ts'
import type { DeploymentRecord } from './record.ts'

/** The project to verify, and the record of the deployment. */
export interface Verifying {
  readonly config: Pick<DeployConfig, 'host' | 'services' | 'closedLoop'>
  readonly ports: Pick<Ports, 'progress'>
  readonly record: DeploymentRecord
}

/**
 * Verifies the host after the promotion. A failure is a warning and does not change the outcome. Never throws.
 */
export async function verifyPromoted(
  host: Pick<HostSession, 'verify'>,
  { config, ports, record }: Verifying,
): Promise<void> {
  record.enter('verify')
  try {
    const facts = await host.verify(config)
    const checks = judgeHost(facts, { deployed: config.services.deploy, projectDir: config.host.projectDir })
    record.checks = checks
    ports.progress.tell({ kind: 'checked', checks })
    const failed = failedRequired(checks)
    if (failed.length > 0) record.warn({ kind: 'not-accepted', failed })
  } catch (error) {
    record.warn({ kind: 'verify-failed', detail: problemOf(error).code })
  }
}
