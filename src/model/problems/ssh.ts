/** The server that a problem is about: the bastion, or the host of the deployment. */
export type Hop = 'bastion' | 'host'

export type SshProblem =
  | {
      readonly code: 'ssh.private_key_unusable'
      readonly hop: Hop
      readonly reason:
        | 'not-a-private-key'
        | 'public-key-given'
        | 'passphrase-missing'
        | 'passphrase-wrong'
        /** A private key of a type or format that the SSH library does not support. */
        | 'unsupported'
        /** Its encryption is not supported, whatever the passphrase. */
        | 'encryption-unsupported'
      readonly detail: string
    }
  | {
      readonly code: 'ssh.known_hosts_invalid'
      readonly hop: Hop
      readonly line: number
      readonly detail: string
    }
  | {
      readonly code: 'ssh.host_key_unknown'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
      /** The known_hosts line that would accept this key. */
      readonly acceptLine: string
    }
  | {
      readonly code: 'ssh.host_key_changed'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
      readonly expectedFingerprints: readonly string[]
      readonly acceptLine: string
    }
  | {
      readonly code: 'ssh.host_key_revoked'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
    }
  | {
      readonly code: 'ssh.authentication_failed'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly username: string
      readonly reason:
        | 'key-refused'
        /** The server accepted the key and demands more. */
        | 'more-asked'
        /** The server accepts no keys, or none before another method. */
        | 'keys-not-taken'
      readonly detail: string
    }
  /** Server and SSH library have no common algorithm of one kind. */
  | {
      readonly code: 'ssh.no_common_algorithm'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly kind: AlgorithmKind
      /** The offer of the server; empty where it is unknown. */
      readonly offered: readonly string[]
    }
  | TransientSshProblem
  /** Contact was lost, and the action could not reconnect within the lease. */
  | {
      readonly code: 'ssh.not_regained'
      readonly because: TransientSshProblem
      /** How long the action tried to reconnect. */
      readonly seconds: number
      /** Why the last try failed. */
      readonly last: TransientSshProblem
    }

/** The kinds of algorithm on which client and server have to agree. */
export type AlgorithmKind = 'key-exchange' | 'host-key' | 'cipher' | 'mac' | 'compression'

/** Problems that a second try may not meet. */
export type TransientSshProblem =
  | {
      readonly code: 'ssh.unreachable'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly reason:
        | 'name-not-found'
        /** No name server answered. */
        | 'name-lookup'
        | 'refused'
        | 'timeout'
        | 'no-route'
        /** TCP connected; then, before the end of the key exchange, the server sent nothing or ended the connection. */
        | 'silent'
        | 'closed'
        | 'not-ssh'
        | 'handshake'
        /** After the key exchange the login got no answer, or the server ended the connection. */
        | 'login-silent'
        | 'login-closed'
      /** The last output of a server that ended the connection, if any. */
      readonly detail: string
    }
  /** The bastion accepted the login, but does not connect to the host. */
  | {
      readonly code: 'ssh.forwarding_failed'
      readonly bastion: string
      readonly host: string
      readonly port: number
      readonly reason: 'forbidden' | 'unreachable' | 'timeout'
      readonly detail: string
    }
  | { readonly code: 'ssh.lost'; readonly during: string; readonly detail: string }
  | {
      readonly code: 'ssh.shell_unusable'
      readonly detail: string
      /**
       * Why the login shell never answered; absent where it did. `not-a-shell`: another program echoed the question.
       * `detail` has the output.
       */
      readonly reason?: 'ended' | 'silent' | 'not-a-shell'
    }
