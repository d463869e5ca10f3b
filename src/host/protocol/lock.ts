import type { LockFileHolder, LockHolder } from '../../model/problem.ts'

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

/** The fields of a `waiting` line (watchdog/lock-file.sh). */
export function parseLockFileHolder(
  file: string,
  [pid = '', container = '', command = '']: readonly string[],
): LockFileHolder {
  return { kind: 'process', file, pid, container, command: command.trim() }
}
