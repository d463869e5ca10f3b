import { afterEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { meanwhileIn } from '../support/scenario/meanwhile.ts'
import { moveTag } from '../support/scenario/registry-tag.ts'
import {
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  standing,
  upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'

const host = workerHost()

// What it means after a rollback: gate.test.ts.
describe('a tag that the registry moves between releases', () => {
  it('means the new image after a promotion', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await moveTag(host, 'latest', await release('good')))
    const moved = await moveTag(host, 'latest', await release('good', { tag: 'good-2' }))

    await using promoted = await upgrade(host, project, moved)

    await expectUpgraded(promoted, 'pass')
    expect(promoted.after.envFile.bytes).toEqual(promoted.before.envFile.bytes)
  })
})

describe('a registry that is gone', () => {
  afterEach(() => host.startRegistry())

  it('does not keep a rollback from bringing everything back', async () => {
    const { release } = await prepareScenarios(host)
    const stopping = meanwhileIn('health', () => host.stopRegistry())

    await using failed = await upgradeGood(host, await release('critical'), { onLine: stopping.onLine })

    await stopping.done()
    expect((await host.run(`docker pull '${failed.release.reference}'`)).code).not.toBe(0)
    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
  })
})
