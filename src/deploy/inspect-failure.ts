import { invalidatedBy } from '../gate/invalidated.ts'
import type { Transaction } from '../host/client/transaction.ts'
import { type Problem, problemOf } from '../model/problem.ts'
import { type HealthProblem, whatEnded } from '../model/problems/health.ts'
import type { Deployment } from './deployment.ts'

const LOG_LINES = 50

/**
 * Inspects the failed container before the rollback removes it: for people, and for the gate. Returns the problem with
 * what it found. Never throws.
 */
export async function inspectFailure(
  transaction: Transaction,
  problem: Problem,
  deployment: Deployment,
): Promise<Problem> {
  if (!isOfHealth(problem)) return problem
  const seen = await withEndOf(transaction, problem)
  invalidateGate(seen, deployment)
  await showFailedContainer(transaction, seen, deployment)
  return seen
}

/** A container that somebody stops looks like one that crashed; Docker knows better, and without its answer nobody does. */
async function withEndOf(transaction: Transaction, problem: HealthProblem): Promise<HealthProblem> {
  if (problem.code !== 'health.lost' || whatEnded(problem) !== 'itself') return problem
  const by = await lookOrElse(
    transaction,
    () => transaction.endedBy(problem.containerId, problem.change),
    'unknown',
  )
  switch (by) {
    case 'docker':
      return { ...problem, change: 'stopped' }
    case 'itself':
      return problem
    case 'unknown':
      // That it was unhealthy was seen, and it may run still: then that is all that can be said.
      return problem.change === 'unhealthy' ? problem : { ...problem, change: 'ended' }
  }
}

/** A host that does not answer soon is not waited for. */
async function lookOrElse<Seen>(
  transaction: Transaction,
  look: () => Promise<Seen>,
  unseen: Seen,
): Promise<Seen> {
  try {
    return await look()
  } catch (error) {
    // Its shell may be stuck with it. Where the host ends the transaction itself, it only said no.
    if (problemOf(error).code !== 'lock.lost') await transaction.reopen().catch(() => undefined)
    return unseen
  }
}

/** Once the gate service was ready, its end decides the gate: also if the gate had passed, or was not enforced. */
function invalidateGate(problem: HealthProblem, { config, record }: Deployment): void {
  if (problem.service !== config.services.gate || !record.isJudging) return
  const { gate } = record
  const decision = invalidatedBy(problem, 'decision' in gate ? gate.decision : undefined)
  record.gate = { kind: 'enforced', decision }
}

/** The last log lines of the container that failed. */
async function showFailedContainer(
  transaction: Transaction,
  { container, containerId }: HealthProblem,
  { ports, record }: Deployment,
): Promise<void> {
  if (containerId === '') return
  const lines = await lookOrElse(transaction, () => transaction.logTail(containerId, LOG_LINES), [])
  if (lines.length === 0) return
  ports.progress.logTail(container, lines)
  record.failureLog = { kind: 'logged', container, lines }
}

function isOfHealth(problem: Problem): problem is HealthProblem {
  return 'containerId' in problem
}
