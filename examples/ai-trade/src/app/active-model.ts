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

/** Nothing of a file that is damaged is logged: the log is what the assessment counts words in. */
function entryOf(path: string): LogEntry {
  const modelId = modelIdIn(path)
  return modelId === undefined
    ? { level: 'WARN', message: 'SELF_EVOLUTION_MODEL: the active model cannot be read' }
    : { level: 'INFO', message: `SELF_EVOLUTION_MODEL: active=${modelId}` }
}

function modelIdIn(path: string): string | undefined {
  try {
    const { model_id } = JSON.parse(readFileSync(path, 'utf8'))
    return /^[\w-]{1,64}$/.test(String(model_id)) ? model_id : undefined
  } catch {
    return undefined
  }
}
