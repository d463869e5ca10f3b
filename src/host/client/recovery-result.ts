import type { Recovered } from '../../model/outcome.ts'
import { DeployError, type ForeignChange } from '../../model/problem.ts'
import type { JobEnd } from '../link/job-run.ts'
import { parseException } from '../protocol/exceptions.ts'
import { EXIT_CODES } from '../protocol/exit-codes.ts'
import { type Fact, fieldsOf } from '../protocol/facts.ts'
import type { RecoveryResult } from '../protocol/results.ts'

/** What the recover job of the host came to in so many seconds. @throws DeployError `lock.lost`: somebody else has the project */
export function recoveryResult(end: JobEnd, seconds: number): RecoveryResult {
  const { record } = end
  if (end.kind === 'deadline') return { kind: 'unsettled', seconds }
  if (end.code === EXIT_CODES.LOST_LOCK.code) throw new DeployError({ code: 'lock.lost', during: 'recover' })
  if (end.code === EXIT_CODES.FOREIGN.code) return { kind: 'foreign', changes: foreignChanges(record.facts) }
  const [[, state = ''] = []] = fieldsOf(record.facts, 'recovered')
  if (!isEnd(state)) return { kind: 'failed', detail: record.outputTail() }
  return { kind: 'ended', end: state, exceptions: fieldsOf(record.facts, 'exception').map(parseException) }
}

function foreignChanges(facts: readonly Fact[]): readonly ForeignChange[] {
  return fieldsOf(facts, 'problem')
    .filter(([problem]) => problem === 'foreign')
    .map(([, kind, first = '', second = '', third = '']) =>
      kind === 'env'
        ? { kind, key: first }
        : { kind: 'image', service: first, container: second, imageId: third },
    )
}

const ENDS: readonly string[] = [
  'promoted',
  'rolled_back',
  'rollback_failed',
  'unchanged',
] satisfies Recovered['end'][]
function isEnd(text: string): text is Recovered['end'] {
  return ENDS.includes(text)
}
