import type { LockHolder } from '../../model/problem.ts'

/** By which the host program says that somebody else has the lock (EX_TEMPFAIL of sysexits.h). */
export const BUSY_CODE = 75

/** By which a verb says that its transaction does not hold the lock (any more). */
export const LOST_LOCK_CODE = 66

/** A `holder` line of the host program (lib/lock.sh). */
export function parseHolder([
  kind = '',
  token = '',
  by = '',
  where = '',
  since = '',
  attempt = '',
  repository = '',
  directory = '',
]: readonly string[]): LockHolder {
  switch (kind) {
    case 'deployment':
      return { kind, transaction: token, repository, runUrl: where, attempt, actor: by, since, directory }
    case 'hold':
      return { kind, reason: where, by, since }
    default:
      return { kind: 'command', command: where, by, since }
  }
}
