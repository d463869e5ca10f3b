import { beforeEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { type DeployRun, expectPromoted, postOf } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployLight, deployMeanwhile, expectNextPromoted, expectSilent, explained } from './cell.ts'
import { claimOf } from './claims.ts'
import { bootTriggers, stackState } from './settled.ts'
import { watchHost } from './sight.ts'
import { stepProcess } from './step-process.ts'

const host = workerHost()
let stack: LightStack

beforeEach(async () => {
  stack = await lightStack(host)
}, 300_000)

describe('a client that sleeps beyond its lease while another one promotes', () => {
  it.each([['evidence starts'], ['assess ended']])(
    'at "%s": wakes up, changes nothing, and never says promoted',
    async (name) => {
      const before = await stackState(stack)
      using watcher = await watchHost(host, stack.projectDir)
      await explained(stack, watcher, async () => {
        const others: DeployRun[] = []
        await using sleeper = await deployMeanwhile(
          stack,
          stack.releases.other,
          boundaryNamed(name),
          watcher,
          async () => {
            const pid = stepProcess()
            process.kill(pid, 'SIGSTOP')
            try {
              // It waits for the project until the guard has put back what ran before.
              others.push(await deployLight(stack, stack.releases.third))
            } finally {
              process.kill(pid, 'SIGCONT')
            }
          },
        )
        const [other] = others
        if (other === undefined) throw new Error('there was no other deployment')
        await using _other = other
        const post = await postOf(sleeper)

        expect({ log: other.log, claim: claimOf(other) }).toEqual({ log: other.log, claim: 'promoted' })
        const after = await stackState(stack)
        expectPromoted(before, after, stack.releases.third)
        expect(watcher.sight.state()).toBe('rolled_back')
        expect({ log: sleeper.log, claim: claimOf(sleeper) }).toMatchObject({
          claim: expect.stringMatching(/^(rolled_back|unknown)$/),
        })
        expect(['nothing', 'rolled_back']).toContain(claimOf(post))
        expect(await bootTriggers(host)).toEqual([])
        await expectSilent(stack, sleeper, other, post)
        await expectNextPromoted(stack, after)
      })
    },
    300_000,
  )
})
