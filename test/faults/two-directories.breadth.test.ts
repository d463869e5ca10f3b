import { beforeEach, describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { hostState } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployLight, explained } from './cell.ts'
import { claimOf } from './claims.ts'
import { watchHost } from './sight.ts'

const host = workerHost()
const OTHER_DIRECTORY = '/opt/ai-trade-too'
let stack: LightStack

beforeEach(async () => {
  await host.sh(`rm -rf '${OTHER_DIRECTORY}'`)
  stack = await lightStack(host)
  // As somebody who checked the project out a second time: without what the first one's deployments wrote down.
  await host.sh(`cp -a '${stack.projectDir}' '${OTHER_DIRECTORY}'`)
}, 300_000)

describe('one project that is deployed from two directories', () => {
  it('the client of one dies: the other one waits until the host has put back what ran before, and is promoted', async () => {
    using watcher = await watchHost(host, stack.projectDir)
    await explained(stack, watcher, async () => {
      const when = watcher.until(boundaryNamed('evidence starts').reached)
      await using first = await deployLight(stack, stack.releases.other, {
        onLine: watcher.onLine,
        cancel: { how: 'kill', when },
      })
      expect(first.cancelled.kind).toBe('sent')

      await using second = await deployLight(stack, stack.releases.third, {
        inputs: { 'project-dir': OTHER_DIRECTORY },
      })

      expect({ log: second.log, claim: claimOf(second) }).toEqual({ log: second.log, claim: 'promoted' })
      expect(watcher.sight.state()).toBe('rolled_back')
      const after = await hostState(host, OTHER_DIRECTORY)
      expect(after.containers['ai-trade']).toMatchObject({
        imageId: stack.releases.third.imageId,
        state: 'running',
        health: 'healthy',
      })
      expect({ locks: after.locks, processes: after.processes }).toEqual({ locks: [], processes: [] })
      const one = await host.sh(`grep ^AI_TRADE_IMAGE= '${stack.projectDir}/.env.runtime'`)
      expect(one.trim()).toBe(`AI_TRADE_IMAGE=${stack.releases.one.reference}`)
    })
  }, 300_000)

  itOf('all')(
    'both at once: one after the other, and what runs is one release as a whole',
    async () => {
      const [first, second] = await Promise.all([
        deployLight(stack, stack.releases.other),
        deployLight(stack, stack.releases.third, { inputs: { 'project-dir': OTHER_DIRECTORY } }),
      ])
      await using _first = first
      await using _second = second

      expect({ logs: [first.log, second.log], claims: [first, second].map(claimOf) }).toMatchObject({
        claims: ['promoted', 'promoted'],
      })
      const { containers, locks, processes } = await hostState(host)
      const images = ['ai-trade', 'ai-trade-watchdog'].map((name) => containers[name]?.imageId)
      expect(images[0]).toBe(images[1])
      expect([stack.releases.other.imageId, stack.releases.third.imageId]).toContain(images[0])
      expect({ locks, processes }).toEqual({ locks: [], processes: [] })
    },
    300_000,
  )
})
