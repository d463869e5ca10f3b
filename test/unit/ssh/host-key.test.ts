import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fingerprintOf, hostKeyCheck } from '../../../src/ssh/host-key.ts'

interface TestKey {
  readonly type: string
  readonly base64: string
  readonly blob: Buffer
  readonly fingerprint: string
}

const directory = mkdtempSync(join(tmpdir(), 'host-key-'))
let ed25519: TestKey
let ecdsa: TestKey
let rsa: TestKey

function makeKey(type: string): TestKey {
  const path = join(directory, type)
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path])
  const [keyType = '', base64 = ''] = readFileSync(`${path}.pub`, 'utf8').split(' ')
  const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).split(' ')
  return { type: keyType, base64, blob: Buffer.from(base64, 'base64'), fingerprint }
}

beforeAll(() => {
  ed25519 = makeKey('ed25519')
  ecdsa = makeKey('ecdsa')
  rsa = makeKey('rsa')
})
afterAll(() => rmSync(directory, { recursive: true }))

const knownHosts = (...lines: string[]) => ({ kind: 'known-hosts', text: lines.join('\n') }) as const

const HOST = { hop: 'host', host: 'host', port: 22 } as const
const OTHER_PORT = { hop: 'host', host: 'Host', port: 2222 } as const

describe('hostKeyCheck', () => {
  it('accepts the key of known_hosts, one of several, and no other', () => {
    const policy = knownHosts(`host ${ed25519.type} ${ed25519.base64}`, `host ${rsa.type} ${rsa.base64}`)
    const check = hostKeyCheck(policy, HOST)
    expect(check.judge(ed25519.blob)).toEqual({ kind: 'accepted' })
    expect(check.judge(rsa.blob)).toEqual({ kind: 'accepted' })
    expect(check.judge(ecdsa.blob)).toEqual({
      kind: 'refused',
      problem: {
        code: 'ssh.host_key_changed',
        hop: 'host',
        host: 'host',
        port: 22,
        keyType: 'ecdsa-sha2-nistp256',
        fingerprint: ecdsa.fingerprint,
        expectedFingerprints: [ed25519.fingerprint, rsa.fingerprint],
        acceptLine: `host ${ecdsa.type} ${ecdsa.base64}`,
      },
    })
  })

  it.each([
    ['no policy', { kind: 'none' }],
    ['no fingerprint', { kind: 'fingerprints', sha256: [] }],
    ['no entry', { kind: 'known-hosts', text: '' }],
  ] as const)('with %s, names the line that would accept the key, and that line does', (_what, policy) => {
    const verdict = hostKeyCheck(policy, OTHER_PORT).judge(ed25519.blob)
    const acceptLine = `[host]:2222 ${ed25519.type} ${ed25519.base64}`
    expect(verdict).toMatchObject({
      kind: 'refused',
      problem: { code: 'ssh.host_key_unknown', fingerprint: ed25519.fingerprint, acceptLine },
    })
    expect(hostKeyCheck(knownHosts(acceptLine), OTHER_PORT).judge(ed25519.blob).kind).toBe('accepted')
  })

  it('accepts a fingerprint, padded or not', () => {
    for (const sha256 of [ed25519.fingerprint, `${ed25519.fingerprint}=`]) {
      const check = hostKeyCheck({ kind: 'fingerprints', sha256: ['SHA256:other', sha256] }, HOST)
      expect(check.judge(ed25519.blob).kind).toBe('accepted')
      expect(check.judge(rsa.blob)).toMatchObject({ problem: { code: 'ssh.host_key_changed' } })
    }
  })

  it('refuses a revoked key even if another line accepts it', () => {
    const key = `${ed25519.type} ${ed25519.base64}`
    const verdict = hostKeyCheck(knownHosts(`host ${key}`, `@revoked * ${key}`), HOST).judge(ed25519.blob)
    expect(verdict).toMatchObject({ kind: 'refused', problem: { code: 'ssh.host_key_revoked' } })
  })

  it('asks for the key types that are known first, RSA with SHA-2 only', () => {
    const policy = knownHosts(`host ${rsa.type} ${rsa.base64}`, `other ${ed25519.type} ${ed25519.base64}`)
    const { algorithms } = hostKeyCheck(policy, HOST)
    expect(algorithms.slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519'])
    expect(algorithms).not.toContain('ssh-rsa')
    expect(new Set(algorithms).size).toBe(6)
  })
})

it('fingerprintOf prints what ssh-keygen -l prints', () => {
  for (const key of [ed25519, ecdsa, rsa]) expect(fingerprintOf(key.blob)).toBe(key.fingerprint)
})
