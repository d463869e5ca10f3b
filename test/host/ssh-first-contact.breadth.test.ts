import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import ssh2 from 'ssh2'
import { firstContact } from '../../src/host/link/first-contact.ts'
import { openShell, openShells } from '../../src/host/link/shells.ts'
import type { SshConnection } from '../../src/model/connection.ts'
import { Secret } from '../../src/model/secret.ts'
import { describeProblem } from '../../src/output/messages/problem.ts'
import { connect } from '../../src/ssh/connection.ts'
import type { SshTarget } from '../../src/ssh/target.ts'
import { systemClock } from '../../src/system/clock.ts'
import { account, freePort, KeyRing, LOOPBACK, type Sshd, startSshd, until } from '../support/sshd/sshd.ts'
import { problemOf, TwoHops } from '../support/sshd/two-hops.ts'
import { RecordingReporter } from '../unit/deploy/deploying.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(60_000)

const keys = new KeyRing()
/** The home of the account on the servers here: bash reads its .bashrc, as for any command of an SSH client. */
const home = mkdtempSync(join(keys.directory, 'home-'))
const connections: SshConnection[] = []
const servers: Server[] = []
const sshds: Sshd[] = []
let sshd: Sshd

beforeAll(async () => {
  for (const name of ['host_key', 'user', 'stranger']) keys.make(name, 'ed25519')
  sshd = await started()
})
afterEach(async () => {
  rmSync(join(home, '.bashrc'), { force: true })
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const server of servers.splice(0)) server.close()
  await Promise.all(sshds.splice(1).map((one) => one.stop()))
})
afterAll(async () => {
  await Promise.all(sshds.splice(0).map((one) => one.stop()))
  keys.dispose()
})

async function started(config: readonly string[] = [], options?: string): Promise<Sshd> {
  const server = await startSshd(keys, {
    hostKeys: ['host_key'],
    authorized: ['user'],
    // Below that, sshd itself speaks on the stderr of every command.
    config: [`SetEnv HOME=${home}`, 'LogLevel VERBOSE', ...config],
    ...(options === undefined ? {} : { options }),
  })
  sshds.push(server)
  return server
}

function target(changes: Partial<SshTarget> = {}): Omit<SshTarget, 'connectTimeoutSeconds'> {
  const port = changes.port ?? sshd.port
  return {
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(keys.privateText('user')),
    hostKeys: { kind: 'known-hosts', text: `[${LOOPBACK}]:${port} ${keys.publicText('host_key')}` },
    route: { kind: 'direct' },
    ...changes,
  }
}

/** Makes contact, or fails, within so many seconds. */
function contact(
  to: Omit<SshTarget, 'connectTimeoutSeconds'>,
  seconds: number,
  cancelled: AbortSignal = new AbortController().signal,
) {
  const progress = new RecordingReporter()
  const tries: number[] = []
  const made = firstContact(
    {
      connect: async (connectTimeoutSeconds) => {
        tries.push(connectTimeoutSeconds)
        const connection = await connect({ ...to, connectTimeoutSeconds })
        connections.push(connection)
        return connection
      },
      clock: systemClock,
      progress,
      cancelled,
    },
    seconds,
    openShells,
  )
  made.catch(() => undefined)
  return { made, progress, tries }
}

function bashrc(text: string): void {
  writeFileSync(join(home, '.bashrc'), `${text}\n`)
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return (server.address() as AddressInfo).port
}

/** A port that treats so many connections in this way, and leads to the server then. */
function busyFor(count: number, treat: (socket: Socket) => void, port: number): Promise<number> {
  let left = count
  return listening(
    createServer((client) => {
      client.on('error', () => undefined)
      left -= 1
      if (left >= 0) treat(client)
      else passOn(client, port)
    }),
  )
}

function passOn(client: Socket, port: number): void {
  const server = dial(port, LOOPBACK)
  for (const socket of [client, server]) socket.on('error', () => undefined)
  client.once('close', () => server.destroy())
  client.pipe(server).pipe(client)
}

describe('a server that turns connections away', () => {
  const ways: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['with a sentence', (socket) => socket.end('Exceeded MaxStartups\r\n'), 'it said: Exceeded MaxStartups'],
    ['without a word', (socket) => socket.destroy(), 'it said nothing'],
    ['by a reset', (socket) => socket.resetAndDestroy(), 'it said nothing'],
    ['after its version', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'), 'it said nothing'],
  ]

  it.each(ways)('%s is tried again, and the first time is told', async (_how, treat, detail) => {
    const port = await busyFor(2, treat, sshd.port)
    const { made, progress, tries } = contact(target({ port }), 20)
    await made
    expect(tries).toHaveLength(3)
    expect(progress.told).toEqual([
      {
        kind: 'connecting-again',
        because: { code: 'ssh.unreachable', hop: 'host', host: LOOPBACK, port, reason: 'closed', detail },
        seconds: expect.any(Number),
      },
    ])
  })

  it('for as long as there is time is told with what it said', async () => {
    const port = await busyFor(100, (socket) => socket.end('Not allowed at this time\r\n'), sshd.port)
    const { made, tries } = contact(target({ port }), 3)
    expect(await problemOf(made)).toMatchObject({
      code: 'ssh.unreachable',
      reason: 'closed',
      detail: 'it said: Not allowed at this time',
    })
    expect(tries.length).toBeGreaterThan(1)
  })

  it('because too many are at the login just now, is tried again: sshd itself', async () => {
    const busy = await started(['MaxStartups 1:100:1'])
    const before = busy.log().length
    const atTheLogin = dial(busy.port, LOOPBACK)
    atTheLogin.on('error', () => undefined)
    await new Promise((resolve) => atTheLogin.once('data', resolve))
    const { made, progress } = contact(target({ port: busy.port }), 20)
    await busy.logged('past MaxStartups', before)
    atTheLogin.destroy()
    await made
    expect(progress.told).toMatchObject([{ kind: 'connecting-again', because: { reason: 'closed' } }])
  })

  it('in the middle of the login is not asked again, and told with its banner', async () => {
    let logins = 0
    const banner = 'The system is going down.'
    const port = await listening(
      createServer((socket) => {
        socket.on('error', () => undefined)
        const server = new ssh2.Server({ hostKeys: [keys.privateText('host_key')], banner }, (client) => {
          client.on('error', () => undefined)
          client.on('authentication', () => {
            logins += 1
            socket.end()
          })
        })
        server.injectSocket(socket)
      }),
    )
    const problem = await problemOf(contact(target({ port }), 5).made)
    expect(problem).toMatchObject({
      code: 'ssh.unreachable',
      reason: 'login-closed',
      detail: `it said: ${banner}`,
    })
    expect(logins).toBe(1)
  })

  it('in front of the host is tried again: the bastion', async () => {
    const hops = await TwoHops.start()
    try {
      const port = await busyFor(1, (socket) => socket.end('Exceeded MaxStartups\r\n'), hops.bastion.port)
      const { made, tries } = contact(hops.target({}, { port }), 20)
      await made
      expect(tries).toHaveLength(2)
    } finally {
      await Promise.all(connections.splice(0).map((connection) => connection.close()))
      await hops.stop()
    }
  })

  it('behind the bastion is tried again: the host', async () => {
    const hops = await TwoHops.start()
    try {
      const port = await busyFor(1, (socket) => socket.destroy(), hops.host.port)
      const { made, tries } = contact(hops.target({ port }), 20)
      await made
      expect(tries).toHaveLength(2)
    } finally {
      await Promise.all(connections.splice(0).map((connection) => connection.close()))
      await hops.stop()
    }
  })
})

describe('a server that is being started', () => {
  it('is tried again until it listens', async () => {
    const port = await freePort()
    const { made, progress, tries } = contact(target({ port }), 20)
    await until(() => tries.length === 2)
    const proxy = createServer((client) => passOn(client, sshd.port))
    servers.push(proxy)
    proxy.listen(port, LOOPBACK)
    await made
    expect(progress.told).toMatchObject([{ because: { reason: 'refused' } }])
  })

  it('is not waited for once the run is cancelled', async () => {
    const controller = new AbortController()
    const { made, tries } = contact(target({ port: await freePort() }), 600, controller.signal)
    await until(() => tries.length === 2)
    controller.abort()
    expect(await problemOf(made)).toMatchObject({ reason: 'refused' })
  })
})

describe('what no other try cures is tried once', () => {
  it.each<readonly [string, () => Promise<Partial<SshTarget>>, object]>([
    [
      'a key that is refused',
      async () => ({ privateKey: new Secret(keys.privateText('stranger')) }),
      { code: 'ssh.authentication_failed' },
    ],
    [
      'a host key that is not known',
      async () => ({ hostKeys: { kind: 'none' } }),
      { code: 'ssh.host_key_unknown' },
    ],
    ['a name that there is not', async () => ({ host: 'host.invalid' }), { reason: 'name-not-found' }],
    [
      'a server of something else',
      async () => ({
        port: await listening(createServer((socket) => socket.end('HTTP/1.1 400 No\r\n\r\n'))),
      }),
      { reason: 'not-ssh' },
    ],
  ])('%s', async (_what, changes, problem) => {
    const { made, tries } = contact(target(await changes()), 20)
    expect(await problemOf(made)).toMatchObject(problem)
    expect(tries).toHaveLength(1)
  })
})

describe('a login shell', () => {
  const lock = join(home, 'lock')
  const waits = `
    echo 'version manager: waiting for the lock'
    while [ -e '${lock}' ]; do sleep 0.05; done
    echo >>'${join(home, 'finished')}'`

  it('that hangs in its start-up files is the cause, with what it printed', async () => {
    bashrc(waits)
    writeFileSync(lock, '')
    const { made, progress } = contact(target(), 1)
    const problem = await problemOf(made)
    expect(problem).toEqual({
      code: 'ssh.shell_unusable',
      reason: 'silent',
      detail: 'no answer within 5 s; it printed: version manager: waiting for the lock',
    })
    expect(progress.told).toEqual([])
    // It was left to end by itself, and did not go on to the program.
    rmSync(lock)
    await until(() => existsSync(join(home, 'finished')))
  })

  it('that was slow, and answers in time, is no cause of anything', async () => {
    bashrc(waits)
    writeFileSync(lock, '')
    const { made } = contact(target(), 20)
    await sshd.logged('Starting session: command', 0)
    rmSync(lock)
    await made
  })

  it('that reads its input to the end, or asks without an end, never answers', async () => {
    writeFileSync(lock, '')
    bashrc(`printf 'Name? '; while [ -e '${lock}' ]; do read -r name || sleep 0.05; done`)
    expect(await problemOf(contact(target(), 1).made)).toMatchObject({
      reason: 'silent',
      detail: expect.stringMatching(/; it printed: Name\?$/u),
    })
    rmSync(lock)
  })

  it('that prints much comes to its answer', async () => {
    bashrc('head -c 3000000 /dev/zero | tr "\\0" x; head -c 3000000 /dev/zero >&2')
    await contact(target(), 20).made
  })

  it('is given up at once when the run is cancelled', async () => {
    writeFileSync(lock, '')
    bashrc(waits)
    const controller = new AbortController()
    const before = sshd.log().length
    const { made } = contact(target(), 600, controller.signal)
    await sshd.logged('Starting session: command', before)
    controller.abort()
    expect(await problemOf(made)).toMatchObject({ code: 'ssh.lost' })
    rmSync(lock)
  })

  it.each([
    ['on stdout', "echo 'This account is currently not available.'; exit 1", 'exit code 1'],
    ['on stderr', "echo 'This account is currently not available.' >&2; exit 3", 'exit code 3'],
    ['without a line end', "printf 'This account is currently not available.'; exit 1", 'exit code 1'],
  ])('that refuses by a notice %s is told with it', async (_where, text, how) => {
    bashrc(text)
    expect(await problemOf(contact(target(), 20).made)).toEqual({
      code: 'ssh.shell_unusable',
      reason: 'ended',
      detail: expect.stringMatching(
        new RegExp(`^the shell on the host ended \\(${how}\\): This account is currently not available\\.`),
      ),
    })
  })

  it('that a cloud image forbids root is told with what it says', async () => {
    const notice = String.raw`command="echo 'Please login as the user \"ubuntu\" rather than the user \"root\".';echo;exit 142"`
    const cloud = await started([], notice)
    expect(await problemOf(contact(target({ port: cloud.port }), 20).made)).toMatchObject({
      code: 'ssh.shell_unusable',
      reason: 'ended',
      detail:
        'the shell on the host ended (exit code 142): Please login as the user "ubuntu" rather than the user "root".',
    })
  })

  const menu = `echo 'Restart (r) or quit (q)?'; while read -r choice; do echo "No such choice: $choice"; done`
  it.each<[string, string, object, string]>([
    ['internal-sftp', 'internal-sftp', { reason: 'ended' }, 'no forced command (ForceCommand'],
    [
      'one that ends',
      'echo only backups here >&2; exit 7',
      { reason: 'ended', detail: 'the shell on the host ended (exit code 7): only backups here' },
      'no forced command (ForceCommand',
    ],
    [
      'one that waits for input',
      'cat >/dev/null',
      { reason: 'silent', detail: 'no answer within 5 s' },
      'a forced command that waits for input (ForceCommand',
    ],
    [
      'one that prints its input',
      'cat',
      { reason: 'not-a-shell', detail: 'no answer within 5 s' },
      'Remove the forced command (ForceCommand',
    ],
    [
      'a menu',
      menu,
      {
        reason: 'not-a-shell',
        detail: expect.stringMatching(
          /^no answer within 5 s; it printed: Restart \(r\) or quit \(q\)\?\nNo such/u,
        ),
      },
      'Remove the forced command (ForceCommand',
    ],
  ])('that a forced command stands for is told so: %s', async (_what, command, expected, cure) => {
    const forced = await started([`ForceCommand ${command}`])
    const problem = await problemOf(contact(target({ port: forced.port }), 1).made)
    expect(problem).toMatchObject({ code: 'ssh.shell_unusable', ...expected })
    const { what, next } = describeProblem(problem)
    expect(next).toContain(cure)
    expect(`${what}${next}`).not.toContain('first_boot')
  })

  it('says which boot of the host it is in', async () => {
    const { made } = contact(target(), 20)
    const { connection } = await made
    const { bootId } = await openShell(connection, 20)
    expect(bootId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/u)
  })
})
