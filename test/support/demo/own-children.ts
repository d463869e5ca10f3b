import { readFileSync } from 'node:fs'

/** Asks every process that this one started, and that still runs, to end. */
export function endChildren(): void {
  for (const pid of children()) {
    try {
      process.kill(pid, 'SIGTERM')
    } catch {
      // It ended in between, which is all that was wanted.
    }
  }
}

/** proc(5): the main thread's children, which is where Node starts processes from. */
function children(): readonly number[] {
  try {
    const list = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    return list.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
