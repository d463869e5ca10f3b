import { beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf, itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { type DeployRun, expectPromoted } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployLight, deployMeanwhile, explained } from './cell.ts'
import { claimOf } from './claims.ts'
import { bootTriggers, stackState } from './settled.ts'
import { watchHost } from './sight.ts'

const host = workerHost()
let stack: LightStack

beforeEach(async () => {
  stack = await lightStack(host)
}, 300_000)

/** The first deployment, with a second one of `third` that starts at a boundary of it; both at their end. */
async function twoDeployments(boundary: string, first: 'other' | 'bad', died: 'lives' | 'killed') {
  const before = await stackState(stack)
  using watcher = await watchHost(host, stack.projectDir)
  return await explained(stack, watcher, async () => {
    const { reached } = boundaryNamed(boundary)
    const seconds: Promise<DeployRun>[] = []
    const begin = () => {
      const second = deployLight(stack, stack.releases.third)
      second.catch(() => undefined)
      seconds.push(second)
    }
    const main =
      died === 'lives'
        ? await deployMeanwhile(stack, stack.releases[first], boundaryNamed(boundary), watcher, async () =>
            begin(),
          )
        : await deployLight(stack, stack.releases[first], {
            onLine: watcher.onLine,
            cancel: { how: 'kill', when: watcher.until(reached).then(begin) },
          })
    const second = await seconds[0]
    if (second === undefined) throw new Error('no second deployment was started')
    const claims = {
      first: claimOf(main),
      firstState: watcher.sight.state(),
      second: claimOf(second),
    }
    const logs = { first: main.log, second: second.log }
    await main.dispose()
    await second.dispose()
    return { before, after: await stackState(stack), claims, logs }
  })
}

type Both = Awaited<ReturnType<typeof twoDeployments>>

async function expectSecondRuns({ before, after, claims, logs }: Both, first: object): Promise<void> {
  expect({ logs, ...claims }).toEqual({ logs, ...first, second: 'promoted' })
  // What the second one replaced is what the first one left.
  expect(after.containers['ai-trade']?.imageId).toBe(stack.releases.third.imageId)
  if (claims.firstState === 'rolled_back') expectPromoted(before, after, stack.releases.third)
  expect({ locks: after.locks, processes: after.processes }).toEqual({ locks: [], processes: [] })
  expect(await bootTriggers(host)).toEqual([])
}

describe('a second deployment that starts in the middle of the first', () => {
  it.each([['confirming'], ...casesOf('all', [['prefetched'], ['up: old container is removed']])])(
    'at "%s": waits, and both are promoted, one after the other',
    async (boundary) => {
      const both = await twoDeployments(boundary, 'other', 'lives')
      await expectSecondRuns(both, { first: 'promoted', firstState: 'promoted' })
    },
    300_000,
  )

  itOf('all')(
    'while a bad release is rolled back: waits for that',
    async () => {
      const both = await twoDeployments('rolling back', 'bad', 'lives')
      await expectSecondRuns(both, { first: 'rolled_back', firstState: 'rolled_back' })
    },
    300_000,
  )

  it('whose client dies at that moment: waits until the host has put back what ran before', async () => {
    const both = await twoDeployments('evidence starts', 'other', 'killed')
    await expectSecondRuns(both, { first: 'nothing', firstState: 'rolled_back' })
  }, 300_000)
})
