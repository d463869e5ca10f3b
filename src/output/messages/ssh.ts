import type { AlgorithmKind, Hop, SshProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import { describeRefusedLogin, describeShell } from './ssh-login.ts'
import { INPUT, subject, THE } from './ssh-server.ts'
import type { Words } from './words.ts'

/** What an SSH problem means and what cures it. */
export function describeSshProblem(problem: SshProblem): Words {
  switch (problem.code) {
    case 'ssh.private_key_unusable':
      return {
        what: `The input "${INPUT[problem.hop].privateKey}" cannot be used: ${KEY_REASONS[problem.reason].what} (${quotedOutput(problem.detail)}).`,
        next: KEY_REASONS[problem.reason].next,
      }
    case 'ssh.known_hosts_invalid':
      return {
        what: `Line ${problem.line} of the input ${knownHosts(problem)} cannot be used: ${quotedOutput(problem.detail)}.`,
        next: 'Give each host key on a line of its own: host name, key type, key.',
      }
    case 'ssh.host_key_unknown':
      return {
        what: `${subject(problem)} identifies itself by the ${quotedName(problem.keyType)} key ${quotedName(problem.fingerprint)}, which the inputs do not accept. Nothing was sent to it.`,
        next: [
          `Compare the fingerprint on ${THE[problem.hop]} itself, over another connection:`,
          fingerprintCommand(problem.keyType),
          `If it is equal, add this line to the input "${INPUT[problem.hop].knownHosts}":`,
          `  ${quotedName(problem.acceptLine, 1500)}`,
        ].join('\n'),
      }
    case 'ssh.host_key_changed':
      return {
        what: `${subject(problem)} identifies itself by the ${quotedName(problem.keyType)} key ${quotedName(problem.fingerprint)}, but ${enumerate(problem.expectedFingerprints)} was expected. It was reinstalled, or something intercepts the connection from ${BEFORE[problem.hop]}. Nothing was sent to it.`,
        next: [
          `Find out why the key changed before anything else. On ${THE[problem.hop]} itself:`,
          fingerprintCommand(problem.keyType),
          `If you know the reason and the fingerprint is equal, replace the old line of the input ${knownHosts(problem)} by:`,
          `  ${quotedName(problem.acceptLine, 1500)}`,
        ].join('\n'),
      }
    case 'ssh.host_key_revoked':
      return {
        what: `${subject(problem)} identifies itself by the ${quotedName(problem.keyType)} key ${quotedName(problem.fingerprint)}, which the input ${knownHosts(problem)} marks as revoked. Nothing was sent to it.`,
        next: `Give ${THE[problem.hop]} a new key, and add it to the input. Do not remove the @revoked line.`,
      }
    case 'ssh.authentication_failed':
      return describeRefusedLogin(problem)
    case 'ssh.no_common_algorithm':
      return describeNoCommonAlgorithm(problem)
    case 'ssh.unreachable': {
      const { what, next } = UNREACHABLE[problem.reason](problem.hop)
      return {
        what: `${subject(problem)} cannot be reached: ${what} (${quotedOutput(problem.detail)}).`,
        next,
      }
    }
    case 'ssh.forwarding_failed': {
      const { what, next } = FORWARDING[problem.reason]
      return {
        what: `The bastion ${quotedName(problem.bastion)} accepted the login, but ${what} ${quotedName(problem.host)}, port ${problem.port}: ${quotedOutput(problem.detail)}.`,
        next,
      }
    }
    case 'ssh.lost':
      return {
        what: `The SSH connection was lost during ${quotedName(problem.during)}: ${quotedOutput(problem.detail)}.`,
        next: 'Check that the host is up and that the network between it and the runner, a bastion included, is stable; then run the job again.',
      }
    case 'ssh.not_regained': {
      const { what, next } = describeSshProblem(problem.last)
      return {
        what: `${describeSshProblem(problem.because).what} Contact did not come back within ${duration(problem.seconds * 1000)}. The last try: ${what}`,
        next,
      }
    }
    case 'ssh.shell_unusable':
      return describeShell(problem)
  }
}

/** What the traffic to a hop comes from. */
const BEFORE: Readonly<Record<Hop, string>> = { bastion: 'this runner', host: 'this runner or the bastion' }

/** The input that known_hosts lines came from: the bastion takes over those of the host. */
function knownHosts({ hop }: { readonly hop: Hop }): string {
  return hop === 'host' ? '"known-hosts"' : '"bastion-known-hosts" (without it: "known-hosts")'
}

type KeyReason = Extract<SshProblem, { code: 'ssh.private_key_unusable' }>['reason']
const KEY_REASONS: Readonly<Record<KeyReason, Words>> = {
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

type UnreachableReason = Extract<SshProblem, { code: 'ssh.unreachable' }>['reason']
const UNREACHABLE: Readonly<Record<UnreachableReason, (hop: Hop) => Words>> = {
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

/** The setting of sshd_config for each kind, and one that every OpenSSH of today and the library here have. */
const SETTINGS: Readonly<Record<AlgorithmKind, readonly [name: string, setting: string, common: string]>> = {
  'key-exchange': ['key exchange', 'KexAlgorithms', 'curve25519-sha256'],
  'host-key': ['host key', 'HostKeyAlgorithms', 'ssh-ed25519'],
  cipher: ['cipher', 'Ciphers', 'aes256-gcm@openssh.com'],
  mac: ['message authentication code', 'MACs', 'hmac-sha2-256-etm@openssh.com'],
  compression: ['compression', 'Compression', 'no'],
}

function describeNoCommonAlgorithm(
  problem: Extract<SshProblem, { readonly code: 'ssh.no_common_algorithm' }>,
): Words {
  const [name, setting, common] = SETTINGS[problem.kind]
  const offered = problem.offered.length === 0 ? '' : ` It offers only: ${enumerate(problem.offered)}.`
  const cure: Readonly<Record<AlgorithmKind, string>> = {
    'key-exchange': `append ,${common} to the line ${setting}`,
    'host-key': `append ,${common} to the line ${setting} if it exists; "ssh-keygen -A" makes a key of that type`,
    cipher: `append ,${common} to the line ${setting}`,
    mac: `append ,${common} to the line ${setting}`,
    compression: `set ${setting} ${common}`,
  }
  return {
    what: `${subject(problem)} and the SSH library of this action have no common ${name}.${offered}`,
    next: `In sshd_config on ${THE[problem.hop]}, and in the files that it includes: ${cure[problem.kind]}. Check with "sshd -T", then reload sshd.`,
  }
}

type ForwardingReason = Extract<SshProblem, { code: 'ssh.forwarding_failed' }>['reason']
const FORWARDING: Readonly<Record<ForwardingReason, Words>> = {
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

/** The file name that sshd gives the key of this type by default. */
function fingerprintCommand(keyType: string): string {
  const algorithm = /rsa|ecdsa|ed25519/u.exec(keyType)?.[0] ?? 'ed25519'
  return `  ssh-keygen -l -f /etc/ssh/ssh_host_${algorithm}_key.pub`
}
