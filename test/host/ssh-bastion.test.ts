import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import ssh2 from 'ssh2'
import type { SshConnection } from '../../src/model/connection.ts'
import { Secret } from '../../src/model/secret.ts'
import { connect } from '../../src/ssh/connection.ts'
import type { SshTarget } from '../../src/ssh/target.ts'
import { freePort, LOOPBACK, type Sshd } from '../support/sshd/sshd.ts'
import { outputOf, problemOf, startBastion, TwoHops } from '../support/sshd/two-hops.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(30_000)

let hops: TwoHops
/** A bastion that lets nobody through. */
let closed: Sshd
const connections: SshConnection[] = []
const servers: { close(): unknown }[] = []

beforeAll(async () => {
  hops = await TwoHops.start()
  closed = await startBastion(hops.keys, 'AllowTcpForwarding no')
})
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const server of servers.splice(0)) server.close()
})
afterAll(async () => {
  await closed.stop()
  await hops.stop()
})

async function connected(): Promise<SshConnection> {
  const connection = await connect(hops.target())
  connections.push(connection)
  return connection
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return (server.address() as AddressInfo).port
}

describe('through a bastion', () => {
  it('commands run on the host; the bastion sees a forwarded connection and no command', async () => {
    const before = hops.bastion.log().length
    const connection = await connected()
    expect(await outputOf(connection, 'echo $SSH_CONNECTION')).toMatch(new RegExp(` ${hops.host.port}$`))
    const seen = hops.bastion.log().slice(before)
    expect(seen).toContain('Accepted publickey')
    expect(seen).toContain(
      `direct_tcpip: originator 127.0.0.1 port 0, target ${LOOPBACK} port ${hops.host.port}`,
    )
    expect(seen).not.toContain('Starting session')
  })

  it('much output and input pass whole', async () => {
    const connection = await connected()
    const channel = await connection.open('cat')
    const sent = 'é'.repeat(2_000_000)
    const writing = channel.write(sent).then(() => channel.finish())
    const chunks: Buffer[] = []
    for await (const chunk of channel.stdout) chunks.push(chunk)
    await writing
    expect(Buffer.concat(chunks).toString() === sent).toBe(true)
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
  })
})

describe('the way is closed', () => {
  /** What may go wrong, the problem it is, and how far the login came at each server. */
  it.each<readonly [string, () => Promise<SshTarget>, object, readonly [number, number]]>([
    [
      'the bastion is not there',
      async () => hops.target({}, { port: await freePort() }),
      { code: 'ssh.unreachable', hop: 'bastion', reason: 'refused' },
      [0, 0],
    ],
    [
      'the key of the bastion is not known',
      async () => hops.target({}, { hostKeys: { kind: 'none' } }),
      { code: 'ssh.host_key_unknown', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the bastion has the key of the host',
      async () => hops.target({}, { hostKeys: hops.known(hops.bastion.port, 'host_key') }),
      { code: 'ssh.host_key_changed', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the bastion does not take the private key',
      async () => hops.target({}, { privateKey: hops.secret('stranger') }),
      { code: 'ssh.authentication_failed', hop: 'bastion', port: expect.any(Number) },
      [0, 0],
    ],
    [
      'the private key for the bastion is none',
      async () => hops.target({}, { privateKey: new Secret('nonsense') }),
      { code: 'ssh.private_key_unusable', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the known_hosts text of the bastion is none',
      async () => hops.target({}, { hostKeys: { kind: 'known-hosts', text: 'nonsense' } }),
      { code: 'ssh.known_hosts_invalid', hop: 'bastion', line: 1 },
      [0, 0],
    ],
    [
      'the private key for the host is none: no connection is made at all',
      async () => hops.target({ privateKey: new Secret('nonsense') }),
      { code: 'ssh.private_key_unusable', hop: 'host' },
      [0, 0],
    ],
    [
      'nothing listens on the host',
      async () => hops.target({ port: await freePort() }),
      { code: 'ssh.forwarding_failed', bastion: LOOPBACK, host: LOOPBACK, reason: 'unreachable' },
      [1, 0],
    ],
    [
      'the bastion does not know the name of the host',
      async () => hops.target({ host: 'host.invalid' }),
      { code: 'ssh.forwarding_failed', host: 'host.invalid', reason: 'unreachable' },
      [1, 0],
    ],
    [
      'the host has the key of the bastion',
      async () => hops.target({ hostKeys: hops.known(hops.host.port, 'bastion_key') }),
      { code: 'ssh.host_key_changed', hop: 'host' },
      [1, 0],
    ],
    [
      'the host does not take the private key of the bastion',
      async () => hops.target({ privateKey: hops.secret('bastion_user') }),
      { code: 'ssh.authentication_failed', hop: 'host' },
      [1, 0],
    ],
  ])('%s', async (_what, wrong, problem, accepted) => {
    const before = [hops.bastion.log().length, hops.host.log().length]
    expect(await problemOf(connect(await wrong()))).toMatchObject(problem)
    const logins = [hops.bastion, hops.host].map(
      (server, at) => server.log().slice(before[at]).split('Accepted publickey').length - 1,
    )
    expect(logins).toEqual(accepted)
  })

  it('the bastion forbids forwarding', async () => {
    expect(await problemOf(connect(hops.target({}, { port: closed.port })))).toMatchObject({
      code: 'ssh.forwarding_failed',
      reason: 'forbidden',
      port: hops.host.port,
    })
  })

  it('what the bastion connects to is silent, or speaks no SSH', async () => {
    const silent = await listening(createServer())
    expect(await problemOf(connect(hops.target({ port: silent, connectTimeoutSeconds: 1 })))).toMatchObject({
      code: 'ssh.unreachable',
      hop: 'host',
      reason: 'silent',
    })
    const other = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await problemOf(connect(hops.target({ port: other })))).toMatchObject({
      code: 'ssh.unreachable',
      hop: 'host',
      reason: 'not-ssh',
    })
  })

  /** A bastion that lets anybody in and then does this with the wish to be forwarded. */
  function oddBastion(onForward: (end: () => void, accept: () => ssh2.ServerChannel) => void): ssh2.Server {
    return new ssh2.Server({ hostKeys: [hops.keys.privateText('bastion_key')] }, (client) => {
      client.on('error', () => {})
      client.on('authentication', (context) => context.accept())
      client.on('tcpip', (accept) => onForward(() => client.end(), accept))
    })
  }

  it('the bastion never answers the wish to be forwarded', async () => {
    const port = await listening(oddBastion(() => {}) as unknown as Server)
    const wrong = { ...hops.target({}, { port }), connectTimeoutSeconds: 1 }
    expect(await problemOf(connect(wrong))).toMatchObject({
      code: 'ssh.forwarding_failed',
      reason: 'timeout',
    })
  })

  it('the bastion goes away during the handshake with the host', async () => {
    const port = await listening(
      oddBastion((end, accept) => {
        accept()
        end()
      }) as unknown as Server,
    )
    expect(await problemOf(connect(hops.target({}, { port })))).toEqual({
      code: 'ssh.lost',
      during: 'connecting to the host through the bastion',
      detail: 'the server closed the connection',
    })
  })
})
