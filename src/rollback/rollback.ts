import { type RollbackConfig, returning } from '../config/config.ts'
import { transacted } from '../deploy/deploy.ts'
import type { DeploymentReport } from '../model/outcome.ts'
import type { Ports } from '../model/ports.ts'
import { DeployError } from '../model/problem.ts'
import { chooseRelease } from './choose-release.ts'

/**
 * Returns to the release of an earlier deployment: a whole transaction, without a gate. Never throws for how it ends.
 */
export async function returnToRelease(config: RollbackConfig, ports: Ports): Promise<DeploymentReport> {
  return transacted(config, ports, {
    known: () => undefined,
    configured: async (host, { ports, record }) => {
      const choice = chooseRelease(await host.earlierReleases(config), config.transaction)
      if (choice.kind === 'refused') throw new DeployError(choice.problem)
      record.returnsTo(choice.release)
      ports.progress.tell({ kind: 'returning', release: choice.release })
      return returning(config, choice.release)
    },
  })
}
