import { createHmac, timingSafeEqual } from 'node:crypto'
import { DeployError, type Hop } from '../model/problem.ts'

/** A public key as known_hosts holds it. */
export interface KnownKey {
  readonly keyType: string
  /** The SSH wire form: what the base64 text of known_hosts and the server's handshake both carry. */
  readonly blob: Buffer
}

export interface KnownHostsEntry extends KnownKey {
  /** Counted from 1. */
  readonly line: number
  readonly mark: 'none' | 'revoked' | 'cert-authority'
  /** The first field: patterns, or one hashed name. */
  readonly hosts: string
}

/** A server as it was asked for; `hop` says what it is to us. */
export interface ServerName {
  readonly hop: Hop
  readonly host: string
  readonly port: number
}

/** What known_hosts says about one host. */
export interface KnownKeys {
  readonly known: readonly KnownKey[]
  readonly revoked: readonly KnownKey[]
}

/**
 * Reads the text of a known_hosts file (format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
 * @throws DeployError `ssh.known_hosts_invalid` with the number of the first line that is no entry
 */
export function parseKnownHosts(text: string, hop: Hop): readonly KnownHostsEntry[] {
  return text.split(/\r\n|\r|\n/).flatMap((raw, index) => {
    const content = raw.trim()
    return content === '' || content.startsWith('#') ? [] : [parseEntry(content, { hop, line: index + 1 })]
  })
}

/**
 * The keys that the entries hold for this host.
 * @throws DeployError `ssh.known_hosts_invalid` when a certificate authority is named for it: ssh2 offers no
 *   certificate algorithms, so such an entry could never be honoured
 */
export function knownKeysFor(
  entries: readonly KnownHostsEntry[],
  { hop, host, port }: ServerName,
): KnownKeys {
  const name = knownHostsName(host, port)
  const matching = entries.filter((entry) => matchesHost(entry.hosts, name))
  const authority = matching.find((entry) => entry.mark === 'cert-authority')
  if (authority !== undefined) {
    throw invalid(
      { hop, line: authority.line },
      `it trusts a certificate authority for ${name}, and the SSH library of this action takes no host certificates; put a line with the server's own host key in its place`,
    )
  }
  return {
    known: matching.filter((entry) => entry.mark === 'none'),
    revoked: matching.filter((entry) => entry.mark === 'revoked'),
  }
}

/** The name under which known_hosts lists a server: `[host]:port` unless the port is 22. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** Whether the first field of an entry names this host, as {@link knownHostsName} gives it. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  const negated = patterns.filter((pattern) => pattern.startsWith('!'))
  if (negated.some((pattern) => matchesPattern(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name))
}

/** Where a mistake is: in whose known_hosts text, and in which line of it. */
interface Place {
  readonly hop: Hop
  readonly line: number
}

function parseEntry(content: string, place: Place): KnownHostsEntry {
  const fields = content.split(/[ \t]+/)
  const mark = fields[0]?.startsWith('@') ? parseMark(fields.shift() ?? '', place) : 'none'
  const [hosts = '', keyType = '', base64 = ''] = fields
  if (base64 === '') throw invalid(place, 'expected: host, key type, key')
  if (hosts.startsWith('|') && !HASHED_NAME.test(hosts))
    throw invalid(place, 'the hashed host name is damaged')
  const blob = Buffer.from(base64, 'base64')
  if (blob.toString('base64') !== base64) throw invalid(place, 'the key is not whole base64 text')
  const fieldsOfKey = sshStrings(blob)
  if (fieldsOfKey.length < 2) throw invalid(place, 'the key is truncated or damaged')
  if (fieldsOfKey[0]?.toString('latin1') !== keyType) {
    throw invalid(place, 'the key is not of the type that the line names')
  }
  return { line: place.line, mark, hosts, keyType, blob }
}

function parseMark(word: string, place: Place): 'revoked' | 'cert-authority' {
  if (word === '@revoked') return 'revoked'
  if (word === '@cert-authority') return 'cert-authority'
  throw invalid(place, 'expected @revoked or @cert-authority after the "@"')
}

/** The length-prefixed strings (RFC 4251 section 5) that the bytes consist of; none if they do not end with one. */
function sshStrings(bytes: Buffer): readonly Buffer[] {
  const strings: Buffer[] = []
  let at = 0
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return []
    strings.push(bytes.subarray(at + 4, end))
    at = end
  }
  return at === bytes.length ? strings : []
}

const HASHED_NAME = /^\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)$/

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as key, both base64 (HashKnownHosts of ssh_config(5)). */
function matchesHash(hashed: string, name: string): boolean {
  const [, salt = '', hash = ''] = HASHED_NAME.exec(hashed) ?? []
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${source}$`, 's').test(name)
}

function invalid(place: Place, detail: string): DeployError {
  return new DeployError({ code: 'ssh.known_hosts_invalid', ...place, detail })
}
