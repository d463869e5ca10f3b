import type { VerifyFacts, WatchedContainer } from '../host/protocol/verify-facts.ts'
import { RESTART_WINDOW_SECONDS } from '../model/check.ts'

/** As the watchdog of the spec's stack sees it: so many restarts within the window are frequent. */
const FREQUENT_RESTARTS = 3
/** Dockerd remembers so many events, health checks among them; what was before is forgotten. */
const EVENTS_REMEMBERED = 256

/** How often a container was started within what dockerd remembers of the window. */
export function startsOf({ id }: WatchedContainer, { events }: VerifyFacts): number {
  return events === 'unread' ? 0 : events.filter(({ started }) => started === id).length
}

/** For how long all starts are known, at most the window; 0 where none is. */
export function knownSeconds({ events, clockSeconds }: VerifyFacts): number {
  if (events === 'unread') return 0
  const [first] = events
  if (first === undefined || events.length < EVENTS_REMEMBERED) return RESTART_WINDOW_SECONDS
  return Math.max(0, clockSeconds - first.seconds)
}

/** Docker's own count decides where the events do not reach back, and the last start was within the window. */
export function restartsOften(container: WatchedContainer, facts: VerifyFacts): boolean {
  const isNew = ageSeconds(container.madeAt, facts) <= RESTART_WINDOW_SECONDS
  if (startsOf(container, facts) - (isNew ? 1 : 0) >= FREQUENT_RESTARTS) return true
  const isKnown = knownSeconds(facts) >= RESTART_WINDOW_SECONDS
  const startedLately = ageSeconds(container.startedAt, facts) <= RESTART_WINDOW_SECONDS
  return container.restarts >= FREQUENT_RESTARTS && startedLately && (isNew || !isKnown)
}

/** Not a number where the time is none; one that is to come is now. */
export function ageSeconds(time: string, { clockSeconds }: Pick<VerifyFacts, 'clockSeconds'>): number {
  return Math.max(0, clockSeconds - Date.parse(time) / 1000)
}
