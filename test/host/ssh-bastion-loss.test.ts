import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { SshConnection } from '../../src/model/connection.ts'
import { connect, type Keepalive } from '../../src/ssh/connection.ts'
import { outputOf, problemOf, TwoHops } from '../support/sshd/two-hops.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(30_000)

let hops: TwoHops
const connections: SshConnection[] = []

beforeAll(async () => {
  hops = await TwoHops.start()
})
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})
afterAll(() => hops.stop())

async function connected(keepalive?: Keepalive): Promise<SshConnection> {
  const connection = await connect(hops.target(), keepalive)
  connections.push(connection)
  return connection
}

describe('a link that dies', () => {
  it('is told when the sshd of the host is killed', async () => {
    const connection = await connected()
    const session = Number(await outputOf(connection, 'echo $PPID'))
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGKILL')
    expect(await channel.ended).toEqual({ kind: 'lost', detail: 'the server closed the connection' })
    expect(await connection.lost).toEqual({ detail: 'the server closed the connection' })
  })

  it('is told when the sshd of the bastion is killed, and that it was the bastion', async () => {
    const connection = await connected()
    const session = hops.bastion.newestSession()
    const channel = await connection.open('exec cat')
    process.kill(session, 'SIGKILL')
    const { detail } = await connection.lost
    expect(detail).toMatch(/^the connection to the bastion: /)
    expect(await channel.ended).toEqual({ kind: 'lost', detail })
    expect(await problemOf(connection.open('true'))).toMatchObject({ code: 'ssh.lost', detail })
  })

  it.each([
    ['bastion', async () => hops.bastion.newestSession(), 'the connection to the bastion: Keepalive timeout'],
    [
      'host',
      async (connection: SshConnection) => Number(await outputOf(connection, 'echo $PPID')),
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
    const session = hops.bastion.newestSession()
    process.kill(session, 'SIGSTOP')
    await connection.close()
    process.kill(session, 'SIGKILL')
  })
})

it('both connections are closed, and the process ends by itself, whatever happened', async () => {
  const script = join(hops.keys.directory, 'exits.ts')
  const source = (name: string) => JSON.stringify(join(process.cwd(), 'src', name))
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs'
     import { connect } from ${source('ssh/connection.ts')}
     import { Secret } from ${source('model/secret.ts')}
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
  const before = hops.bastion.log().length
  const running = promisify(execFile)(process.execPath, [script], { timeout: 20_000 })
  const { route, privateKey, ...rest } = hops.target()
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
  const seen = hops.bastion.log().slice(before)
  expect(seen.split('Accepted publickey').length - 1).toBe(5)
})
