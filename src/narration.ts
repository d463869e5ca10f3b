import type { Narrator } from './ports.ts'

/** The same narrator, whose failures (a closed stdout, say) decide nothing: what cannot be told is left out. */
export function quietly(narrator: Narrator): Narrator {
  const attempt = (telling: () => void) => {
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
