import { afterAll, describe, expect, it } from '@jest/globals'
import { times } from '../../support/jest/tiers.ts'
import { playedBench, playedClient } from './played-transaction.ts'
import { SHELLS } from './shells.ts'

/** A clock that jumps an hour forward and back, each time that anybody looks. A function: busybox takes its own before the PATH's. */
const JUMPING_CLOCK = `
date() {
  jumps=$(cat "$one/jumps" 2>/dev/null || echo 0)
  echo "$((jumps + 1))" >"$one/jumps"
  command date -d "@$(($(command date +%s) + 3600 - jumps % 2 * 7200))" "$@"
}`

const bench = playedBench()
afterAll(() => bench[Symbol.dispose]())

/** Confirmations that a lease of half a second runs out on; the client asks for each a little later than for the one before. */
const RACES = times({ short: 20, all: 60 })
const AT_ONCE = 5

describe.each(SHELLS)('a confirmation that races the end of its lease under %s', (shell) => {
  it.each([RACES])(
    'has one winner, and what runs, the state and both jobs agree on it, %i times, while the clock is set forward and back',
    (races) => {
      const { lines, stderr } = playedClient(
        bench,
        shell,
        `
projects=$1
race() {
  one=$projects/$1/one; locks=$projects/$1/locks; STATE_DIR=$one/.closed-loop
  mkdir -p "$one" "$locks"
  echo 'sleep() { if [ "$1" = 1 ]; then command sleep 0.1; else command sleep "$1"; fi; }
  promoted() { echo "fact	won"; stop_other_jobs; disarm; tx_release "$TX"; }
${JUMPING_CLOCK}' >"$one/plays"
  applied a 10 || { echo "$(read_state a) too early"; return; }
  heartbeat; command sleep "$(($2 / 1000)).$(printf %03d "$(($2 % 1000))")"
  job a confirm >/dev/null 2>&1; confirm=$?
  [ "$confirm" != 0 ] || done_job a confirm
  ended a; job a late rollback; done_job a late
  won=lost; ! grep -q won "$TX_DIR/jobs/confirm/facts" 2>/dev/null || won=won
  echo "$(read_state a) $(runs) $won $(exit_of a late) $(cut -f 2 "$TX_DIR/journal" | grep -c -x -e promoted -e rolled_back) $(free)$(strays)"
}
round=0
while [ "$round" -lt ${races / AT_ONCE} ]; do
  for lane in ${Array.from({ length: AT_ONCE }, (_, lane) => lane + 1).join(' ')}; do
    (race "$round-$lane" "$(((round * ${AT_ONCE} + lane) * 370 % 1200 + 300))") &
  done
  wait
  round=$((round + 1))
done`,
        { seconds: 280 },
      )
      expect(stderr).toBe('')
      expect(lines).toHaveLength(races)
      const promoted = 'promoted new won 0 1 nobody has it0'
      const rolledBack = 'rolled_back old lost 0 1 nobody has it0'
      // One that was ended right behind its last word had won all the same.
      const unheard = promoted.replace('won', 'lost')
      expect(lines.filter((line) => ![promoted, unheard, rolledBack].includes(line))).toEqual([])
      // Else it was no race.
      expect(lines).toContain(promoted)
      expect(lines).toContain(rolledBack)
    },
    300_000,
  )
})
