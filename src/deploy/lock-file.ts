import type { Transaction } from '../host/client/transaction.ts'
import { DeployError } from '../model/problem.ts'
import type { Deployment } from './deployment.ts'

/**
 * Has the host hold the lock file of its own loop, if one was given, for the whole transaction. The wait for it and the wait
 * for the project, which took `waitedSeconds`, share `lock-timeout`. `changed`: another process had the file, and may have
 * changed the project. @throws DeployError `lock.busy`, `lock.file_failed`, `ssh.*`
 */
export async function takeLockFile(
  transaction: Transaction,
  waitedSeconds: number,
  { config, ports, record }: Deployment,
): Promise<'as-seen' | 'changed'> {
  if (config.hostLockFile === '') return 'as-seen'
  // A preflight under the lock may have come in between.
  if (record.phase !== 'lock') record.enter('lock')
  const timeoutSeconds = config.deadlines.lockSeconds
  const startedAt = ports.clock.now()
  const result = await transaction.holdLockFile(Math.max(0, timeoutSeconds - waitedSeconds), (holder) =>
    ports.progress.tell({ kind: 'locked', holder, timeoutSeconds }),
  )
  if (result.kind === 'busy') {
    const alsoWaited = (ports.clock.now() - startedAt) / 1000
    const { holder } = result
    throw new DeployError({ code: 'lock.busy', holder, waitedSeconds: waitedSeconds + alsoWaited })
  }
  ports.progress.tell({ kind: 'lock-file-held', file: config.hostLockFile })
  return result.when === 'at-once' ? 'as-seen' : 'changed'
}
