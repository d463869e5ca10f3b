import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { sessionCommand } from '../../src/host/protocol/shell-session.ts'
import type { SshConnection } from '../../src/model/connection.ts'
import { DeployError, type Problem } from '../../src/model/problem.ts'
import { Secret } from '../../src/model/secret.ts'
import { connect } from '../../src/ssh/connection.ts'
import type { SshRoute, SshTarget } from '../../src/ssh/target.ts'
import { account, KeyRing, LOOPBACK, type Sshd, startSshd } from '../support/sshd/sshd.ts'

// What docs/adopting.md tells people to write into authorized_keys and sshd_config.

jest.setTimeout(30_000)

const keys = new KeyRing()
const connections: SshConnection[] = []
const servers: Sshd[] = []

async function server(options: string, config: readonly string[] = []): Promise<Sshd> {
  const started = await startSshd(keys, { hostKeys: ['host'], authorized: ['user'], options, config })
  servers.push(started)
  return started
}

beforeAll(() => {
  keys.make('host', 'ed25519')
  keys.make('user', 'ed25519')
})
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  await Promise.all(servers.splice(0).map((started) => started.stop()))
})
afterAll(() => keys.dispose())

function target(port: number, route: SshRoute = { kind: 'direct' }): SshTarget {
  return {
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(keys.privateText('user')),
    hostKeys: { kind: 'known-hosts', text: `[${LOOPBACK}]:${port} ${keys.publicText('host')}` },
    route,
    connectTimeoutSeconds: 20,
  }
}

async function connected(to: SshTarget): Promise<SshConnection> {
  const connection = await connect(to)
  connections.push(connection)
  return connection
}

/** What the two shells of a deployment, open at the same time, print. */
async function answers(connection: SshConnection): Promise<readonly string[]> {
  const shells = [await connection.open(sessionCommand()), await connection.open(sessionCommand())]
  return Promise.all(
    shells.map(async (shell) => {
      await shell.write('echo "$CLOSED_LOOP_CLEAN"\n')
      shell.finish()
      const chunks: Buffer[] = []
      for await (const chunk of shell.stdout) chunks.push(chunk)
      return Buffer.concat(chunks).toString().trim()
    }),
  )
}

const BOTH_WORK = ['yes', 'yes']

async function problemOf(action: Promise<unknown>): Promise<Problem> {
  try {
    await action
  } catch (error) {
    if (error instanceof DeployError) return error.problem
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the key of the deploy account', () => {
  it('works with "restrict", without terminals and forwarding, at two sessions', async () => {
    const host = await server('restrict', ['PermitTTY no', 'AllowTcpForwarding no', 'MaxSessions 2'])
    expect(await answers(await connected(target(host.port)))).toEqual(BOTH_WORK)
  })

  it('runs nothing of ours with a command of its own', async () => {
    const host = await server('restrict,command="/bin/true"')
    expect(await answers(await connected(target(host.port)))).toEqual(['', ''])
  })
})

describe('the key of the account at a bastion', () => {
  const through = (bastion: Sshd): SshRoute => ({
    kind: 'through-bastion',
    bastion: target(bastion.port),
  })

  it('works where it may do no more than forward to the host', async () => {
    const host = await server('restrict')
    const bastion = await server(`restrict,port-forwarding,permitopen="${LOOPBACK}:${host.port}"`, [
      'AllowTcpForwarding local',
      `PermitOpen ${LOOPBACK}:${host.port}`,
      'MaxSessions 0',
    ])
    const connection = await connected(target(host.port, through(bastion)))
    expect(await answers(connection)).toEqual(BOTH_WORK)
  })

  it.each([
    ['may not forward', 'restrict'],
    ['may forward to another port only', `restrict,port-forwarding,permitopen="${LOOPBACK}:1"`],
  ])('is told apart where it %s', async (_, options) => {
    const host = await server('restrict')
    const bastion = await server(options)
    expect(await problemOf(connect(target(host.port, through(bastion))))).toMatchObject({
      code: 'ssh.forwarding_failed',
      reason: 'forbidden',
    })
  })
})
