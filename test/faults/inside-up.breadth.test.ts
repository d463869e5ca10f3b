import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { postOf } from '../support/scenario/scenario.ts'
import type { Boundary } from './boundaries.ts'
import { deployMeanwhile, expectRightEnd, explained, otherThanRuns } from './cell.ts'
import { claimOf } from './claims.ts'
import { resetConnections } from './faults.ts'
import { stackState } from './settled.ts'
import { type Sight, watchHost } from './sight.ts'

const host = workerHost()
let stack: LightStack

beforeAll(async () => {
  stack = await lightStack(host, { stopping: { kind: 'after', seconds: 3 } })
}, 300_000)

const happened =
  (action: string, container: RegExp) =>
  ({ events }: Sight): boolean =>
    events.some((event) => event.action === action && container.test(event.container))

const STOPPING = happened('kill', /^ai-trade$/)

const POINTS: readonly (readonly [name: string, reached: Boundary['reached'], afterSeconds: number])[] = [
  ['the old container is stopping for a second', STOPPING, 1],
  ...casesOf('all', [
    ['the new container is created', happened('create', /^[0-9a-f]{12}_ai-trade$/), 0],
    ['the old container is told to stop', STOPPING, 0],
    ['the old container is stopping for two seconds', STOPPING, 2],
    ['the old container is dead', happened('die', /^ai-trade$/), 0],
    ['the new container starts', happened('start', /^ai-trade$/), 0],
  ] as const),
]

describe('one up, whose old container takes 3 s to stop, and a link that is dropped', () => {
  it.each(POINTS)(
    'while %s: the up goes on, once, and the release is promoted',
    async (name, reached, seconds) => {
      const before = await stackState(stack)
      const release = otherThanRuns(stack, before)
      using watcher = await watchHost(host, stack.projectDir)
      const boundary = { name, reached, story: 'good', side: 'past', brings: 'images' } as const
      await explained(stack, watcher, async () => {
        await using main = await deployMeanwhile(stack, release, boundary, watcher, async () => {
          await delay(seconds * 1000)
          await resetConnections(host)
        })
        const created = watcher.sight.events.filter(
          ({ action, container }) => action === 'create' && /_ai-trade$/.test(container),
        )
        expect(created).toHaveLength(1)
        expect({ log: main.log, claim: claimOf(main) }).toEqual({ log: main.log, claim: 'promoted' })
        const post = await postOf(main)
        await expectRightEnd(stack, before, release, { main, post, transaction: watcher.transaction })
      })
    },
    300_000,
  )
})
