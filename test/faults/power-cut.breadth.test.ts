import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { cutPower } from '../support/private-host/power-cut.ts'
import { startPrivateHost } from '../support/private-host/private-host.ts'
import { postOf } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployLight, deployMeanwhile, expectRightEnd, explained, otherThanRuns } from './cell.ts'
import { stackState } from './settled.ts'
import { watchHost } from './sight.ts'

let stack: LightStack

// A host of its own: those of the test run are known to others by the process that dies here.
beforeAll(async () => {
  stack = await lightStack(await startPrivateHost({ name: `power-${process.pid}`, log: () => undefined }))
}, 300_000)

afterAll(async () => {
  await stack.host.stop()
})

/** Off and on again. cron does then what it does after a restart: it runs the lines of `@reboot`. */
async function restartHost(): Promise<void> {
  stack = { ...stack, host: await cutPower(stack.host).on }
}

function journalOf(transaction: string | undefined): Promise<string> {
  return stack.host.sh(`cat '${stack.projectDir}/.closed-loop/transactions/${transaction}/journal'`)
}

describe('a power cut of the host', () => {
  it.each(['applying', 'rolling back', ...casesOf('all', ['prefetched', 'evidence starts'])])(
    'at "%s", with a client that lives: ends right',
    async (name) => {
      const boundary = boundaryNamed(name)
      const before = await stackState(stack)
      const release = boundary.story === 'bad' ? stack.releases.bad : otherThanRuns(stack, before)
      using watcher = await watchHost(stack.host, stack.projectDir)
      await using main = await deployMeanwhile(stack, release, boundary, watcher, restartHost)
      await explained(stack, watcher, async () => {
        const post = await postOf(main)
        await expectRightEnd(stack, before, release, { main, post, transaction: watcher.transaction })
        // What the restart ended is not told as a failure of Docker, or of the release.
        if (name !== 'rolling back')
          expect(main.outputs).toMatchObject({ reason: 'host.restarted', fault: 'environment' })
      })
    },
    400_000,
  )

  it.each(['confirming', ...casesOf('all', ['up: old container is removed'])])(
    'at "%s", with a client that dies: the host ends it by itself',
    async (name) => {
      const { reached } = boundaryNamed(name)
      const before = await stackState(stack)
      const release = otherThanRuns(stack, before)
      using watcher = await watchHost(stack.host, stack.projectDir)
      const when = watcher.until(reached)
      const restarted = when.then(restartHost)
      restarted.catch(() => undefined)
      await using main = await deployLight(stack, release, {
        onLine: watcher.onLine,
        cancel: { how: 'kill', when },
        inputs: { 'host-lock-file': 'data/loop.lock' },
      })
      await restarted
      await explained(stack, watcher, async () => {
        const settled = await expectRightEnd(stack, before, release, {
          main,
          post: 'never',
          transaction: watcher.transaction,
        })
        expect(['promoted', 'rolled_back']).toContain(settled.standing)
        // Who held the lock file died with the host.
        if (settled.standing === 'rolled_back')
          expect(await journalOf(watcher.transaction())).toContain(
            'loop.lock was killed: another one takes it',
          )
      })
    },
    400_000,
  )
})
