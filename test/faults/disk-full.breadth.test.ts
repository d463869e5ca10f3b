import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { postOf } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployMeanwhile, expectNextPromoted, expectSilent, explained } from './cell.ts'
import { expectTrue } from './claims.ts'
import { expectOldOrNew, settle, stackState } from './settled.ts'
import { watchHost } from './sight.ts'

const host = workerHost()
const PROJECT = '/opt/ai-trade'
const UNMOUNT = `while mountpoint -q '${PROJECT}'; do umount -l '${PROJECT}'; done`
let stack: LightStack

// The project's directory is a file system of its own, of 16 MiB: Docker's is another, and has room.
beforeEach(async () => {
  await host.sh(UNMOUNT)
  stack = await lightStack(host, { fileSystemMebibytes: 16 })
}, 300_000)

afterAll(async () => {
  await host.sh(UNMOUNT)
})

const FILL = `cat /dev/zero >'${PROJECT}/data/filler' 2>/dev/null; :`

describe('a disk that is full', () => {
  it.each([
    ['prefetched'],
    ['applying'],
    ['up: old container is told to stop'],
    ['evidence starts'],
    ['confirming'],
    ['rolling back'],
  ])(
    'from "%s" on: the host ends right, with whole records, and goes on once there is room',
    async (name) => {
      const boundary = boundaryNamed(name)
      const before = await stackState(stack)
      const release = boundary.story === 'bad' ? stack.releases.bad : stack.releases.other
      using watcher = await watchHost(host, PROJECT)
      await explained(stack, watcher, async () => {
        await using main = await deployMeanwhile(stack, release, boundary, watcher, () => host.sh(FILL))
        const post = await postOf(main)

        const settled = await expectOldOrNew(host, before, release, await settle(stack, watcher.transaction))
        expectTrue(main, post, settled)
        await expectSilent(stack, main, post)
        const journal = (watcher.sight.file('journal') ?? '').split('\n').filter((line) => line !== '')
        for (const line of journal) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\t./)
        await host.sh(`rm '${PROJECT}/data/filler'`)
        await expectNextPromoted(stack, settled.after)
      })
    },
    300_000,
  )
})
