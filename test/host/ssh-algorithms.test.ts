import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Secret } from '../../src/model/secret.ts'
import { describeProblem } from '../../src/output/messages/problem.ts'
import { connect } from '../../src/ssh/connection.ts'
import { account, KeyRing, LOOPBACK, type Sshd, startSshd } from '../support/sshd/sshd.ts'
import { problemOf } from '../support/sshd/two-hops.ts'

// Real processes on a machine that may be busy.
jest.setTimeout(30_000)

const keys = new KeyRing()
const servers: Sshd[] = []

beforeAll(() => {
  keys.make('host_ed25519', 'ed25519')
  keys.make('host_rsa', 'rsa', '-b', '2048')
  keys.make('user', 'ed25519')
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})
afterAll(() => {
  keys.dispose()
})

async function started(config: readonly string[], authorized = 'user'): Promise<Sshd> {
  const server = await startSshd(keys, {
    hostKeys: ['host_ed25519', 'host_rsa'],
    authorized: [authorized],
    config,
  })
  servers.push(server)
  return server
}

function connecting(port: number, privateKey: string) {
  return connect({
    host: LOOPBACK,
    port,
    username: account,
    privateKey: new Secret(privateKey),
    hostKeys: { kind: 'known-hosts', text: `[${LOOPBACK}]:${port} ${keys.publicText('host_ed25519')}` },
    route: { kind: 'direct' },
    connectTimeoutSeconds: 20,
  })
}

describe('an sshd that offers nothing of a kind that the library here has', () => {
  it.each<readonly [string, readonly string[], string, readonly string[], string]>([
    [
      'only post-quantum key exchanges',
      ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
      'key-exchange',
      ['sntrup761x25519-sha512@openssh.com'],
      'append ,curve25519-sha256 to the line KexAlgorithms',
    ],
    [
      'only host keys signed with SHA-1',
      ['HostKeyAlgorithms ssh-rsa'],
      'host-key',
      ['ssh-rsa'],
      'append ,ssh-ed25519 to the line HostKeyAlgorithms',
    ],
    ['an old cipher', ['Ciphers 3des-cbc'], 'cipher', ['3des-cbc'], 'aes256-gcm@openssh.com'],
    [
      'other authentication codes',
      ['Ciphers aes256-ctr', 'MACs umac-64@openssh.com,umac-128@openssh.com'],
      'mac',
      ['umac-64@openssh.com', 'umac-128@openssh.com'],
      'hmac-sha2-256-etm@openssh.com',
    ],
  ])('is told with what it offers, and what to add: %s', async (_what, config, kind, offered, cure) => {
    const { port } = await started(config)
    const problem = await problemOf(connecting(port, keys.privateText('user')))
    expect(problem).toEqual({
      code: 'ssh.no_common_algorithm',
      hop: 'host',
      host: LOOPBACK,
      port,
      kind,
      offered,
    })
    const { what, next } = describeProblem(problem)
    expect(what).toContain(offered.join(', '))
    expect(next).toContain(cure)
  })

  it('accepts the client once what was named was added', async () => {
    const { port } = await started(['KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256'])
    const connection = await connecting(port, keys.privateText('user'))
    await connection.close()
  })
})

describe('a login', () => {
  it('works with the Ed25519 key that openssl writes', async () => {
    const path = keys.path('pkcs8')
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path])
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('BEGIN PRIVATE KEY')
    const der = execFileSync('openssl', ['pkey', '-in', path, '-pubout', '-outform', 'DER'])
    const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), der.subarray(-32)])
    writeFileSync(`${path}.pub`, `ssh-ed25519 ${blob.toString('base64')} somebody\n`)
    const server = await started([], 'pkcs8')
    const connection = await connecting(server.port, text)
    await connection.close()
    expect(server.log()).toContain('Accepted publickey')
  })

  it('that needs more than the key is told so, and not as a key that was refused', async () => {
    const { port } = await started([
      'AuthenticationMethods publickey,keyboard-interactive',
      'KbdInteractiveAuthentication yes',
      'UsePAM yes',
    ])
    const problem = await problemOf(connecting(port, keys.privateText('user')))
    expect(problem).toMatchObject({
      code: 'ssh.authentication_failed',
      detail: 'it took the key, and asks for more: keyboard-interactive',
      reason: 'more-asked',
    })
    const { what, next } = describeProblem(problem)
    expect(what).toContain(`does not let the user ${account} in with the private key alone`)
    expect(next).toContain('Exempt this user from the second factor')
    expect(next).not.toContain('public half')
  })

  it.each([
    ['PubkeyAuthentication no', ['PubkeyAuthentication no', 'PasswordAuthentication yes'], 'password'],
    [
      'a second factor first',
      ['AuthenticationMethods password,publickey', 'PasswordAuthentication yes'],
      'password',
    ],
  ])('that takes no keys is told so, and not as a key that was refused: %s', async (_how, config, taken) => {
    const { port } = await started(config)
    const problem = await problemOf(connecting(port, keys.privateText('user')))
    expect(problem).toMatchObject({
      code: 'ssh.authentication_failed',
      detail: `the server takes: ${taken}`,
      reason: 'keys-not-taken',
    })
    const { what, next } = describeProblem(problem)
    expect(what).toContain(`accepts no private key at the login of the user ${account}`)
    expect(next).toContain('PubkeyAuthentication yes')
    expect(next).not.toContain('public half')
  })

  it('that is refused is told with what the server says to whoever logs in', async () => {
    const banner = keys.path('banner')
    writeFileSync(banner, `${'law '.repeat(1000)}\nThe system is going down for maintenance.\n`)
    const { port } = await started([`Banner ${banner}`], 'host_rsa')
    expect(await problemOf(connecting(port, keys.privateText('user')))).toMatchObject({
      code: 'ssh.authentication_failed',
      detail: expect.stringMatching(/^the server takes: publickey; it says: .*down for maintenance\.$/su),
    })
  })
})
