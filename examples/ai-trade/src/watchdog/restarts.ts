import type { Sighting } from './sighting.ts'

const WINDOW_MINUTES = 15

/** So many restarts within the window are no accident any more. */
const FREQUENT = 3

/** Remembers restart counts from look to look: gives how many there were lately, where they are frequent. */
export function restartMemory(): (sighting: Sighting, now: Date) => number | undefined {
  let container = ''
  let seen: readonly { readonly at: number; readonly count: number }[] = []
  return (sighting, now) => {
    if (sighting.kind !== 'running') return undefined
    const newest = seen.at(-1)
    // Another container, or one that was started by hand, counts from the beginning.
    if (sighting.id !== container || sighting.restartCount < (newest?.count ?? 0)) {
      container = sighting.id
      seen = [{ at: now.getTime(), count: newest === undefined ? sighting.restartCount : 0 }]
    }
    const windowStart = now.getTime() - WINDOW_MINUTES * 60_000
    seen = [
      ...seen.filter(({ at }) => at >= windowStart),
      { at: now.getTime(), count: sighting.restartCount },
    ]
    const restarts = sighting.restartCount - (seen[0]?.count ?? 0)
    return restarts >= FREQUENT ? restarts : undefined
  }
}
