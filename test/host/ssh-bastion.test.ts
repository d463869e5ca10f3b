import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import ssh2 from 'ssh2'
import { DeployError, type Problem } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { connect, type Keepalive, type SshConnection } from '../../src/ssh/connection.ts'
import type { HostKeyPolicy, SshServer, SshTarget } from '../../src/ssh/target.ts'
import { account, freePort, KeyRing, LOOPBACK, type Sshd, startSshd } from '../support/sshd/sshd.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(30_000)

const keys = new KeyRing()
const connections: SshConnection[] = []
const servers: { close(): unknown }[] = []
/** Each has a host key and an authorized key of its own, so that nothing works by the other's. */
let bastion: Sshd
let closed: Sshd
let host: Sshd

beforeAll(async () => {
  for (const name of ['bastion_key', 'host_key', 'bastion_user', 'host_user', 'stranger']) {
    keys.make(name, 'ed25519')
  }
  const asBastion = { hostKeys: ['bastion_key'], authorized: ['bastion_user'] }
  ;[bastion, closed, host] = await Promise.all([
    startSshd(keys, { ...asBastion, config: ['PermitTTY no', 'MaxSessions 0'] }),
    startSshd(keys, { ...asBastion, config: ['AllowTcpForwarding no'] }),
    startSshd(keys, { hostKeys: ['host_key'], authorized: ['host_user'] }),
  ])
})
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const server of servers.splice(0)) server.close()
})
afterAll(async () => {
  await Promise.all([bastion, closed, host].map((server) => server.stop()))
  keys.dispose()
})

function known(port: number, key: string): HostKeyPolicy {
  return { kind: 'known-hosts', text: `[${LOOPBACK}]:${port} ${keys.publicText(key)}` }
}

function bastionServer(changes: Partial<SshServer> = {}): SshServer {
  const port = changes.port ?? bastion.port
  return {
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(keys.privateText('bastion_user')),
    hostKeys: known(port, 'bastion_key'),
    ...changes,
  }
}

function target(changes: Partial<SshTarget> = {}, ofBastion: Partial<SshServer> = {}): SshTarget {
  const port = changes.port ?? host.port
  return {
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(keys.privateText('host_user')),
    hostKeys: known(port, 'host_key'),
    route: { kind: 'through-bastion', bastion: bastionServer(ofBastion) },
    connectTimeoutSeconds: 20,
    ...changes,
  }
}

async function connected(keepalive?: Keepalive): Promise<SshConnection> {
  const connection = await connect(target(), keepalive)
  connections.push(connection)
  return connection
}

async function problemOf(action: Promise<unknown>): Promise<Problem> {
  try {
    await action
  } catch (error) {
    if (error instanceof DeployError) return error.problem
    throw error
  }
  throw new Error('nothing was thrown')
}

async function run(connection: SshConnection, command: string): Promise<string> {
  const channel = await connection.open(command)
  const chunks: Buffer[] = []
  for await (const chunk of channel.stdout) chunks.push(chunk)
  return Buffer.concat(chunks).toString().trim()
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return (server.address() as AddressInfo).port
}

describe('through a bastion', () => {
  it('commands run on the host; the bastion sees a forwarded connection and no command', async () => {
    const before = bastion.log().length
    const connection = await connected()
    expect(await run(connection, 'echo $SSH_CONNECTION')).toMatch(new RegExp(` ${host.port}$`))
    const seen = bastion.log().slice(before)
    expect(seen).toContain('Accepted publickey')
    expect(seen).toContain(`direct_tcpip: originator 127.0.0.1 port 0, target ${LOOPBACK} port ${host.port}`)
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
  const stranger = () => new Secret(keys.privateText('stranger'))

  /** What may go wrong, the problem it is, and how far the login came at each server. */
  it.each<readonly [string, () => Promise<SshTarget>, object, readonly [number, number]]>([
    [
      'the bastion is not there',
      async () => target({}, { port: await freePort() }),
      { code: 'ssh.unreachable', hop: 'bastion', reason: 'refused' },
      [0, 0],
    ],
    [
      'the key of the bastion is not known',
      async () => target({}, { hostKeys: { kind: 'none' } }),
      { code: 'ssh.host_key_unknown', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the bastion has the key of the host',
      async () => target({}, { hostKeys: known(bastion.port, 'host_key') }),
      { code: 'ssh.host_key_changed', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the bastion does not take the private key',
      async () => target({}, { privateKey: stranger() }),
      { code: 'ssh.authentication_failed', hop: 'bastion', port: expect.any(Number) },
      [0, 0],
    ],
    [
      'the private key for the bastion is none',
      async () => target({}, { privateKey: new Secret('nonsense') }),
      { code: 'ssh.private_key_unusable', hop: 'bastion' },
      [0, 0],
    ],
    [
      'the known_hosts text of the bastion is none',
      async () => target({}, { hostKeys: { kind: 'known-hosts', text: 'nonsense' } }),
      { code: 'ssh.known_hosts_invalid', hop: 'bastion', line: 1 },
      [0, 0],
    ],
    [
      'the private key for the host is none: no connection is made at all',
      async () => target({ privateKey: new Secret('nonsense') }),
      { code: 'ssh.private_key_unusable', hop: 'host' },
      [0, 0],
    ],
    [
      'nothing listens on the host',
      async () => target({ port: await freePort() }),
      { code: 'ssh.forwarding_failed', bastion: LOOPBACK, host: LOOPBACK, reason: 'unreachable' },
      [1, 0],
    ],
    [
      'the bastion does not know the name of the host',
      async () => target({ host: 'host.invalid' }),
      { code: 'ssh.forwarding_failed', host: 'host.invalid', reason: 'unreachable' },
      [1, 0],
    ],
    [
      'the host has the key of the bastion',
      async () => target({ hostKeys: known(host.port, 'bastion_key') }),
      { code: 'ssh.host_key_changed', hop: 'host' },
      [1, 0],
    ],
    [
      'the host does not take the private key of the bastion',
      async () => target({ privateKey: new Secret(keys.privateText('bastion_user')) }),
      { code: 'ssh.authentication_failed', hop: 'host' },
      [1, 0],
    ],
  ])('%s', async (_what, wrong, problem, accepted) => {
    const before = [bastion.log().length, host.log().length]
    expect(await problemOf(connect(await wrong()))).toMatchObject(problem)
    const logins = [bastion, host].map(
      (server, at) => server.log().slice(before[at]).split('Accepted publickey').length - 1,
    )
    expect(logins).toEqual(accepted)
  })

  it('the bastion forbids forwarding', async () => {
    expect(await problemOf(connect(target({}, { port: closed.port })))).toMatchObject({
      code: 'ssh.forwarding_failed',
      reason: 'forbidden',
      port: host.port,
    })
  })

  it('what the bastion connects to is silent, or speaks no SSH', async () => {
    const silent = await listening(createServer())
    expect(await problemOf(connect(target({ port: silent, connectTimeoutSeconds: 1 })))).toMatchObject({
      code: 'ssh.unreachable',
      hop: 'host',
      reason: 'timeout',
    })
    const other = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await problemOf(connect(target({ port: other })))).toMatchObject({
      code: 'ssh.unreachable',
      hop: 'host',
      reason: 'handshake',
    })
  })

  /** A bastion that lets anybody in and then does this with the wish to be forwarded. */
  function oddBastion(onForward: (end: () => void, accept: () => ssh2.ServerChannel) => void): ssh2.Server {
    return new ssh2.Server({ hostKeys: [keys.privateText('bastion_key')] }, (client) => {
      client.on('error', () => {})
      client.on('authentication', (context) => context.accept())
      client.on('tcpip', (accept) => onForward(() => client.end(), accept))
    })
  }

  it('the bastion never answers the wish to be forwarded', async () => {
    const port = await listening(oddBastion(() => {}) as unknown as Server)
    const wrong = { ...target({}, { port }), connectTimeoutSeconds: 1 }
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
    expect(await problemOf(connect(target({}, { port })))).toEqual({
      code: 'ssh.lost',
      during: 'connecting to the host through the bastion',
      detail: 'the server closed the connection',
    })
  })
})

describe('a link that dies', () => {
  it('is told when the sshd of the host is killed', async () => {
    const connection = await connected()
    const session = Number(await run(connection, 'echo $PPID'))
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGKILL')
    expect(await channel.ended).toEqual({ kind: 'lost', detail: 'the server closed the connection' })
    expect(await connection.lost).toEqual({ detail: 'the server closed the connection' })
  })

  it('is told when the sshd of the bastion is killed, and that it was the bastion', async () => {
    const connection = await connected()
    const session = bastion.newestSession()
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGKILL')
    const { detail } = await connection.lost
    expect(detail).toMatch(/^the connection to the bastion: /)
    expect(await channel.ended).toEqual({ kind: 'lost', detail })
    expect(await problemOf(connection.open('true'))).toMatchObject({ code: 'ssh.lost', detail })
  })

  it.each([
    ['bastion', async () => bastion.newestSession(), 'the connection to the bastion: Keepalive timeout'],
    [
      'host',
      async (connection: SshConnection) => Number(await run(connection, 'echo $PPID')),
      'Keepalive timeout',
    ],
  ] as const)('is told when the %s falls silent', async (_which, processOf, detail) => {
    const connection = await connected({ keepaliveIntervalMilliseconds: 100, keepaliveCountMax: 3 })
    const session = await processOf(connection)
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGSTOP')
    try {
      expect(await channel.ended).toEqual({ kind: 'lost', detail })
    } finally {
      process.kill(session, 'SIGKILL')
    }
  })

  it('closes within its grace although the bastion is stopped', async () => {
    const connection = await connected()
    const session = bastion.newestSession()
    process.kill(session, 'SIGSTOP')
    await connection.close()
    process.kill(session, 'SIGKILL')
  })
})

it('both connections are closed, and the process ends by itself, whatever happened', async () => {
  const script = join(keys.directory, 'exits.ts')
  const source = (name: string) => JSON.stringify(join(process.cwd(), 'src', name))
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs'
     import { connect } from ${source('ssh/connection.ts')}
     import { Secret } from ${source('secret.ts')}
     const revive = ({ key, ...server }) => ({ ...server, privateKey: new Secret(key) })
     const given = JSON.parse(readFileSync(0, 'utf8'))
     const target = { ...revive(given.host), route: { kind: 'through-bastion', bastion: revive(given.bastion) } }
     const code = (error) => console.log(error.problem.code)
     await connect({ ...target, hostKeys: { kind: 'none' } }).catch(code)
     await connect({ ...target, port: 1 }).catch(code)
     await connect({ ...target, privateKey: target.route.bastion.privateKey }).catch(code)
     const killed = await connect(target)
     const suicide = await killed.open('kill -KILL $PPID; exec cat')
     console.log((await suicide.ended).kind)
     const connection = await connect(target)
     await connection.open('exec cat')
     await connection.close()
     console.log('closed')`,
  )
  const before = bastion.log().length
  const running = promisify(execFile)(process.execPath, [script], { timeout: 20_000 })
  const { route, privateKey, ...rest } = target()
  if (route.kind === 'direct') throw new Error('no bastion')
  const { privateKey: bastionKey, ...ofBastion } = route.bastion
  running.child.stdin?.end(
    JSON.stringify({
      host: { ...rest, key: privateKey.reveal() },
      bastion: { ...ofBastion, key: bastionKey.reveal() },
    }),
  )
  const { stdout } = await running
  expect(stdout.trim().split('\n')).toEqual([
    'ssh.host_key_unknown',
    'ssh.forwarding_failed',
    'ssh.authentication_failed',
    'lost',
    'closed',
  ])
  const seen = bastion.log().slice(before)
  expect(seen.split('Accepted publickey').length - 1).toBe(5)
})
