import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ExecEnd, SshChannel, SshConnection } from '../../src/model/connection.ts'
import { DeployError, type Problem } from '../../src/model/problem.ts'
import { Secret } from '../../src/model/secret.ts'
import { connect, type Keepalive } from '../../src/ssh/connection.ts'
import { LineSplitter } from '../../src/ssh/lines.ts'
import type { HostKeyPolicy, SshTarget } from '../../src/ssh/target.ts'
import { account, freePort, KeyRing, LOOPBACK, type Sshd, startSshd, until } from '../support/sshd/sshd.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(30_000)

const MAX_SESSIONS = 4
const keys = new KeyRing()
const directory = keys.directory
const publicKey = (name: string) => keys.publicText(name)
let sshd: Sshd
let port = 0
const connections: SshConnection[] = []
const servers: Server[] = []

beforeAll(async () => {
  for (const type of ['ed25519', 'rsa']) keys.make(`host_${type}`, type)
  for (const name of ['user', 'stranger']) keys.make(name, 'ed25519')
  sshd = await startSshd(keys, {
    hostKeys: ['host_ed25519', 'host_rsa'],
    authorized: ['user'],
    config: [`MaxSessions ${MAX_SESSIONS}`],
  })
  port = sshd.port
})

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const server of servers.splice(0)) server.close()
})

afterAll(async () => {
  await sshd.stop()
  keys.dispose()
})

function knownHosts(...lines: readonly string[]): HostKeyPolicy {
  return { kind: 'known-hosts', text: lines.join('\n') }
}

function target(changes: Partial<SshTarget> = {}): SshTarget {
  return {
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(keys.privateText('user')),
    hostKeys: knownHosts(`[${LOOPBACK}]:${changes.port ?? port} ${publicKey('host_ed25519')}`),
    route: { kind: 'direct' },
    connectTimeoutSeconds: 20,
    ...changes,
  }
}

async function connected(changes: Partial<SshTarget> = {}, keepalive?: Keepalive): Promise<SshConnection> {
  const connection = await connect(target(changes), keepalive)
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

async function output(channel: SshChannel): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of channel.stdout) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function run(connection: SshConnection, command: string): Promise<{ end: ExecEnd; stdout: string }> {
  const channel = await connection.open(command)
  channel.finish()
  return { stdout: String(await output(channel)), end: await channel.ended }
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return (server.address() as AddressInfo).port
}

/** What sshd logged about one connection attempt, once it has seen that attempt end. */
async function logOf(attempt: () => Promise<unknown>, outputTail: string): Promise<string> {
  const before = sshd.log().length
  await attempt()
  return sshd.logged(outputTail, before)
}

describe('commands', () => {
  it('tells exit code, signal and output apart', async () => {
    const connection = await connected()
    expect(await run(connection, 'echo 你好; exit 0')).toEqual({
      stdout: '你好\n',
      end: { kind: 'exited', code: 0 },
    })
    expect((await run(connection, 'exit 7')).end).toEqual({ kind: 'exited', code: 7 })
    expect((await run(connection, 'kill -KILL $$')).end).toEqual({ kind: 'signalled', signal: 'SIGKILL' })
  })

  it('delivers every byte of a long output to a slow reader', async () => {
    const connection = await connected()
    const channel = await connection.open('head -c 12000000 /dev/urandom')
    const received = createHash('sha256')
    let bytes = 0
    for await (const chunk of channel.stdout) {
      received.update(chunk)
      bytes += chunk.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bytes).toBe(12_000_000)
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
  })

  it.each([
    ['quiet', ''],
    ['noisy', 'head -c 100000 /dev/zero >&2;'],
  ])(
    'makes a command wait for a reader that does not read, stderr %s, and loses nothing',
    async (_how, noise) => {
      const connection = await connected()
      const progress = join(directory, 'progress')
      writeFileSync(progress, '0')
      const channel = await connection.open(
        `for i in $(seq 200); do head -c 100000 /dev/zero; ${noise} echo $i >${progress}; done`,
      )
      const written = () => Number(readFileSync(progress, 'utf8'))
      let last = 0
      let unchanged = 0
      await until(() => {
        unchanged = written() === last && last > 0 ? unchanged + 1 : 0
        last = written()
        return unchanged === 20
      })
      expect(last).toBeLessThan(80)
      expect((await output(channel)).length).toBe(20_000_000)
      expect(written()).toBe(200)
    },
  )

  it('is not stalled by stderr that nobody reads, and keeps its end', async () => {
    const connection = await connected()
    const channel = await connection.open('head -c 6000000 /dev/zero >&2; echo the end >&2; echo out')
    expect(String(await output(channel))).toBe('out\n')
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
    expect(channel.stderrTail().endsWith('the end\n')).toBe(true)
    expect(channel.stderrTail().length).toBe(64 * 1024)
  })

  it('sends much more than the window to stdin, in order', async () => {
    const connection = await connected()
    const channel = await connection.open('sha256sum')
    const sent = createHash('sha256')
    for (let part = 0; part < 60; part += 1) {
      const text = `${part}é`.repeat(40_000)
      sent.update(text)
      await channel.write(text)
    }
    channel.finish()
    expect(String(await output(channel))).toContain(sent.digest('hex'))
  })

  it('sends bytes as they are, holding back what the network does not take yet', async () => {
    const connection = await connected()
    const channel = await connection.open('sleep 0.5; sha256sum')
    const sent = createHash('sha256')
    for (let part = 0; part < 200; part += 1) {
      const bytes = randomBytes(65_536)
      sent.update(bytes)
      await channel.write(bytes)
    }
    channel.finish()
    expect(String(await output(channel))).toContain(sent.digest('hex'))
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
  })

  it('lets writes to a command that has ended pass quietly', async () => {
    const connection = await connected()
    const channel = await connection.open('exec true')
    const writes = Array.from({ length: 50 }, () => channel.write('x'.repeat(100_000)))
    await Promise.all(writes)
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
    await channel.write('more')
    channel.finish()
  })

  it('says that the server runs no further command', async () => {
    const connection = await connected()
    for (let count = 0; count < MAX_SESSIONS; count += 1) await connection.open('cat')
    expect(await problemOf(connection.open('true'))).toMatchObject({ code: 'ssh.shell_unusable' })
  })

  it('has room for new commands once those that were given up are gone', async () => {
    const connection = await connected()
    const inTheWay = Array.from({ length: MAX_SESSIONS }, () => connection.open('exec sh -s'))
    const [first, ...others] = await Promise.all(inTheWay)
    await first?.write('echo begun\n')
    for await (const _ of first?.stdout ?? []) break
    // One of them is slow to end: sshd counts its session as long as it lives.
    await first?.write('while echo still here; do sleep 0.1; done\n')
    for (const channel of [first, ...others]) channel?.close()
    const ends = await Promise.all([first, ...others].map((channel) => channel?.ended))
    expect(ends).toEqual(ends.map(() => ({ kind: 'lost', detail: 'the channel was closed' })))
    const again = Array.from({ length: MAX_SESSIONS }, (_, at) => run(connection, `echo ${at}`))
    expect((await Promise.all(again)).map(({ stdout }) => stdout)).toEqual(['0\n', '1\n', '2\n', '3\n'])
  })

  it('does not wait for more before it sends a little', async () => {
    const connection = await connected()
    const channel = await connection.open('exec sh -s')
    const splitter = new LineSplitter(1000)
    const chunks = channel.stdout[Symbol.asyncIterator]()
    const milliseconds: number[] = []
    for (let count = 0; count < 300; count += 1) {
      const start = performance.now()
      await channel.write(`printf '%s %s\\n' reply ${count}\n`)
      const { value } = await chunks.next()
      milliseconds.push(performance.now() - start)
      expect(splitter.feed(value)).toEqual([{ text: `reply ${count}`, cut: false }])
    }
    // A socket that waits to fill its packets needs 40 ms for nearly each; a busy machine, for some of them.
    const fastest = milliseconds.sort((a, b) => a - b)[30] ?? Number.NaN
    expect(fastest).toBeLessThan(20)
    channel.finish()
    expect(await channel.ended).toEqual({ kind: 'exited', code: 0 })
  })
})

describe('host keys', () => {
  const userauth = 'userauth-request'

  it('logs authentication when the host key is known (what the next tests look for)', async () => {
    expect(await logOf(() => connected(), 'Accepted publickey')).toContain(userauth)
  })

  it('refuses an unknown key before authentication, with the line that then accepts it', async () => {
    const refused: Problem[] = []
    const log = await logOf(async () => {
      refused.push(await problemOf(connect(target({ hostKeys: { kind: 'none' } }))))
    }, '[preauth]')
    expect(log).not.toContain(userauth)
    expect(refused).toMatchObject([
      { code: 'ssh.host_key_unknown', acceptLine: `[${LOOPBACK}]:${port} ${publicKey('host_ed25519')}` },
    ])
    const [problem] = refused
    if (problem?.code !== 'ssh.host_key_unknown') throw new Error('unexpected problem')
    await connected({ hostKeys: knownHosts(problem.acceptLine) })
    await connected({ hostKeys: { kind: 'fingerprints', sha256: [problem.fingerprint] } })
  })

  it('refuses a changed key before authentication', async () => {
    const hostKeys = knownHosts(`[${LOOPBACK}]:${port} ${publicKey('stranger')}`)
    const refused: Problem[] = []
    const log = await logOf(async () => {
      refused.push(await problemOf(connect(target({ hostKeys }))))
    }, '[preauth]')
    expect(log).not.toContain(userauth)
    expect(refused).toMatchObject([{ code: 'ssh.host_key_changed', keyType: 'ssh-ed25519' }])
  })

  it('refuses a revoked key', async () => {
    const key = publicKey('host_ed25519')
    const hostKeys = knownHosts(`[${LOOPBACK}]:${port} ${key}`, `@revoked * ${key}`)
    expect(await problemOf(connect(target({ hostKeys })))).toMatchObject({ code: 'ssh.host_key_revoked' })
  })

  it('makes the server show the one key that is known, although it prefers another', async () => {
    await connected({ hostKeys: knownHosts(`[${LOOPBACK}]:${port} ${publicKey('host_rsa')}`) })
  })

  it('makes no connection for a known_hosts text or a private key that cannot be used', async () => {
    let dialled = 0
    const counting = await listening(
      createServer((socket) => {
        dialled += 1
        socket.destroy()
      }),
    )
    const text = `@cert-authority * ${publicKey('stranger')}`
    const authority = { port: counting, hostKeys: knownHosts(text) }
    expect(await problemOf(connect(target(authority)))).toMatchObject({
      code: 'ssh.known_hosts_invalid',
      line: 1,
    })
    const noKey = { port: counting, privateKey: new Secret('nonsense') }
    expect(await problemOf(connect(target(noKey)))).toMatchObject({ code: 'ssh.private_key_unusable' })
    expect(dialled).toBe(0)
  })
})

describe('a connection that cannot be made', () => {
  it('says that the key was refused, and what the server takes', async () => {
    const privateKey = new Secret(keys.privateText('stranger'))
    expect(await problemOf(connect(target({ privateKey })))).toMatchObject({
      code: 'ssh.authentication_failed',
      username: account,
      detail: 'the server takes: publickey',
    })
  })

  it('tells refused, unknown name and silence apart', async () => {
    expect(await problemOf(connect(target({ port: await freePort() })))).toMatchObject({ reason: 'refused' })
    expect(await problemOf(connect(target({ host: 'host.invalid' })))).toMatchObject({
      reason: 'name-not-found',
    })
    const silent = await listening(createServer())
    const start = performance.now()
    const problem = await problemOf(connect(target({ port: silent, connectTimeoutSeconds: 1 })))
    expect(problem).toMatchObject({ code: 'ssh.unreachable', reason: 'silent' })
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it.each([
    ['hangs up', '', 'closed', 'it said nothing'],
    ['has too much to do', 'Exceeded MaxStartups\r\n', 'closed', 'it said: Exceeded MaxStartups'],
    ['knows the client', 'Not allowed at this time\r\n', 'closed', 'it said: Not allowed at this time'],
    ['talks, greets and hangs up', 'Hello\r\nSSH-2.0-Test\r\n', 'closed', 'it said: Hello'],
    ['greets and hangs up', 'SSH-2.0-Test\r\n', 'closed', 'it said nothing'],
    ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not-ssh', 'it said: HTTP/1.1 400 Bad Request'],
    ['speaks SMTP', '220 mail.example ESMTP\r\n', 'not-ssh', 'it said: 220 mail.example ESMTP'],
  ])('says what a server said that %s', async (_what, greeting, reason, detail) => {
    const other = await listening(createServer((socket) => socket.end(greeting)))
    expect(await problemOf(connect(target({ port: other })))).toMatchObject({
      code: 'ssh.unreachable',
      reason,
      detail,
    })
  })
})

describe('a link that dies', () => {
  /** The sshd process of this connection: the parent of the account's shell. */
  async function sessionProcess(connection: SshConnection): Promise<number> {
    return Number((await run(connection, 'echo $PPID')).stdout)
  }

  async function expectLost(connection: SshConnection, channel: SshChannel): Promise<string> {
    await output(channel)
    expect(await channel.ended).toMatchObject({ kind: 'lost' })
    const { detail } = await connection.lost
    expect(await problemOf(connection.open('true'))).toEqual({
      code: 'ssh.lost',
      during: 'opening a channel',
      detail,
    })
    await channel.write('nobody reads this')
    await connection.close()
    return detail
  }

  it('is told when the sshd process is killed while output streams', async () => {
    const connection = await connected()
    const session = await sessionProcess(connection)
    const streaming = await connection.open('exec cat /dev/zero')
    const waiting = await connection.open('exec cat')
    for await (const chunk of streaming.stdout) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    process.kill(session, 'SIGKILL')
    await expectLost(connection, streaming)
    expect(await waiting.ended).toMatchObject({ kind: 'lost' })
  })

  it('is told after a TCP reset, also with a write under way and output unread', async () => {
    const links: Socket[] = []
    const proxy = await listening(
      createServer((client) => {
        const server = dial(port, LOOPBACK)
        for (const socket of [client, server]) socket.on('error', () => {})
        client.pipe(server).pipe(client)
        links.push(client, server)
      }),
    )
    const connection = await connected({ port: proxy })
    const streaming = await connection.open('exec cat /dev/zero')
    const deaf = await connection.open('exec cat')
    const stuck = deaf.write('x'.repeat(8_000_000))
    const opening = connection.open('true').catch((error: unknown) => error)
    for (const socket of links) socket.resetAndDestroy()
    await stuck
    await opening
    await expectLost(connection, streaming)
    expect(await deaf.ended).toMatchObject({ kind: 'lost' })
  })

  it('is told when the server falls silent', async () => {
    const keepalive = { keepaliveIntervalMilliseconds: 100, keepaliveCountMax: 3 }
    const connection = await connected({}, keepalive)
    const session = await sessionProcess(connection)
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGSTOP')
    try {
      expect(await expectLost(connection, channel)).toBe('Keepalive timeout')
    } finally {
      process.kill(session, 'SIGKILL')
    }
  })

  it('outlives quiet times longer than the keepalive allows silence', async () => {
    const keepalive = { keepaliveIntervalMilliseconds: 250, keepaliveCountMax: 3 }
    const connection = await connected({}, keepalive)
    expect((await run(connection, 'sleep 2; echo awake')).stdout).toBe('awake\n')
  })
})

describe('close', () => {
  it('ends open channels and leaves `lost` unsettled', async () => {
    const connection = await connect(target())
    const channel = await connection.open('exec cat')
    let lost = false
    void connection.lost.then(() => {
      lost = true
    })
    await connection.close()
    expect(await channel.ended).toEqual({ kind: 'lost', detail: 'the connection was closed' })
    expect(lost).toBe(false)
    await connection.close()
    expect(await problemOf(connection.open('true'))).toMatchObject({ code: 'ssh.lost' })
  })

  it('ends within its grace although the server is stopped', async () => {
    const connection = await connect(target())
    const session = Number((await run(connection, 'echo $PPID')).stdout)
    process.kill(session, 'SIGSTOP')
    await connection.close()
    process.kill(session, 'SIGKILL')
  })

  it('lets the process exit by itself, after success and after every kind of failure', async () => {
    const script = join(directory, 'exits.ts')
    const source = (name: string) => JSON.stringify(join(process.cwd(), 'src', name))
    writeFileSync(
      script,
      `import { readFileSync } from 'node:fs'
       import { connect } from ${source('ssh/connection.ts')}
       import { Secret } from ${source('model/secret.ts')}
       const { user, stranger, ...rest } = JSON.parse(readFileSync(0, 'utf8'))
       const target = { ...rest, privateKey: new Secret(user) }
       const code = (error) => console.log(error.problem.code)
       await connect({ ...target, hostKeys: { kind: 'none' } }).catch(code)
       await connect({ ...target, privateKey: new Secret(stranger) }).catch(code)
       await connect({ ...target, port: 1 }).catch(code)
       const killed = await connect(target)
       const suicide = await killed.open('kill -KILL $PPID; exec cat')
       console.log((await suicide.ended).kind)
       const connection = await connect(target)
       await connection.open('exec cat')
       await connection.close()
       console.log('closed')`,
    )
    const running = promisify(execFile)(process.execPath, [script], { timeout: 20_000 })
    const { privateKey, ...rest } = target({})
    const stranger = keys.privateText('stranger')
    running.child.stdin?.end(JSON.stringify({ ...rest, user: privateKey.reveal(), stranger }))
    const { stdout } = await running
    expect(stdout.trim().split('\n')).toEqual([
      'ssh.host_key_unknown',
      'ssh.authentication_failed',
      'ssh.unreachable',
      'lost',
      'closed',
    ])
  })
})
