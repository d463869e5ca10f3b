import type { Transaction } from '../host/client/transaction.ts'
import { parseWarning } from '../host/protocol/findings.ts'
import type { RestorePlan } from '../host/protocol/restore-plan.ts'
import type { ApplyResult } from '../host/protocol/results.ts'
import type { Ending } from '../model/outcome.ts'
import { DeployError, problemOf } from '../model/problem.ts'
import type { Deployment } from './deployment.ts'

/** Crosses the boundary: has the host deploy the release. What refuses it before the boundary changed nothing. */
export async function apply(
  transaction: Transaction,
  restore: RestorePlan,
  { ports, record }: Deployment,
): Promise<ApplyResult> {
  record.enter('apply')
  return transaction.apply(restore, {
    text: (line) => ports.progress.remote(line),
    fact: ([name, ...fields]) => {
      const [service = '', , , imageId = ''] = fields
      if (name === 'warning') record.warn(parseWarning(fields))
      if (name === 'boundary') ports.progress.tell({ kind: 'boundary' })
      if (name === 'running') ports.progress.tell({ kind: 'running', service, imageId })
    },
  })
}

/** The host itself must agree that the boundary was not crossed; where it does not, it has to roll back. */
export async function refuse(
  transaction: Transaction,
  { problem }: Extract<ApplyResult, { kind: 'refused' }>,
  deployment: Deployment,
): Promise<Ending> {
  const end = await abandon(transaction, deployment)
  if (end === 'past-boundary') throw new DeployError(problem)
  return { kind: 'unchanged', because: problem }
}

/** Before the boundary: removes our local tags and images. A failure here changed nothing that serves. */
export async function abandon(
  transaction: Transaction,
  { record }: Deployment,
): Promise<'done' | 'past-boundary'> {
  try {
    const end = await transaction.abandon()
    if (end.kind === 'past-boundary') return 'past-boundary'
    if (end.kind !== 'done') record.warn({ kind: 'cleanup-failed', detail: end.detail })
  } catch (error) {
    record.warn({ kind: 'cleanup-failed', detail: problemOf(error).code })
  }
  return 'done'
}
