import type { BeginResult, HostSession } from '../host/client/session.ts'
import type { Transaction } from '../host/client/transaction.ts'
import type { Unfinished } from '../host/protocol/results.ts'
import { abandon } from './apply.ts'
import type { Deployment } from './deployment.ts'
import type { StagedFiles } from './files.ts'
import { type LockedProject, takeLock } from './lock.ts'
import { takeLockFile } from './lock-file.ts'
import { inspectHost } from './preflight.ts'
import { recover } from './recover.ts'

/** A transaction, and the deployment as it goes on in it: with every service that the files of the release concern. */
export interface Begun {
  readonly transaction: Transaction
  readonly deployment: Deployment
}

/**
 * Begins a transaction. Has the host end unfinished earlier deployments first, and then repeats preflight.
 * @throws DeployError `preflight.*`, `lock.*`, `recover.*`, `ssh.*`: nothing was changed
 */
export async function beginCleanly(
  host: HostSession,
  staged: StagedFiles,
  deployment: Deployment,
): Promise<Begun> {
  const ended: Unfinished[] = []
  let project = await inspectHost(host, staged, deployment, { kind: 'first' })
  // What came while an earlier one was ended came while this one waited.
  const { arrived } = project
  for (;;) {
    const locked = await takeLock(host, staged, project, deployment)
    const joined = withServices(deployment, locked.project.deploy)
    const begun = await begin(host, { ...locked, project: { ...locked.project, arrived } }, joined)
    if (begun.kind === 'begun') {
      const now = { transaction: begun.transaction, deployment: joined }
      return withLockFile(host, staged, now, locked.waitedSeconds, deployment)
    }
    ended.push(await recover(host, begun.earlier, ended, deployment))
    project = await inspectHost(host, staged, deployment, { kind: 'again' })
  }
}

/** With the lock file of the host's own loop; looks at the project again if another process had it. `asked`: for which services. */
async function withLockFile(
  host: HostSession,
  staged: StagedFiles,
  begun: Begun,
  waitedSeconds: number,
  asked: Deployment,
): Promise<Begun> {
  const { transaction } = begun
  try {
    if ((await takeLockFile(transaction, waitedSeconds, begun.deployment)) === 'as-seen') return begun
    const seen = await inspectHost(host, staged, asked, { kind: 'locked', transactionId: transaction.id })
    const joined = withServices(asked, seen.deploy)
    await host.planAgain(transaction.id, joined.config, seen)
    return { transaction, deployment: joined }
  } catch (error) {
    await abandon(transaction, begun.deployment)
    throw error
  }
}

/** From here on, whatever is said of the deployed services is said of these. */
function withServices(deployment: Deployment, deploy: readonly string[]): Deployment {
  const { config } = deployment
  return { ...deployment, config: { ...config, services: { ...config.services, deploy } } }
}

async function begin(
  host: HostSession,
  { transactionId, project }: LockedProject,
  { config, record }: Deployment,
): Promise<BeginResult> {
  try {
    const begun = await host.begin(transactionId, config, project)
    if (begun.kind === 'begun') record.transactionId = transactionId
    // The earlier one needs it to be ended.
    else await host.release(transactionId)
    return begun
  } catch (error) {
    await host.release(transactionId).catch(() => undefined)
    throw error
  }
}
