import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { SshConnection } from '../../src/model/connection.ts'
import { DeployError, type Problem } from '../../src/model/problem.ts'
import { Secret } from '../../src/model/secret.ts'
import { connect } from '../../src/ssh/connection.ts'
import type { SshTarget } from '../../src/ssh/target.ts'
import { account, KeyRing, LOOPBACK, type Sshd, startSshd } from '../support/sshd/sshd.ts'

jest.setTimeout(30_000)

const keys = new KeyRing()
const connections: SshConnection[] = []
let sshd: Sshd

/** A server of today: signatures with SHA-1 are accepted nowhere in it. */
const ONLY_SHA2 = 'rsa-sha2-512,rsa-sha2-256,ssh-ed25519,ecdsa-sha2-nistp256'

beforeAll(async () => {
  keys.make('host_ed25519', 'ed25519')
  keys.make('host_rsa', 'rsa', '-b', '2048')
  keys.make('stranger', 'ed25519')
  keys.make('rsa_openssh', 'rsa', '-b', '2048')
  keys.make('rsa_pem', 'rsa', '-b', '2048', '-m', 'PEM')
  keys.make('rsa_pkcs8', 'rsa', '-b', '3072', '-m', 'PKCS8')
  keys.make('rsa_locked', 'rsa', '-b', '2048', '-N', 'pass phrase')
  keys.make('ecdsa', 'ecdsa', '-m', 'PEM')
  sshd = await startSshd(keys, {
    hostKeys: ['host_ed25519', 'host_rsa'],
    authorized: ['rsa_openssh', 'rsa_pem', 'rsa_pkcs8', 'rsa_locked', 'ecdsa'],
    config: [`PubkeyAcceptedAlgorithms ${ONLY_SHA2}`, `HostKeyAlgorithms ${ONLY_SHA2}`],
  })
})
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})
afterAll(async () => {
  await sshd.stop()
  keys.dispose()
})

async function connected(changes: Partial<SshTarget>): Promise<SshConnection> {
  const connection = await connect({
    host: LOOPBACK,
    port: sshd.port,
    username: account,
    privateKey: new Secret(keys.privateText('rsa_openssh')),
    hostKeys: knownHosts(`${here()} ${keys.publicText('host_ed25519')}`),
    route: { kind: 'direct' },
    connectTimeoutSeconds: 20,
    ...changes,
  })
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

const here = () => `[${LOOPBACK}]:${sshd.port}`
const knownHosts = (...lines: readonly string[]) => ({ kind: 'known-hosts', text: lines.join('\n') }) as const

describe('a user key, at a server that takes no SHA-1 signature,', () => {
  it.each([
    ['rsa_openssh', '-----BEGIN OPENSSH PRIVATE KEY-----', /RSA SHA256/],
    ['rsa_pem', '-----BEGIN RSA PRIVATE KEY-----', /RSA SHA256/],
    ['rsa_pkcs8', '-----BEGIN PRIVATE KEY-----', /RSA SHA256/],
    ['ecdsa', '-----BEGIN EC PRIVATE KEY-----', /ECDSA SHA256/],
  ])('%s is accepted', async (name, firstLine, accepted) => {
    expect(keys.privateText(name)).toContain(firstLine)
    const before = sshd.log().length
    await connected({ privateKey: new Secret(keys.privateText(name)) })
    expect(await sshd.logged('Accepted publickey', before)).toMatch(accepted)
    expect(sshd.log().slice(before)).not.toContain('signature algorithm ssh-rsa not in')
  })

  it('that is RSA and has a passphrase is accepted', async () => {
    await connected({
      privateKey: new Secret(keys.privateText('rsa_locked')),
      passphrase: new Secret('pass phrase'),
    })
  })
})

describe('known_hosts', () => {
  const ed25519 = () => keys.publicText('host_ed25519')
  const stranger = () => keys.publicText('stranger')

  /** As `ssh-keygen -H` writes it. */
  function hashed(line: string): string {
    const file = keys.path('to-hash')
    writeFileSync(file, `${line}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    return readFileSync(file, 'utf8').trim()
  }

  it.each<readonly [string, () => readonly string[]]>([
    ['in one of several lines', () => [`${here()} ${stranger()}`, '# ours', `${here()} ${ed25519()}`]],
    ['under a hashed name', () => [hashed(`${here()} ${ed25519()}`)]],
    ['under a wildcard', () => [`[127.0.0.*]:${sshd.port} ${ed25519()}`]],
    ['among several names', () => [`other.example,${here()} ${ed25519()}`]],
    ['as its RSA key alone, signed with SHA-2', () => [`${here()} ${keys.publicText('host_rsa')}`]],
    ['beside a revoked key of somebody else', () => [`@revoked * ${stranger()}`, `${here()} ${ed25519()}`]],
    [
      'beside an authority for other hosts',
      () => [`@cert-authority *.example.com ${stranger()}`, `${here()} ${ed25519()}`],
    ],
  ])('knows the server %s', async (_how, lines) => {
    await connected({ hostKeys: knownHosts(...lines()) })
  })

  it.each<readonly [string, () => readonly string[], Problem['code']]>([
    ['only on another port', () => [`${LOOPBACK} ${ed25519()}`], 'ssh.host_key_unknown'],
    ['and excludes it', () => [`*,!${here()} ${ed25519()}`], 'ssh.host_key_unknown'],
    ['by another key', () => [hashed(`${here()} ${stranger()}`)], 'ssh.host_key_changed'],
    [
      'by a key that is revoked',
      () => [`${here()} ${ed25519()}`, `@revoked ${here()} ${ed25519()}`],
      'ssh.host_key_revoked',
    ],
    [
      'through a certificate authority',
      () => [`@cert-authority ${here()} ${stranger()}`],
      'ssh.known_hosts_invalid',
    ],
  ])('that has the server %s refuses it before the login', async (_how, lines, code) => {
    const before = sshd.log().length
    expect((await problemOf(connected({ hostKeys: knownHosts(...lines()) }))).code).toBe(code)
    expect(sshd.log().slice(before)).not.toContain('userauth-request')
  })
})
