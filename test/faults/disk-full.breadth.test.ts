import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
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
const MAKE_ROOM = `rm -f '${PROJECT}/data/filler'`

/** A rollback gives its reserve free: what fills the disk after that takes it, and there has to be room first. */
type Room = 'never' | 'once the step has ended'

describe('a disk that is full', () => {
  it.each<[name: string, room: Room]>([
    ['confirming', 'never'],
    ['rolling back', 'once the step has ended'],
    ...casesOf<[name: string, room: Room]>('all', [
      ['prefetched', 'never'],
      ['applying', 'never'],
      ['up: old container is told to stop', 'never'],
      ['evidence starts', 'never'],
    ]),
  ])(
    'from "%s" on, with room %s: the host ends right, with whole records',
    async (name, room) => {
      const boundary = boundaryNamed(name)
      const before = await stackState(stack)
      const release = boundary.story === 'bad' ? stack.releases.bad : stack.releases.other
      using watcher = await watchHost(host, PROJECT)
      await explained(stack, watcher, async () => {
        await using main = await deployMeanwhile(stack, release, boundary, watcher, () => host.sh(FILL))
        if (room !== 'never') await host.sh(MAKE_ROOM)
        const post = await postOf(main)

        const settled = await expectOldOrNew(host, before, release, await settle(stack, watcher.transaction))
        expectTrue(main, post, settled)
        await expectSilent(stack, main, post)
        const journal = (watcher.sight.file('journal') ?? '').split('\n').filter((line) => line !== '')
        for (const line of journal) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\t./)
        await host.sh(MAKE_ROOM)
        await expectNextPromoted(stack, settled.after)
      })
    },
    600_000,
  )
})
