import { type DeployConfig, type RollbackConfig, returning } from '../config/config.ts'
import { transacted } from '../deploy/deploy.ts'
import { takeFiles } from '../deploy/files.ts'
import type { HostSession } from '../host/client/session.ts'
import type { DeploymentReport } from '../model/outcome.ts'
import type { Ports } from '../model/ports.ts'
import { DeployError } from '../model/problem.ts'
import { type Choice, chooseRelease } from './choose-release.ts'

/**
 * Returns to the release of an earlier deployment: a whole transaction, without a gate. Never throws for how it ends.
 */
export async function returnToRelease(config: RollbackConfig, ports: Ports): Promise<DeploymentReport> {
  return transacted(config, ports, {
    known: () => undefined,
    files: async () => (host, deployment) => takeFiles(host, transactionOf(deployment.config), deployment),
    configured: async (host, { ports, record }) => {
      const { release, left } = await chosen(host, config)
      record.returnsTo(release)
      for (const path of left.files) record.warn({ kind: 'file-left', path })
      for (const key of left.keys) record.warn({ kind: 'variable-left', key })
      ports.progress.tell({ kind: 'returning', release })
      return returning(config, release)
    },
    begun: async (host, { purpose }) => {
      if (purpose.kind === 'release') return
      const { release } = await chosen(host, config)
      if (release.transaction !== purpose.to.transaction)
        throw new DeployError({ code: 'return.overtaken', release: { ...release, ...purpose.to } })
    },
  })
}

/** @throws DeployError `return.*` */
async function chosen(
  host: HostSession,
  config: RollbackConfig,
): Promise<Extract<Choice, { kind: 'chosen' }>> {
  const choice = chooseRelease(await host.earlierReleases(config), config.transaction)
  if (choice.kind === 'refused') throw new DeployError(choice.problem)
  return choice
}

function transactionOf({ purpose }: DeployConfig): string {
  return purpose.kind === 'return' ? purpose.to.transaction : ''
}
