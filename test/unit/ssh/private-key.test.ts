import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { Secret } from '../../../src/model/secret.ts'
import { prepareKey } from '../../../src/ssh/private-key.ts'

// RSA keys are made on a machine that may be busy.
jest.setTimeout(30_000)

const PASSPHRASE = 'correct horse'
const directory = mkdtempSync(join(tmpdir(), 'private-key-'))
afterAll(() => rmSync(directory, { recursive: true }))

let made = 0
function freshPath(): string {
  made += 1
  return join(directory, `key-${made}`)
}

function sshKeygen(...options: readonly string[]): string {
  const path = freshPath()
  // Two rounds of the key derivation instead of 24: its strength is not what is tested.
  execFileSync('ssh-keygen', ['-q', '-a', '2', '-f', path, '-C', 'someone', ...options])
  return readFileSync(path, 'utf8')
}

function openssl(...options: readonly string[]): string {
  const path = freshPath()
  execFileSync('openssl', [...options, '-out', path], { stdio: 'ignore' })
  return readFileSync(path, 'utf8')
}

function outcomeOf(text: string, passphrase?: string): string {
  const preparation = prepareKey(
    new Secret(text),
    passphrase === undefined ? undefined : new Secret(passphrase),
  )
  return preparation.kind === 'usable' ? preparation.key.keyType : preparation.reason
}

describe('prepareKey accepts', () => {
  it.each([
    ['OpenSSH Ed25519', ['-t', 'ed25519', '-N', ''], 'ssh-ed25519'],
    ['OpenSSH RSA', ['-t', 'rsa', '-b', '2048', '-N', ''], 'ssh-rsa'],
    ['OpenSSH ECDSA', ['-t', 'ecdsa', '-b', '521', '-N', ''], 'ecdsa-sha2-nistp521'],
    ['PEM RSA', ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM'], 'ssh-rsa'],
    ['PEM EC', ['-t', 'ecdsa', '-N', '', '-m', 'PEM'], 'ecdsa-sha2-nistp256'],
    ['PKCS#8 RSA', ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PKCS8'], 'ssh-rsa'],
    ['PKCS#8 EC', ['-t', 'ecdsa', '-b', '384', '-N', '', '-m', 'PKCS8'], 'ecdsa-sha2-nistp384'],
  ])('%s', (_what, options, keyType) => {
    expect(outcomeOf(sshKeygen(...options))).toBe(keyType)
  })

  it.each([
    ['OpenSSH', []],
    ['PEM', ['-m', 'PEM']],
    ['PKCS#8', ['-m', 'PKCS8']],
  ])('%s with its passphrase, and tells a missing one from a wrong one', (_format, format) => {
    const text = sshKeygen('-t', 'rsa', '-b', '2048', '-N', PASSPHRASE, ...format)
    expect(outcomeOf(text, PASSPHRASE)).toBe('ssh-rsa')
    expect(outcomeOf(text, 'wrong')).toBe('passphrase-wrong')
    expect(outcomeOf(text)).toBe('passphrase-missing')
    expect(outcomeOf(text, '')).toBe('passphrase-missing')
    expect(outcomeOf(text.trim().replaceAll('\n', ' '), PASSPHRASE)).toBe('ssh-rsa')
  })

  it.each(['3des-cbc', 'aes128-cbc', 'aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'])(
    'OpenSSH encrypted with %s, and tells a missing passphrase from a wrong one',
    (cipher) => {
      const text = sshKeygen('-t', 'ed25519', '-N', PASSPHRASE, '-Z', cipher)
      expect(
        [text, text, text].map((one, at) => outcomeOf(one, [PASSPHRASE, 'wrong', undefined][at])),
      ).toEqual(['ssh-ed25519', 'passphrase-wrong', 'passphrase-missing'])
    },
  )

  it.each([
    ['aes256', ['-v2', 'aes256']],
    ['3DES', ['-v2', 'des3']],
    ['scrypt', ['-scrypt']],
    ['PBE-SHA1-3DES', ['-v1', 'PBE-SHA1-3DES']],
  ])('PKCS#8 encrypted with %s, and tells a wrong passphrase', (_name, how) => {
    const plain = freshPath()
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', plain])
    const text = openssl('pkcs8', '-topk8', '-in', plain, '-passout', `pass:${PASSPHRASE}`, ...how)
    expect(outcomeOf(text, PASSPHRASE)).toBe('ssh-ed25519')
    expect(outcomeOf(text, 'wrong')).toBe('passphrase-wrong')
  })

  it('the Ed25519 key that openssl writes, as the same key', () => {
    const text = openssl('genpkey', '-algorithm', 'ed25519')
    expect(outcomeOf(text)).toBe('ssh-ed25519')
    expect(outcomeOf(text.trim().replaceAll('\n', ' '))).toBe('ssh-ed25519')
    const prepared = prepareKey(new Secret(text))
    if (prepared.kind !== 'usable') throw new Error('not usable')
    const jwk = createPublicKey(createPrivateKey(text)).export({ format: 'jwk' })
    const blob = prepared.key.reveal().getPublicSSH()
    expect(blob.subarray(-32).toString('base64url')).toBe(jwk.x)
  })

  it('a key without passphrase although one was given', () => {
    expect(outcomeOf(sshKeygen('-t', 'ed25519', '-N', ''), PASSPHRASE)).toBe('ssh-ed25519')
  })

  it('the key that openssl writes after its EC parameters', () => {
    expect(outcomeOf(openssl('ecparam', '-name', 'prime256v1', '-genkey'))).toBe('ecdsa-sha2-nistp256')
  })
})

describe('prepareKey repairs', () => {
  let ed25519 = ''
  beforeAll(() => {
    ed25519 = sshKeygen('-t', 'ed25519', '-N', '')
  })

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['lone CR', (text: string) => text.replaceAll('\n', '\r')],
    ['a missing final newline', (text: string) => text.trimEnd()],
    [
      'white space around it and before each line',
      (text: string) => `\n\t ${text.replaceAll('\n', '\n  ')} `,
    ],
    ['literal \\n', (text: string) => text.replaceAll('\n', '\\n')],
    ['literal \\r\\n', (text: string) => text.replaceAll('\n', '\\r\\n')],
    ['spaces for newlines', (text: string) => text.replaceAll('\n', ' ')],
    ['no newlines at all', (text: string) => text.replaceAll('\n', '')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
  ])('%s', (_what, damage) => {
    expect(outcomeOf(damage(ed25519))).toBe('ssh-ed25519')
  })
})

describe('prepareKey refuses', () => {
  it.each([
    ['nothing', '', 'not-a-private-key'],
    ['prose', 'my key is in the vault', 'not-a-private-key'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'not-a-private-key'],
    ['an OpenSSH public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me', 'public-key-given'],
    ['a PEM public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'public-key-given'],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', 'unsupported'],
    [
      'other bytes',
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${'QUJD'.repeat(30)}\n-----END OPENSSH PRIVATE KEY-----`,
      'not-a-private-key',
    ],
    [
      'other bytes as EC',
      `-----BEGIN EC PRIVATE KEY-----\n${'QUJD'.repeat(30)}\n-----END EC PRIVATE KEY-----`,
      'not-a-private-key',
    ],
    [
      'other bytes as PKCS#8',
      `-----BEGIN PRIVATE KEY-----\n${'QUJD'.repeat(30)}\n-----END PRIVATE KEY-----`,
      'not-a-private-key',
    ],
  ])('%s', (_what, text, reason) => {
    expect(outcomeOf(text)).toBe(reason)
  })

  describe('an encryption that cannot be undone here, whatever the passphrase:', () => {
    const LEGACY = ['-provider', 'legacy', '-provider', 'default']
    const given = ['-passout', `pass:${PASSPHRASE}`]
    const rsa = () => {
      const path = freshPath()
      execFileSync('openssl', ['genrsa', '-traditional', '-out', path, '2048'], { stdio: 'ignore' })
      return path
    }

    it.each<readonly [string, () => string, string]>([
      [
        'OpenSSH with ChaCha20',
        () => sshKeygen('-t', 'ed25519', '-N', PASSPHRASE, '-Z', 'chacha20-poly1305@openssh.com'),
        'chacha20-poly1305@openssh.com',
      ],
      [
        'PEM with DES',
        () => openssl('rsa', '-in', rsa(), '-traditional', '-des', ...given, ...LEGACY),
        'DES-CBC',
      ],
      [
        'PEM with Camellia',
        () => openssl('rsa', '-in', rsa(), '-traditional', '-camellia256', ...given),
        'CAMELLIA-256-CBC',
      ],
      [
        'PKCS#8 with MD5 and DES',
        () => openssl('pkcs8', '-topk8', '-in', rsa(), '-v1', 'PBE-MD5-DES', ...given, ...LEGACY),
        'an algorithm of old times',
      ],
      [
        'PKCS#8 with RC2',
        () => openssl('pkcs8', '-topk8', '-in', rsa(), '-v2', 'rc2', ...given, ...LEGACY),
        'an algorithm of old times',
      ],
    ])('%s', (_what, make, detail) => {
      const text = make()
      for (const passphrase of [PASSPHRASE, 'wrong']) {
        expect(prepareKey(new Secret(text), new Secret(passphrase))).toEqual({
          kind: 'unusable',
          reason: 'encryption-unsupported',
          detail,
        })
      }
    })
  })

  it('types and formats that ssh2 cannot use', () => {
    for (const algorithm of ['ed448', 'x25519']) {
      expect(outcomeOf(openssl('genpkey', '-algorithm', algorithm))).toBe('unsupported')
    }
    expect(outcomeOf(sshKeygen('-t', 'dsa', '-N', ''))).toBe('unsupported')
  })

  it('a key of which any part is missing, without ever showing any of it', () => {
    const text = sshKeygen('-t', 'ed25519', '-N', '')
    const material = text.split('\n').slice(1, -2).join('')
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: 40 }), (at, length) => {
        const damaged = text.slice(0, at) + text.slice(at + length)
        const preparation = prepareKey(new Secret(damaged))
        const shown = inspect(preparation, { depth: 9, showHidden: true })
        for (let start = 0; start + 8 <= material.length; start += 4) {
          expect(shown).not.toContain(material.slice(start, start + 8))
        }
      }),
    )
  })
})

it('a prepared key does not show itself', () => {
  const preparation = prepareKey(new Secret(sshKeygen('-t', 'ed25519', '-N', '')))
  expect(inspect(preparation, { depth: 9, showHidden: true })).toContain('PreparedKey(ssh-ed25519)')
  expect(JSON.stringify(preparation)).toBe('{"kind":"usable","key":{}}')
})
