import { createRequire } from 'node:module'
import { sep } from 'node:path'

// Required: its types are those of its CommonJS build only.
const { default: Sequencer }: typeof import('@jest/test-sequencer') = createRequire(import.meta.url)(
  '@jest/test-sequencer',
)

type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0]

/** Where the tests are that take minutes, the longest first; of a room those that `npm test` leaves out. */
const LONG = ['hosts', 'faults', 'scenarios', 'host'].map((room) => `${sep}test${sep}${room}${sep}`)

/** Starts the longest test files first, so that no host waits for one that began last. */
export default class LongOnesFirst extends Sequencer {
  override sort(tests: Tests): Tests {
    return [...tests].sort((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ path }: Tests[number]): number {
  const room = LONG.findIndex((long) => path.includes(long))
  const rank = room === -1 ? LONG.length : room
  return /\.(breadth|nightly)\./.test(path) ? rank - 0.5 : rank
}
