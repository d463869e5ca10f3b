import type { LockHolder } from '../../model/problem.ts'

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
