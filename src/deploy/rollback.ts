import type { Transaction } from '../host/client/transaction.ts'
import type { RollbackResult } from '../host/protocol/results.ts'
import type { Ending } from '../model/outcome.ts'
import type { Ports } from '../model/ports.ts'
import { type Problem, problemOf } from '../model/problem.ts'
import type { DeploymentRecord } from './record.ts'

/** What a rollback tells people, and where it notes what it saw. */
export interface RollbackReporting {
  readonly ports: Pick<Ports, 'progress'>
  readonly record: DeploymentRecord
}

/**
 * Has the host restore what ran before, and reports only what the host verified. Claims nothing when contact is lost.
 * Never throws.
 */
export async function rollBack(
  transaction: Transaction,
  because: Problem,
  { ports, record }: RollbackReporting,
  job: 'rollback' | 'post-rollback' = 'rollback',
): Promise<Ending> {
  const lastKnown = record.phase
  record.enter('rollback')
  ports.progress.tell({ kind: 'rolling-back', because })
  try {
    const result = await rollBackInTurn(transaction, job, (line) => ports.progress.remote(line))
    if (result.kind === 'untouched') return { kind: 'unchanged', because }
    // The post step or the next run reports it.
    if (result.kind === 'unsettled')
      return { kind: 'unknown', because: result.problem, lastKnown, failure: because }
    if (result.kind === 'died') {
      const problem = {
        code: 'rollback.failed',
        notRestored: [],
        differences: [],
        detail: result.detail,
      } as const
      return { kind: 'unknown', because: problem, lastKnown, failure: because }
    }
    record.after = result.containers
    switch (result.kind) {
      case 'rolled_back':
        ports.progress.tell({ kind: 'rolled-back' })
        return {
          kind: 'rolled_back',
          because,
          exceptions: result.exceptions,
          toNothing: result.ranBefore === 'nothing',
        }
      case 'promoted':
        return { kind: 'promoted' }
      case 'failed':
        return { kind: 'rollback_failed', because, rollback: result.problem, left: result.left }
    }
  } catch (error) {
    // Whatever the cause, the host has not reported a failure.
    return { kind: 'unknown', because: problemOf(error), lastKnown, failure: because }
  }
}

/**
 * Whether the host says that it did not cross the boundary, and will not: also where it can start no rollback that could
 * say so, on a disk that is full, for one. Never throws: where it is not certain, a rollback will tell.
 */
export async function isUntouched(
  transaction: Transaction,
  { record }: Pick<RollbackReporting, 'record'>,
): Promise<boolean> {
  try {
    const end = await transaction.abandon()
    if (end.kind === 'untidy') record.warn({ kind: 'cleanup-failed', detail: end.detail })
    return end.kind === 'done' || end.kind === 'untidy'
  } catch {
    return false
  }
}

/** How often a rollback is asked for that was killed, by the names of its jobs. */
const TURNS = ['', '-again', '-once-more'] as const

/** A rollback that was killed on the host decided nothing: the next one checks the host, or waits for the one at work. */
async function rollBackInTurn(
  transaction: Transaction,
  job: string,
  text: (line: string) => void,
): Promise<RollbackResult> {
  let result: RollbackResult = { kind: 'died', detail: '' }
  for (const turn of TURNS) {
    result = await transaction.rollback({ text }, `${job}${turn}`)
    if (result.kind !== 'died') break
  }
  return result
}
