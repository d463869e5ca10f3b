import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type FurtherSshd, startFurtherSshd } from '../support/private-host/further-sshd.ts'
import {
  expectUpgraded,
  laidOut,
  prepareScenarios,
  upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'
import { expectNeverThere, expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

/** The sshd that is deployed through: nobody outside the host can reach it. */
let inner: FurtherSshd
/** The host's own sshd is the bastion. */
let throughBastion: Readonly<Record<string, string>>

beforeEach(async () => {
  inner = await startFurtherSshd(host, { name: 'inner', address: '127.0.0.1', port: 2222 })
  throughBastion = {
    host: '127.0.0.1',
    port: '2222',
    'private-key': inner.clientKey,
    'known-hosts': inner.knownHosts,
    'bastion-host': host.address,
    'bastion-private-key': host.clientKey,
    'bastion-known-hosts': host.knownHosts,
  }
})
afterEach(() => inner.stop())

describe('a host behind a bastion', () => {
  it('is deployed to: every command runs behind the bastion', async () => {
    const { release } = await prepareScenarios(host)

    await using upgraded = await upgradeGood(host, await release('good', { tag: 'good-2' }), {
      inputs: throughBastion,
    })

    await expectUpgraded(upgraded, 'pass')
    expect(upgraded.run.log).toContain(
      `Connected to root@127.0.0.1:2222 through root@${host.address}:22; both host keys are known.`,
    )
    expect(await inner.log()).toContain('Starting session: command for root')
  })

  it.each([
    [
      'the bastion',
      () => ({ 'bastion-known-hosts': inner.knownHosts }),
      { reason: 'ssh.host_key_unknown', fault: 'configuration' },
      () => `The bastion ${host.address} identifies itself`,
    ],
    [
      'the host',
      () => ({ port: '2223', 'known-hosts': inner.knownHosts.replace('2222', '2223') }),
      { reason: 'ssh.forwarding_failed', fault: 'environment' },
      () => `The bastion ${host.address} accepted the login, but it cannot reach 127.0.0.1, port 2223`,
    ],
  ] as const)('is not touched when something is wrong with %s', async (_which, wrong, why, words) => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)

    await using refused = await upgrade(host, project, good, { inputs: { ...throughBastion, ...wrong() } })

    await expectUnchanged(refused, why)
    await expectNeverThere(refused)
    expect(refused.run.errors[0]?.message).toContain(words())
  })
})
