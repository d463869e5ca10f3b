import { describe, expect, it } from '@jest/globals'
import { firstContact } from '../../../../src/host/link/first-contact.ts'
import { DeployError, type Problem } from '../../../../src/model/problem.ts'
import { RecordingReporter } from '../../deploy/deploying.ts'
import { HandClock } from '../../health/hand-clock.ts'

const SERVER = { hop: 'host', host: 'host', port: 22 } as const
const TURNED_AWAY: Problem = {
  ...{ code: 'ssh.unreachable', ...SERVER, reason: 'closed' },
  detail: 'it said: Exceeded MaxStartups',
}
type UnreachableReason = Extract<Problem, { code: 'ssh.unreachable' }>['reason']
const unreachable = (reason: UnreachableReason): Problem => ({
  ...{ code: 'ssh.unreachable', ...SERVER, reason },
  detail: '',
})

/** What is told of tries that meet these problems one after the other, the last for as long as there is time. */
async function toldOf(problems: readonly Problem[]): Promise<unknown> {
  const clock = new HandClock()
  let tries = 0
  let told: unknown = 'nothing yet'
  firstContact(
    {
      connect: async () => {
        const problem = problems[Math.min(tries, problems.length - 1)]
        tries += 1
        throw new DeployError(problem ?? TURNED_AWAY)
      },
      clock,
      progress: new RecordingReporter(),
      cancelled: new AbortController().signal,
    },
    10,
    async () => undefined,
  ).catch((error: unknown) => {
    told = error instanceof DeployError ? error.problem : error
  })
  for (let at = 0; at < 120; at += 1) await clock.advance(100)
  return told
}

describe('firstContact, when its time is over,', () => {
  it.each<UnreachableReason>(['timeout', 'silent', 'login-silent'])(
    'tells what was seen before, and not that a last try had no time: %s',
    async (reason) => {
      expect(await toldOf([TURNED_AWAY, TURNED_AWAY, unreachable(reason)])).toEqual(TURNED_AWAY)
    },
  )

  it.each<UnreachableReason>(['refused', 'login-closed', 'not-ssh'])(
    'tells what the last try saw: %s',
    async (reason) => {
      expect(await toldOf([TURNED_AWAY, unreachable(reason)])).toEqual(unreachable(reason))
    },
  )

  it('tells a login without an answer where there was nothing before it', async () => {
    expect(await toldOf([unreachable('login-silent')])).toEqual(unreachable('login-silent'))
  })
})
