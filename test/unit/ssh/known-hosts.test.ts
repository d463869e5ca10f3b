import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DeployError, type Problem } from '../../../src/model/problem.ts'
import { knownHostsName, knownKeysFor, matchesHost, parseKnownHosts } from '../../../src/ssh/known-hosts.ts'

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIIHUiBmwZdK3k3oHkQXlLAcyq/OGh3r+vUvYfeTBPz9Q'
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIMmUnT2vYxQk3pKrZKLTKPqhz2cNzkTyHpK9nBkhX6Qz'

function problemOf(action: () => unknown): Problem {
  try {
    action()
  } catch (error) {
    if (error instanceof DeployError) return error.problem
    throw error
  }
  throw new Error('nothing was thrown')
}

function linesFor(text: string, host: string, port = 22): readonly number[] {
  const entries = parseKnownHosts(text, 'host')
  const { known } = knownKeysFor(entries, { hop: 'host', host, port })
  return entries.filter((entry) => known.includes(entry)).map((entry) => entry.line)
}

describe('parseKnownHosts', () => {
  it('skips comments and empty lines, keeps line numbers, takes tabs, CRLF and trailing comments', () => {
    const text = `# a comment\r\n\r\n  host\tssh-ed25519  ${ED25519} me@there and more\r\n`
    expect(parseKnownHosts(text, 'host')).toMatchObject([
      { line: 3, mark: 'none', hosts: 'host', keyType: 'ssh-ed25519' },
    ])
  })

  it.each([
    ['two fields', 'host ssh-ed25519'],
    ['a private key pasted by mistake', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['a truncated key', `host ssh-ed25519 ${ED25519.slice(0, -8)}`],
    ['a key that is not base64', `host ssh-ed25519 ${ED25519.slice(0, -4)}!!!!`],
    ['another type than the key has', `host ssh-rsa ${ED25519}`],
    ['an unknown marker', `@trusted host ssh-ed25519 ${ED25519}`],
    ['a damaged hashed name', `|1|abc|def ssh-ed25519 ${ED25519}`],
    ['a protocol 1 key', 'host 2048 65537 1234567890'],
  ])('refuses %s, with the line number', (_what, bad) => {
    const problem = problemOf(() => parseKnownHosts(`host ssh-ed25519 ${ED25519}\n${bad}\n`, 'host'))
    expect(problem).toMatchObject({ code: 'ssh.known_hosts_invalid', line: 2 })
  })

  it('never quotes the text in a problem', () => {
    const problem = problemOf(() => parseKnownHosts('hunter2-value ssh-ed25519', 'host'))
    expect(JSON.stringify(problem)).not.toContain('hunter2')
  })

  it('fails on any text with nothing but its own problem', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseKnownHosts(text, 'host')
        } catch (error) {
          expect(error).toBeInstanceOf(DeployError)
        }
      }),
    )
  })
})

describe('knownKeysFor', () => {
  const at = (host: string) => ({ hop: 'host', host, port: 22 }) as const

  it('finds all keys of a host, and no key of another', () => {
    const text = `a,b ssh-ed25519 ${ED25519}\nb ssh-ed25519 ${OTHER}\nc ssh-ed25519 ${OTHER}\n`
    expect(linesFor(text, 'a')).toEqual([1])
    expect(linesFor(text, 'B')).toEqual([1, 2])
    expect(linesFor(text, 'd')).toEqual([])
  })

  it('keeps a revoked key apart', () => {
    const entries = parseKnownHosts(`* ssh-ed25519 ${ED25519}\n@revoked * ssh-ed25519 ${OTHER}\n`, 'host')
    const keys = knownKeysFor(entries, at('host'))
    expect(keys.known).toHaveLength(1)
    expect(keys.revoked.map((key) => key.blob.toString('base64'))).toEqual([OTHER])
  })

  it('refuses a certificate authority of this host, and ignores that of another', () => {
    const entries = parseKnownHosts(`\n@cert-authority *.example.com ssh-ed25519 ${ED25519}\n`, 'host')
    expect(problemOf(() => knownKeysFor(entries, at('a.example.com')))).toMatchObject({
      code: 'ssh.known_hosts_invalid',
      line: 2,
      detail: expect.stringContaining('takes no host certificates'),
    })
    expect(knownKeysFor(entries, at('a.example.org'))).toEqual({ known: [], revoked: [] })
  })
})

describe('matchesHost agrees with ssh-keygen', () => {
  const directory = mkdtempSync(join(tmpdir(), 'known-hosts-'))
  const file = join(directory, 'known_hosts')
  let publicKey = ''

  beforeAll(() => {
    const key = join(directory, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'comment', '-f', key])
    publicKey = readFileSync(`${key}.pub`, 'utf8').trim()
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  function sshKeygenFinds(hosts: string, name: string): boolean {
    writeFileSync(file, `${hosts} ${publicKey}\n`)
    try {
      return execFileSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' }).includes('found')
    } catch {
      return false
    }
  }

  it.each([
    ['host', 'host', true],
    ['HOST', 'host', true],
    ['host,other', 'other', true],
    ['host', '[host]:2222', false],
    ['[host]:2222', '[host]:2222', true],
    ['[host]:2222', 'host', false],
    ['[*.example.com]:2222', '[a.example.com]:2222', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com,!bad.example.com', 'bad.example.com', false],
    ['!bad.example.com,*.example.com', 'good.example.com', true],
    ['!bad.example.com', 'good.example.com', false],
    ['h?st', 'host', true],
    ['h?st', 'hst', false],
    ['h.st', 'host', false],
    ['*', '::1', true],
    ['10.0.0.*', '10.0.0.7', true],
    ['(a|b)+', 'a', false],
  ])('"%s" and "%s": %s', (hosts, name, expected) => {
    expect(matchesHost(hosts, name)).toBe(expected)
    expect(sshKeygenFinds(hosts, name)).toBe(expected)
  })

  it('reads what ssh-keygen -H hashed', () => {
    const names = ['host.example.com', '10.1.2.3', '[host.example.com]:2222']
    writeFileSync(file, names.map((name) => `${name} ${publicKey}\n`).join(''))
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    const hashed = readFileSync(file, 'utf8')
    expect(hashed).not.toContain('example')
    expect(linesFor(hashed, 'Host.Example.com')).toEqual([1])
    expect(linesFor(hashed, '10.1.2.3')).toEqual([2])
    expect(linesFor(hashed, 'host.example.com', 2222)).toEqual([3])
    expect(linesFor(hashed, '10.1.2.3', 2222)).toEqual([])
  })

  it('names a host as ssh does', () => {
    expect(knownHostsName('Host', 22)).toBe('host')
    expect(knownHostsName('Host', 2222)).toBe('[host]:2222')
  })
})
