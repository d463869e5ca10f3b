import type { HostSession } from '../host/client/session.ts'
import type { RecoveryResult, Unfinished } from '../host/protocol/results.ts'
import type { Recovered } from '../model/outcome.ts'
import { DeployError, type RecoverProblem } from '../model/problem.ts'
import type { Deployment } from './deployment.ts'

/** What becomes of this deployment, now that the host looked after an earlier one. */
export type AfterRecovery =
  | { readonly kind: 'goes-on'; readonly tells: Recovered }
  | { readonly kind: 'stops'; readonly problem: RecoverProblem }

/**
 * Has the host bring an earlier transaction to its end, which nobody is at work on any more, and remembers for people
 * what came of it. `ended`: those that were brought to their end already.
 * @throws DeployError `recover.foreign` when somebody changed the project since, `recover.failed`, `recover.timeout`, `lock.lost`, `ssh.*`
 */
export async function recover(
  host: HostSession,
  unfinished: Unfinished,
  ended: readonly Unfinished[],
  { config, ports, record }: Deployment,
): Promise<Unfinished> {
  const { projectDir } = config.host
  record.enter('recover')
  if (ended.some(({ transaction }) => transaction === unfinished.transaction)) {
    const detail = 'the host had said that it ended, and then that it did not'
    throw new DeployError({ code: 'recover.failed', ...unfinished, projectDir, detail })
  }
  ports.progress.tell({ kind: 'recovering', ...unfinished })
  const transaction = await host.resume(unfinished.transaction, config)
  const result = await transaction.recover({ text: (line) => ports.progress.remote(line) })
  const after = afterRecovery(unfinished, result, projectDir)
  if (after.kind === 'stops') throw new DeployError(after.problem)
  record.warn(after.tells)
  return unfinished
}

/** A rollback that failed once more does not stop later deployments; only what a person has to decide does. */
export function afterRecovery(
  unfinished: Unfinished,
  result: RecoveryResult,
  projectDir: string,
): AfterRecovery {
  switch (result.kind) {
    case 'ended':
      return {
        kind: 'goes-on',
        tells: { kind: 'recovered', ...unfinished, end: result.end, exceptions: result.exceptions },
      }
    case 'foreign':
      return {
        kind: 'stops',
        problem: { code: 'recover.foreign', ...unfinished, projectDir, changes: result.changes },
      }
    case 'unsettled':
      return {
        kind: 'stops',
        problem: { code: 'recover.timeout', ...unfinished, projectDir, seconds: result.seconds },
      }
    case 'failed':
      return {
        kind: 'stops',
        problem: { code: 'recover.failed', ...unfinished, projectDir, detail: result.detail },
      }
  }
}
