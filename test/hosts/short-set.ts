import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { boundaryNamed } from '../faults/boundaries.ts'
import { deployLight, explained, otherThanRuns } from '../faults/cell.ts'
import { claimOf, expectTrue } from '../faults/claims.ts'
import { expectOldOrNew, type Standing, settle, stackState } from '../faults/settled.ts'
import { type Watcher, watchHost } from '../faults/sight.ts'
import { type LightStack, lightStack, publishWithoutLabels } from '../support/light-stack/light-stack.ts'
import { startPrivateHost } from '../support/private-host/private-host.ts'
import { provideRoot } from '../support/private-host/provision.ts'
import type { Release } from '../support/releases/releases.ts'
import { meanwhileIn } from '../support/scenario/meanwhile.ts'
import { moveTag } from '../support/scenario/registry-tag.ts'
import {
  type Deployment,
  type DeployRun,
  expectNoSecret,
  type HostState,
  logInToRegistry,
  postOf,
} from '../support/scenario/scenario.ts'
import { hostKindOf, type TestedKind } from './kinds.ts'
import { record, recordHost, SCENARIOS, type ScenarioName } from './record.ts'

/** What a scenario adds to a deployment over what runs. */
interface Told extends Omit<Deployment, 'image'> {
  readonly release: Release
  /** Default `never`: nothing is left for it to do. */
  readonly post?: 'runs' | 'never'
}

/**
 * What every kind of host has to get right, each scenario over what the one before it left, on a host of its own. `only`:
 * the others are tried elsewhere.
 */
export function describeShortSet(kind: TestedKind, only: readonly ScenarioName[] = SCENARIOS): void {
  const { release, store } = kind
  let stack: LightStack

  beforeAll(async () => {
    const log = (line: string) => process.stderr.write(`[${release}, ${store}] ${line}\n`)
    const host = hostKindOf(kind)
    await provideRoot(host.release, log)
    stack = await lightStack(
      await startPrivateHost({ name: `${release}-${store}-${process.pid}`, log, kind: host }),
    )
    await recordHost(stack.host, kind)
  }, 900_000)

  afterAll(async () => {
    await stack?.host.stop()
  }, 60_000)

  /** Deploys, and asserts that the host has all of the old or all of the new, and that what was said of it is true. */
  async function deployed(tell: (before: HostState, watcher: Watcher) => Told): Promise<Standing> {
    const before = await stackState(stack)
    using watcher = await watchHost(stack.host, stack.projectDir)
    const { release: wanted, post = 'never', onLine, ...told } = tell(before, watcher)
    await using main = await deployLight(stack, wanted, {
      ...told,
      onLine: (line) => {
        watcher.onLine(line)
        onLine?.(line)
      },
    })
    return await explained(stack, watcher, async () => {
      const last: DeployRun | 'never' = post === 'runs' ? await postOf(main) : 'never'
      const settled = await expectOldOrNew(
        stack.host,
        before,
        wanted,
        await settle(stack, watcher.transaction),
      )
      expectTrue(main, last, settled)
      if (told.cancel === undefined) expect(claimOf(main)).toBe(settled.standing)
      // The login that a scenario gave the host, as its administrator would.
      await stack.host.sh('rm -f /root/.docker/config.json')
      await expectNoSecret(main, stack.canaries, stack.host)
      return settled.standing
    })
  }

  function scenario(name: ScenarioName, expected: Standing, run: () => Promise<Standing>): void {
    if (!only.includes(name)) return
    it(name, async () => {
      const startedAt = performance.now()
      let end = 'FAILED'
      try {
        const standing = await run()
        expect(standing).toBe(expected)
        end = standing
      } finally {
        const seconds = Math.round((performance.now() - startedAt) / 1000)
        record({ what: 'scenario', release, store, scenario: name, end, seconds })
      }
    }, 300_000)
  }

  describe(`Debian ${release} with the image store of ${store}`, () => {
    scenario('good release', 'promoted', () =>
      deployed((before) => ({ release: otherThanRuns(stack, before) })),
    )

    scenario('gate fails', 'rolled_back', () => deployed(() => ({ release: stack.releases.bad })))

    scenario('moved tag', 'rolled_back', async () => {
      const { host, releases } = stack
      const moving = await moveTag(host, 'moving', releases.third)
      expect(await deployed(() => ({ release: moving }))).toBe('promoted')
      // The name of what runs means another image in the registry from now on.
      const moved = await moveTag(host, 'moving', releases.bad)
      return await deployed(() => ({ release: moved }))
    })

    scenario('pruned images', 'rolled_back', async () => {
      const { host, releases } = stack
      // What the releases are built on has no label, and stays.
      const prune = (what: 'image' | 'system') =>
        host.sh(`docker ${what} prune --all --force --filter label=tag`)
      await logInToRegistry(host)
      // What nothing uses any more would not come back. Docker's own image store lets the names and digests of what runs go
      // too, without which nobody could pull it again.
      const running = await host.sh(
        `docker ps --quiet | xargs docker inspect --format '{{.Image}} {{.Config.Image}}' | sort -u`,
      )
      const digests = await host.sh(
        `docker ps --quiet | xargs docker inspect --format '{{.Image}}' | sort -u |
xargs docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' | grep '^${host.registry.address}/'`,
      )
      await prune('image')
      await host.sh('xargs -n 1 docker pull --quiet', { stdin: digests })
      await host.sh('xargs -n 2 docker tag', { stdin: running })
      // Early: from here on there are seconds to wait anyway.
      const pruning = meanwhileIn('health', () => prune('system'))
      const standing = await deployed(() => ({
        release: releases.bad,
        onLine: pruning.onLine,
      }))
      await pruning.done()
      return standing
    })

    scenario('cancelled', 'rolled_back', () =>
      deployed((before, watcher) => ({
        release: otherThanRuns(stack, before),
        cancel: { how: 'cancel', when: watcher.until(boundaryNamed('evidence starts').reached) },
        post: 'runs',
      })),
    )

    scenario('client gone', 'rolled_back', () =>
      deployed((before, watcher) => ({
        release: otherThanRuns(stack, before),
        cancel: { how: 'kill', when: watcher.until(boundaryNamed('evidence starts').reached) },
      })),
    )

    scenario('image without labels', 'promoted', async () => {
      const plain = await publishWithoutLabels(stack.host, 'plain')
      expect(await deployed(() => ({ release: plain }))).toBe('promoted')
      // Now what runs, is held and is compared has none either.
      const further = await publishWithoutLabels(stack.host, 'further')
      return await deployed(() => ({ release: further }))
    })
  })
}
