import type { BeginResult, HostSession } from '../host/client/session.ts'
import type { Transaction } from '../host/client/transaction.ts'
import type { Unfinished } from '../host/protocol/results.ts'
import type { Deployment } from './deployment.ts'
import { type LockedProject, takeLock } from './lock.ts'
import { inspectHost } from './preflight.ts'
import { recover } from './recover.ts'

/**
 * Begins a transaction. Has the host end unfinished earlier deployments first, and then repeats preflight.
 * @throws DeployError `preflight.*`, `lock.*`, `recover.*`, `ssh.*`: nothing was changed
 */
export async function beginCleanly(host: HostSession, deployment: Deployment): Promise<Transaction> {
  const ended: Unfinished[] = []
  let project = await inspectHost(host, deployment, { kind: 'first' })
  // What came while an earlier one was ended came while this one waited.
  const { arrived } = project
  for (;;) {
    const locked = await takeLock(host, project, deployment)
    const begun = await begin(host, { ...locked, project: { ...locked.project, arrived } }, deployment)
    if (begun.kind === 'begun') return begun.transaction
    ended.push(await recover(host, begun.earlier, ended, deployment))
    project = await inspectHost(host, deployment, { kind: 'again' })
  }
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
