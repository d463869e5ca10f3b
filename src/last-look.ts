import type { Deployment } from './deploy.ts'
import { type Problem, problemOf } from './errors.ts'
import { voidedBy } from './gate/voided.ts'
import type { HealthProblem } from './health/problem.ts'
import type { Transaction } from './host/transaction.ts'

const LOG_LINES = 50

/** What a rollback takes away is looked at before it: for people, and for what the gate comes to. Never throws. */
export async function lastLook(
  transaction: Transaction,
  error: unknown,
  deployment: Deployment,
): Promise<void> {
  await gather(transaction)
  const problem = problemOf(error)
  if (!isOfHealth(problem)) return
  voidGate(problem, deployment)
  await showCulprit(transaction, problem, deployment)
}

/** For the diagnostics. A host that does not answer soon is not waited for. */
async function gather(transaction: Transaction): Promise<void> {
  try {
    await transaction.gather()
  } catch (error) {
    // Its shell may be stuck with it. Where the host ends the transaction itself, it only said no.
    if (problemOf(error).code !== 'lock.lost') await transaction.reopen().catch(() => undefined)
  }
}

/** Once the judged service was ready, its end is the gate's: also where the gate had passed, or was not enforced. */
function voidGate(problem: HealthProblem, { config, record }: Deployment): void {
  if (problem.service !== config.services.gate || !record.isJudging) return
  const { gate } = record
  const decision = voidedBy(problem, 'decision' in gate ? gate.decision : undefined)
  record.gate = { kind: 'enforced', decision }
}

/** The last log lines of the container that failed. */
async function showCulprit(
  transaction: Transaction,
  { container, containerId }: HealthProblem,
  { ports, record }: Deployment,
): Promise<void> {
  if (containerId === '') return
  try {
    const lines = await transaction.logTail(containerId, LOG_LINES)
    ports.narrator.logTail(container, lines)
    record.culprit = { kind: 'logged', container, lines }
  } catch {
    // A container that is gone has no log, and a lost link is reported by the rollback that comes next.
  }
}

function isOfHealth(problem: Problem): problem is HealthProblem {
  return 'containerId' in problem
}
