import { performance } from 'node:perf_hooks'
import type { Clock } from '../model/clock.ts'

/** A timer takes at most this many milliseconds (2^31 - 1, Node's limit). */
const LONGEST_TIMER_MILLISECONDS = 2_147_483_647

/** The process's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  async changeOr(change, milliseconds) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_TIMER_MILLISECONDS))
    try {
      await Promise.race([change, promise])
    } finally {
      clearTimeout(timer)
    }
  },
}
