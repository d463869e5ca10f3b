import { describe, expect, it } from '@jest/globals'
import { paperAccount } from '../../examples/ai-trade/src/app/account.ts'
import {
  type Behaviour,
  behaviourNamed,
  eventsAfterStatus,
  tradingHaltedAt,
} from '../../examples/ai-trade/src/app/behaviour.ts'
import { logLine, runtimeStatusMessage } from '../../examples/ai-trade/src/app/log-line.ts'
import { assessRuntime } from '../../examples/ai-trade/src/research/reports.ts'

/** The log of a build after so many status lines. */
function logOf(behaviour: Behaviour, statusCount: number): string {
  const nextSample = paperAccount()
  return Array.from({ length: statusCount }, (_, index) => index + 1)
    .flatMap((number) => {
      const status = { ticks: number, tradingHalted: tradingHaltedAt(behaviour, number), ...nextSample() }
      return [
        { level: 'INFO' as const, message: runtimeStatusMessage(status) },
        ...eventsAfterStatus(behaviour, number),
      ].map((entry) => logLine(new Date(Date.UTC(2026, 1, 14, 15, 0, number)), entry))
    })
    .join('\n')
}

describe('a build that logs', () => {
  it.each([
    ['good', 'PASS'],
    ['crash-later', 'PASS'],
    ['slow', 'PASS'],
    ['critical', 'FAIL'],
    ['halted', 'FAIL'],
    ['warnings', 'PASS_WITH_ACTIONS'],
  ] as const)('%s is judged %s as soon as there is enough to judge', (behaviour, verdict) => {
    expect(assessRuntime(logOf(behaviour, 10), 'S3', 10).verdict).toBe(verdict)
    expect(assessRuntime(logOf(behaviour, 200), 'S3', 10).verdict).toBe(verdict)
  })
})

it('a build that logs has in every window of cron what stage S5 wants: six hours, a status a minute, no new model', () => {
  const lines = logOf('good', 1000).split('\n')
  const statusAt = (number: number) => lines.findIndex((line) => line.includes(`ticks=${number},`))
  for (const from of [1, 200, 599])
    expect(
      assessRuntime(lines.slice(statusAt(from), statusAt(from + 360)).join('\n'), 'S5', 50).verdict,
    ).toBe('PASS')
})

describe('the name of a behaviour', () => {
  it('is good when unset', () => {
    expect(behaviourNamed(undefined)).toBe('good')
    expect(behaviourNamed('')).toBe('good')
  })

  it('must be known', () => {
    expect(() => behaviourNamed('splendid')).toThrow('AI_TRADE_BEHAVIOUR must be one of good,')
  })
})
