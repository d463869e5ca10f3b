import type { Narrator } from '../model/ports.ts'

/**
 * The same narrator, whose failures (a closed stdout, say) decide nothing: what cannot be told is left out. Silent
 * once the run is cancelled: what still is under way then will be told by the post step.
 */
export function quietly(narrator: Narrator, cancelled: AbortSignal): Narrator {
  const attempt = (telling: () => void) => {
    if (cancelled.aborted) return
    try {
      telling()
    } catch {
      // Nobody is left to be told.
    }
  }
  return {
    phase: (phase) => attempt(() => narrator.phase(phase)),
    tell: (progress) => attempt(() => narrator.tell(progress)),
    remote: (line) => attempt(() => narrator.remote(line)),
    logTail: (container, lines) => attempt(() => narrator.logTail(container, lines)),
    warn: (warning) => attempt(() => narrator.warn(warning)),
  }
}
