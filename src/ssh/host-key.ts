import { createHash } from 'node:crypto'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import type { SshProblem } from '../model/problem.ts'
import {
  type KnownKeys,
  knownHostsName,
  knownKeysFor,
  parseKnownHosts,
  type ServerName,
} from './known-hosts.ts'
import type { HostKeyPolicy } from './target.ts'

export type HostKeyVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly problem: SshProblem }

/** A policy made ready for one server. */
export interface HostKeyCheck {
  /** Host key algorithms to offer, those of keys we know first, so that the server shows such a key. */
  readonly algorithms: ServerHostKeyAlgorithm[]
  /** Judges the raw key of the handshake; pure, so a key exchange later on is judged the same way. */
  judge(key: Buffer): HostKeyVerdict
}

/** Everything ssh2 can verify but SHA-1 signatures and DSA, in ssh2's own order of preference. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/**
 * Prepares a policy for one server, before any connection is made.
 * @throws DeployError `ssh.known_hosts_invalid`
 */
export function hostKeyCheck(policy: HostKeyPolicy, server: ServerName): HostKeyCheck {
  const { hop, host, port } = server
  const trusted = trustedKeys(policy, server)
  return {
    algorithms: preferredAlgorithms(trusted.keyTypes),
    judge: (key) => {
      const fingerprint = fingerprintOf(key)
      const shown = { hop, host, port, keyType: keyTypeOf(key), fingerprint }
      if (trusted.revoked.has(fingerprint)) {
        return { kind: 'refused', problem: { code: 'ssh.host_key_revoked', ...shown } }
      }
      if (trusted.accepted.has(fingerprint)) return { kind: 'accepted' }
      const acceptLine = `${knownHostsName(host, port)} ${shown.keyType} ${key.toString('base64')}`
      if (trusted.accepted.size === 0) {
        return { kind: 'refused', problem: { code: 'ssh.host_key_unknown', ...shown, acceptLine } }
      }
      const expectedFingerprints = [...trusted.accepted]
      return {
        kind: 'refused',
        problem: { code: 'ssh.host_key_changed', ...shown, expectedFingerprints, acceptLine },
      }
    },
  }
}

/** `SHA256:` and the unpadded base64 digest of the raw key, as `ssh-keygen -lf` prints it. */
export function fingerprintOf(key: Buffer): string {
  return unpadded(`SHA256:${createHash('sha256').update(key).digest('base64')}`)
}

/** Sets of fingerprints: equal SHA-256 digests mean equal keys. */
interface TrustedKeys {
  readonly accepted: ReadonlySet<string>
  readonly revoked: ReadonlySet<string>
  readonly keyTypes: readonly string[]
}

function trustedKeys(policy: HostKeyPolicy, server: ServerName): TrustedKeys {
  switch (policy.kind) {
    case 'none':
      return { accepted: new Set(), revoked: new Set(), keyTypes: [] }
    case 'fingerprints':
      return { accepted: new Set(policy.sha256.map(unpadded)), revoked: new Set(), keyTypes: [] }
    case 'known-hosts':
      return fingerprintsOf(knownKeysFor(parseKnownHosts(policy.text, server.hop), server))
  }
}

function fingerprintsOf({ known, revoked }: KnownKeys): TrustedKeys {
  return {
    accepted: new Set(known.map((key) => fingerprintOf(key.blob))),
    revoked: new Set(revoked.map((key) => fingerprintOf(key.blob))),
    keyTypes: known.map((key) => key.keyType),
  }
}

function preferredAlgorithms(keyTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm) =>
    keyTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))]
}

function keyTypeOf(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0))
}

function unpadded(fingerprint: string): string {
  return fingerprint.trim().replace(/=+$/, '')
}
