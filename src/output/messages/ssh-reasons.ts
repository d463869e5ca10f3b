import type { AlgorithmKind, Hop, SshProblem } from '../../model/problem.ts'
import { quotedName } from './quote.ts'
import type { Words } from './table.ts'

/** The servers on the way. */
export const THE: Readonly<Record<Hop, string>> = { bastion: 'the bastion', host: 'the host' }

/** The inputs that name a hop, and log in to it. */
export const INPUT = {
  bastion: {
    host: 'bastion-host',
    port: 'bastion-port',
    username: 'bastion-username',
    privateKey: 'bastion-private-key',
    knownHosts: 'bastion-known-hosts',
  },
  host: {
    host: 'host',
    port: 'port',
    username: 'username',
    privateKey: 'private-key',
    knownHosts: 'known-hosts',
  },
} as const satisfies Record<Hop, Record<string, string>>

/** A server at the beginning of a sentence, and what it is to us where that is not plain. */
export function subject({
  hop,
  host,
  port,
}: {
  readonly hop: Hop
  readonly host: string
  readonly port: number
}): string {
  const address = port === 22 ? quotedName(host) : `${quotedName(host)}, port ${port},`
  return hop === 'host' ? address : `The bastion ${address}`
}

// The reasons within a code: half a sentence for the message, and the cure.

type ReasonOf<Code extends SshProblem['code']> = Extract<
  SshProblem,
  { readonly code: Code; readonly reason?: string }
>['reason'] &
  string

/** Why a private key cannot be used. */
export const UNUSABLE_KEYS: Readonly<Record<ReasonOf<'ssh.private_key_unusable'>, Words>> = {
  'not-a-private-key': {
    what: 'it is not a private key in OpenSSH or PEM form',
    next: 'Store the whole file, from its BEGIN line to its END line, as the secret.',
  },
  'passphrase-missing': {
    what: 'it is protected by a passphrase and none was given',
    next: 'Give the passphrase in the input "passphrase".',
  },
  'passphrase-wrong': {
    what: 'the passphrase does not open it',
    next: 'Correct the input "passphrase".',
  },
  unsupported: {
    what: 'its kind is not supported',
    next: 'Use an Ed25519 key (ssh-keygen -t ed25519), or an RSA or ECDSA key in OpenSSH or PEM form.',
  },
  'encryption-unsupported': {
    what: 'its encryption is not supported',
    next: 'Encrypt the same key in another way: ssh-keygen -p -Z aes256-ctr -f KEY. If ssh-keygen refuses the right passphrase (very old encryptions), make a new key: ssh-keygen -t ed25519.',
  },
  'public-key-given': {
    what: 'it is the public half of a key',
    next: 'Store the file without the .pub ending as the secret.',
  },
}

/** Why a server refused a login. A user name is quoted already. */
export const REFUSED_LOGINS: Readonly<Record<ReasonOf<'ssh.authentication_failed'>, RefusedLogin>> = {
  'key-refused': {
    what: (user) => `refused the private key for the user ${user}`,
    next: (user, hop) =>
      `Put the public half of the key into ~${user}/.ssh/authorized_keys on ${THE[hop]}, or correct the inputs "${INPUT[hop].username}" and "${INPUT[hop].privateKey}".`,
  },
  'more-asked': {
    what: (user) => `does not let the user ${user} in with the private key alone`,
    next: (user, hop) =>
      [
        `This action has only the key. Exempt this user from the second factor: add these two lines at the end of sshd_config on ${THE[hop]}, then reload sshd.`,
        `  Match User ${user}`,
        '  AuthenticationMethods publickey',
      ].join('\n'),
  },
  'keys-not-taken': {
    what: (user) => `accepts no private key at the login of the user ${user}`,
    next: (_user, hop) =>
      `This action has only the key. Set "PubkeyAuthentication yes" for this user in sshd_config on ${THE[hop]}, and remove other methods from AuthenticationMethods; then reload sshd. Check with "sshd -T -C user=NAME".`,
  },
}

interface RefusedLogin {
  readonly what: (user: string) => string
  readonly next: (user: string, hop: Hop) => string
}

/** Each kind of algorithm, and the change of sshd_config that allows one that every OpenSSH of today and the SSH library have. */
export const ALGORITHMS: Readonly<Record<AlgorithmKind, { readonly name: string; readonly cure: string }>> = {
  'key-exchange': {
    name: 'key exchange',
    cure: 'append ,curve25519-sha256 to the line KexAlgorithms',
  },
  'host-key': {
    name: 'host key',
    cure: 'append ,ssh-ed25519 to the line HostKeyAlgorithms if it exists; "ssh-keygen -A" makes a key of that type',
  },
  cipher: {
    name: 'cipher',
    cure: 'append ,aes256-gcm@openssh.com to the line Ciphers',
  },
  mac: {
    name: 'message authentication code',
    cure: 'append ,hmac-sha2-256-etm@openssh.com to the line MACs',
  },
  compression: { name: 'compression', cure: 'set Compression no' },
}

/** Why a server cannot be reached. */
export const UNREACHABLE: Readonly<Record<ReasonOf<'ssh.unreachable'>, (hop: Hop) => Words>> = {
  'name-not-found': (hop) => ({
    what: 'no such host name',
    next: `Correct the input "${INPUT[hop].host}", or the DNS record.`,
  }),
  refused: (hop) => ({
    what: 'the port is closed',
    next: `Check that sshd runs on ${THE[hop]}, and the input "${INPUT[hop].port}".`,
  }),
  timeout: (hop) => ({
    what: 'it does not answer',
    next: `Check that ${THE[hop]} is up, and that its firewall or security group lets this runner in.`,
  }),
  'no-route': () => ({
    what: 'there is no route to it',
    next: 'Check the address and the network of the runner.',
  }),
  'name-lookup': () => ({
    what: 'no name server answered for its name',
    next: 'Check the DNS of the runner, then run the job again.',
  }),
  silent: (hop) => ({
    what: 'it accepts the TCP connection and then stays silent',
    next: `Check that ${THE[hop]} is not overloaded, that the input "${INPUT[hop].port}" is that of sshd, and that no firewall or proxy on the way blocks the traffic.`,
  }),
  closed: (hop) => ({
    what: 'it ends the connection before the login',
    next: `The log of sshd on ${THE[hop]} names the cause ("journalctl -u ssh"): too many logins at once (MaxStartups), failed logins from this address before (PerSourcePenalties, fail2ban), or a rule against it (hosts.deny). Let the address of the runner in, or run the job again later.`,
  }),
  'not-ssh': (hop) => ({
    what: 'something other than SSH answers there',
    next: `Correct the input "${INPUT[hop].port}", or what forwards that port.`,
  }),
  handshake: (hop) => ({
    what: 'the SSH handshake fails',
    next: `Check the input "${INPUT[hop].port}", and the log of sshd on ${THE[hop]} ("journalctl -u ssh").`,
  }),
  'login-silent': (hop) => ({
    what: 'its SSH server does not answer the login',
    next: `Look on ${THE[hop]} for what sshd waits ("journalctl -u ssh"): a directory service (LDAP, SSSD), PAM, or DNS (UseDNS).`,
  }),
  'login-closed': (hop) => ({
    what: 'it ends the connection in the middle of the login',
    next: `The log of sshd on ${THE[hop]} names the cause ("journalctl -u ssh").`,
  }),
}

/** Why a bastion does not connect to the host; the address follows. */
export const FORWARDING: Readonly<Record<ReasonOf<'ssh.forwarding_failed'>, Words>> = {
  forbidden: {
    what: 'it does not allow connections through it to',
    next: 'Allow TCP forwarding to the host for this user in the sshd_config of the bastion (AllowTcpForwarding, PermitOpen) and in its authorized_keys.',
  },
  unreachable: {
    what: 'it cannot reach',
    next: 'The inputs "host" and "port" must name the host as the bastion sees it. Check that sshd runs there, and that the firewall lets the bastion in.',
  },
  timeout: {
    what: 'it gets no answer from',
    next: 'The inputs "host" and "port" must name the host as the bastion sees it. Check that the host is up, and that its firewall or security group lets the bastion in.',
  },
}

/** Why the login shell is unusable; `other`: it answered, and then failed. */
export const SHELL_CURES: Readonly<Record<ReasonOf<'ssh.shell_unusable'> | 'other', string>> = {
  ended:
    'Read its output: it may name the right user (input "username"), or the one command that this key may run. The deployment needs a user with an ordinary login shell (not nologin), no forced command (ForceCommand in sshd_config, command= in authorized_keys), and start-up files that do not exit.',
  silent:
    '"ssh HOST true" hangs in the same way, and "ps" on the host shows at what: a forced command that waits for input (ForceCommand in sshd_config, command= in authorized_keys), an overloaded host, or start-up files of the login shell (.bashrc, .zshenv and what they call) that hang, wait for a lock, or read their input to the end. Remove the forced command. Let start-up files do nothing in a non-interactive shell; first line of .bashrc: case $- in *i*) ;; *) return ;; esac',
  'not-a-shell':
    'Remove the forced command (ForceCommand in sshd_config, command= in authorized_keys) for this user or key, or log in as another user (input "username"). Without one, start-up files of the login shell (.bashrc, .zshenv and what they call) run a program that reads their input: "ps" on the host shows which.',
  other:
    'Give the user an ordinary login shell, without a forced command, and a profile that neither exits nor reads its input to the end; and allow two sessions in one connection (MaxSessions in sshd_config: 2 or more, 10 by default).',
}
