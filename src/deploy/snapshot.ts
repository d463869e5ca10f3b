import type { Transaction } from '../host/client/transaction.ts'
import type { ContainerState } from '../host/protocol/container.ts'
import type { Deployment } from './deployment.ts'

/** Has the host record what runs, and gives its containers. */
export async function takeSnapshot(
  transaction: Transaction,
  { config, ports, record }: Deployment,
): Promise<readonly ContainerState[]> {
  record.enter('snapshot')
  ports.progress.tell({ kind: 'transaction', id: transaction.id, projectDir: config.host.projectDir })
  const containers = await transaction.snapshot()
  record.before = containers
  ports.progress.tell({ kind: 'snapshot', containers })
  return containers
}
