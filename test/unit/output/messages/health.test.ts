import { describe, expect, it } from '@jest/globals'
import { describeProblem } from '../../../../src/output/messages/problem.ts'

describe('a watch that ended by itself', () => {
  it.each([
    [{ reason: 'killed', signal: 9 }, 'was killed on the host (signal KILL)', 'journalctl -k'],
    [{ reason: 'killed', signal: 15 }, 'was killed on the host (signal TERM)', 'host.sh status'],
    [{ reason: 'killed', signal: 7 }, 'was killed on the host (signal 7)', 'journalctl -k'],
    [{ reason: 'time-over' }, 'reached its time limit', 'deploy again'],
    [{ reason: 'other', exitCode: 3 }, 'ended by itself (exit code 3)', 'deploy again'],
  ] as const)('%j', (end, cause, cure) => {
    const { what, next } = describeProblem({ code: 'health.unwatched', detail: '', ...end })
    expect(what).toContain(cause)
    expect(next).toContain(cure)
    expect(what).not.toContain('it gave no message')
  })
})
