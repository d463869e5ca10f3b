import { renameSync, writeFileSync } from 'node:fs'

/** Read by heartbeat-check.sh; each container has its own. */
const HEARTBEAT = '/tmp/heartbeat'

/** A beat may come this much later than its time, and the program still counts as alive. */
const SPARE_SECONDS = 30

/**
 * Says that this program is at work, and for how long this may be believed: the time (Unix seconds) after which the next
 * beat is overdue.
 */
export function beat(nextBeatInSeconds: number): void {
  const until = Math.ceil(Date.now() / 1000 + 2 * nextBeatInSeconds + SPARE_SECONDS)
  // By rename: the check must not read half of it.
  writeFileSync(`${HEARTBEAT}.new`, `${until}\n`)
  renameSync(`${HEARTBEAT}.new`, HEARTBEAT)
}
