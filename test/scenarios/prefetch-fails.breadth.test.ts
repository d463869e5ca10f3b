import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  expectNoSecret,
  laidOut,
  logInToRegistry,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

describe('an image of another commit', () => {
  it('leaves everything as it is where the commit is expected, whatever the image says of itself', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const revision = '::error::forged $(touch /tmp/forged) <b>'
    const other = await release('good', { tag: 'other-commit', revision })

    await using refused = await upgrade(host, project, other, { inputs: { 'expect-revision': 'true' } })

    await expectUnchanged(refused, { reason: 'prefetch.other_revision', fault: 'configuration' })
    expect(refused.run.errors).toHaveLength(1)
    expect(refused.run.errors[0]?.message).toContain('names the commit ')
    expect(await host.sh('ls /tmp')).not.toContain('forged')
  })
})

describe('images that cannot be pulled', () => {
  it('leave everything as it is: the registry has no such image', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const missing = { reference: `${host.registry.address}/ai-trade:never-pushed`, imageId: '' }

    await using failed = await upgrade(host, project, missing)

    await expectUnchanged(failed, { reason: 'prefetch.pull_failed', fault: 'configuration' })
    expect(failed.run.errors[0]?.message).toContain(missing.reference)
    expect(failed.run.errors[0]?.message).toMatch(/manifest unknown|not found/)
  })

  it('leave everything as it is: the registry refuses the password', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const wrong = `wrong-${randomBytes(12).toString('hex')}`

    await using failed = await upgrade(host, project, await release('good', { tag: 'good-2' }), {
      inputs: { 'registry-password': wrong },
    })

    await expectUnchanged(failed, { reason: 'prefetch.login_failed', fault: 'configuration' })
    await expectNoSecret(failed.run, [wrong], host)
    expect((await host.run('grep -rlF "$(cat)" /opt /root /tmp', { stdin: wrong })).stdout).toBe('')
    expect(failed.run.errors[0]?.message).toContain(host.registry.address)
  })

  it('leave everything as it is: the registry is not there', async () => {
    const { release } = await prepareScenarios(host)
    const good2 = await release('good', { tag: 'good-2' })
    const project = await standing(host, await release('good'))
    await host.stopRegistry()
    try {
      await using failed = await upgrade(host, project, good2, {
        inputs: { registry: '', 'registry-username': '', 'registry-password': '' },
      })
      await expectUnchanged(failed, { reason: 'prefetch.pull_failed', fault: 'environment' })
    } finally {
      await host.startRegistry()
    }
  })

  it("are pulled with the host's own login where no registry is given", async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    const noLogin = { inputs: { registry: '', 'registry-username': '', 'registry-password': '' } }

    await using refused = await upgrade(host, project, good, noLogin)
    await expectUnchanged(refused, { reason: 'prefetch.pull_failed', fault: 'configuration' })

    await logInToRegistry(host)
    const login = await host.sh('cat /root/.docker/config.json')
    await using accepted = await upgrade(host, project, good, noLogin)
    expect(accepted.run.outputs).toMatchObject({ outcome: 'promoted', gate: 'pass' })
    expect(await host.sh('cat /root/.docker/config.json')).toBe(login)
  })
})
