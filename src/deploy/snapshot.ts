import type { Transaction } from '../host/client/transaction.ts'
import type { ContainerState } from '../host/protocol/container.ts'
import type { RestorePlan } from '../host/protocol/restore-plan.ts'
import type { Deployment } from './deployment.ts'
import { compileRestorePlan } from './restore-plan.ts'

/** The containers before the deployment, and the plan that restores them. */
export interface Before {
  readonly containers: readonly ContainerState[]
  readonly restore: RestorePlan
}

/** Has the host record the running containers, and compiles the restore plan from that. */
export async function takeSnapshot(
  transaction: Transaction,
  { config, ports, record }: Deployment,
): Promise<Before> {
  record.enter('snapshot')
  ports.progress.tell({ kind: 'transaction', id: transaction.id, projectDir: config.host.projectDir })
  const { containers, links } = await transaction.snapshot()
  record.before = containers
  ports.progress.tell({ kind: 'snapshot', containers })
  return { containers, restore: compileRestorePlan(containers, links) }
}
