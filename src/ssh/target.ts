import type { Secret } from '../secret.ts'

/**
 * How the server's host key is judged. `fingerprints`: as `ssh-keygen -lf` prints them, `SHA256:…`.
 * `none`: refused in any case, once the handshake has shown the key, so that the refusal can name it.
 */
export type HostKeyPolicy =
  | { readonly kind: 'known-hosts'; readonly text: string }
  | { readonly kind: 'fingerprints'; readonly sha256: readonly string[] }
  | { readonly kind: 'none' }

/** One SSH server and the account on it. */
export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly privateKey: Secret
  readonly passphrase?: Secret
  readonly hostKeys: HostKeyPolicy
  /** Bounds name lookup, TCP, handshake and authentication together. */
  readonly connectTimeoutSeconds: number
}
