import type { Secret } from '../model/secret.ts'

/**
 * How the server's host key is judged. `fingerprints`: as `ssh-keygen -lf` prints them, `SHA256:…`.
 * `none`: refused in any case, once the handshake has shown the key, so that the refusal can name it.
 */
export type HostKeyPolicy =
  | { readonly kind: 'known-hosts'; readonly text: string }
  | { readonly kind: 'fingerprints'; readonly sha256: readonly string[] }
  | { readonly kind: 'none' }

/** One SSH server and the account on it. */
export interface SshServer {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly privateKey: Secret
  readonly passphrase?: Secret
  readonly hostKeys: HostKeyPolicy
}

/** The way to a server: straight, or through another one that forwards the connection. */
export type SshRoute =
  | { readonly kind: 'direct' }
  | { readonly kind: 'through-bastion'; readonly bastion: SshServer }

/** A server and how to get there. */
export interface SshTarget extends SshServer {
  readonly route: SshRoute
  /** Bounds everything until the login has worked: name lookup, TCP, handshake, authentication, every hop. */
  readonly connectTimeoutSeconds: number
}
