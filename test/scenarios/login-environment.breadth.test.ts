import { afterEach, describe, expect, it } from '@jest/globals'
import { Secret } from '../../src/model/secret.ts'
import { connect } from '../../src/ssh/connection.ts'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()

/** What a login over SSH has in this variable, read the way that the action logs in. */
async function seenByLogin(name: string): Promise<string> {
  const connection = await connect({
    host: host.address,
    port: host.sshPort,
    username: host.username,
    privateKey: new Secret(host.clientKey),
    hostKeys: { kind: 'known-hosts', text: host.knownHosts },
    route: { kind: 'direct' },
    connectTimeoutSeconds: 20,
  })
  try {
    const channel = await connection.open(`printenv ${name}`)
    const chunks: Buffer[] = []
    for await (const chunk of channel.stdout) chunks.push(chunk)
    return Buffer.concat(chunks).toString().trim()
  } finally {
    await connection.close()
  }
}

/** Exports it in what bash reads under sshd, also when it is not interactive. It is chatty, too. */
async function exportInLogin(name: string, value: string): Promise<void> {
  const profile = `echo 'Welcome to the host'\nexport ${name}='${value}' COMPOSE_PROJECT_NAME=another\n`
  await host.sh(`cat >/root/.bashrc`, { stdin: profile })
  expect(await seenByLogin(name)).toContain(value)
}

describe('AI_TRADE_IMAGE that the login shell exports', () => {
  afterEach(() => host.sh('rm -f /root/.bashrc'))

  itOf('all')('does not keep a good release from coming in', async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await standing(host, good)
    await exportInLogin('AI_TRADE_IMAGE', good.reference)

    await using upgraded = await upgrade(host, project, await release('good', { tag: 'good-2' }))

    await expectUpgraded(upgraded, 'pass')
  })

  it('does not bring a failed release back when it names it', async () => {
    const { release } = await prepareScenarios(host)
    const critical = await release('critical')
    const project = await standing(host, await release('good'))
    await exportInLogin('AI_TRADE_IMAGE', critical.reference)

    await using failed = await upgrade(host, project, critical)

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
  })
})
