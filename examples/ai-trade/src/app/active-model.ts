import { readFileSync, statSync } from 'node:fs'
import type { LogEntry } from './behaviour.ts'

/**
 * Watches the file of the active model, which a training puts in place while the service runs: every call gives what
 * there is to log since the last one. The stand-in trades nothing by it.
 */
export function activeModelWatch(path: string): () => readonly LogEntry[] {
  let seen = ''
  return () => {
    const mark = markOf(path)
    if (mark === seen) return []
    seen = mark
    if (mark === '') return [{ level: 'WARN', message: 'SELF_EVOLUTION_MODEL: the active model is gone' }]
    return [entryOf(path)]
  }
}

/** Of the file as it is now; empty where there is none. */
function markOf(path: string): string {
  try {
    const { ino, mtimeMs } = statSync(path)
    return `${ino} ${mtimeMs}`
  } catch {
    return ''
  }
}

function entryOf(path: string): LogEntry {
  try {
    const { model_id } = JSON.parse(readFileSync(path, 'utf8'))
    if (!/^[\w-]{1,64}$/.test(String(model_id))) throw new Error('it has no model_id')
    return { level: 'INFO', message: `SELF_EVOLUTION_MODEL: active=${model_id}` }
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return { level: 'WARN', message: `SELF_EVOLUTION_MODEL: the active model cannot be read: ${detail}` }
  }
}
