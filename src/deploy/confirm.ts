import type { Transaction } from '../host/client/transaction.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { Deployment } from './deployment.ts'

/**
 * Has the host confirm the release, if it still runs as the gate judged it.
 * @throws DeployError `confirm.*`, `health.*`
 */
export async function confirm(
  transaction: Transaction,
  instances: readonly ContainerInstance[],
  { ports, record }: Deployment,
): Promise<void> {
  record.enter('confirm')
  record.after = await transaction.confirm(instances, {
    text: (line) => ports.progress.remote(line),
    fact: ([name, container = '', state = '']) => {
      if (name === 'one_off_left') record.warn({ kind: 'one-off-left', container, state })
    },
  })
}
