import type { SshProblem } from '../../errors.ts'
import type { Words } from '../words.ts'
import { enumerate, said, shown } from './quote.ts'

/** What an SSH problem means and what cures it. */
export function describeSshProblem(problem: SshProblem): Words {
  switch (problem.code) {
    case 'ssh.private_key_unusable':
      return {
        what: `The input "private-key" cannot be used: ${KEY_REASONS[problem.reason].what} (${said(problem.detail)}).`,
        next: KEY_REASONS[problem.reason].next,
      }
    case 'ssh.known_hosts_invalid':
      return {
        what: `Line ${problem.line} of the input "known-hosts" cannot be read: ${said(problem.detail)}.`,
        next: 'Give each host key on a line of its own: host name, key type, key.',
      }
    case 'ssh.host_key_unknown':
      return {
        what: `${address(problem)} identifies itself by the ${shown(problem.keyType)} key ${shown(problem.fingerprint)}, which the inputs do not accept. Nothing was sent to it.`,
        next: [
          'Compare the fingerprint out of band, on the host itself:',
          fingerprintCommand(problem.keyType),
          'If it is the same, add this line to the input "known-hosts":',
          `  ${shown(problem.acceptLine, 1500)}`,
        ].join('\n'),
      }
    case 'ssh.host_key_changed':
      return {
        what: `${address(problem)} identifies itself by the ${shown(problem.keyType)} key ${shown(problem.fingerprint)}, but ${enumerate(problem.expectedFingerprints)} was expected. The host was reinstalled, or something stands between it and this runner. Nothing was sent to it.`,
        next: [
          'Find out why the key changed before anything else. On the host itself:',
          fingerprintCommand(problem.keyType),
          'If the change is known and the fingerprint is the same, replace the old line of the input "known-hosts" by:',
          `  ${shown(problem.acceptLine, 1500)}`,
        ].join('\n'),
      }
    case 'ssh.host_key_revoked':
      return {
        what: `${address(problem)} identifies itself by the ${shown(problem.keyType)} key ${shown(problem.fingerprint)}, which the input "known-hosts" marks as revoked. Nothing was sent to it.`,
        next: 'Give the host a new key, and put that one into "known-hosts". Do not remove the @revoked line.',
      }
    case 'ssh.authentication_failed':
      return {
        what: `${address(problem)} refused the private key for the user ${shown(problem.username)}: ${said(problem.detail)}.`,
        next: `Put the public half of the key into ~${shown(problem.username)}/.ssh/authorized_keys on the host, or correct the inputs "username" and "private-key".`,
      }
    case 'ssh.unreachable':
      return {
        what: `${address(problem)} cannot be reached: ${UNREACHABLE[problem.reason].what} (${said(problem.detail)}).`,
        next: UNREACHABLE[problem.reason].next,
      }
    case 'ssh.lost':
      return {
        what: `The SSH connection was lost during ${shown(problem.during)}: ${said(problem.detail)}.`,
        next: 'Check that the host is up and that the network between it and the runner is stable, then deploy again.',
      }
    case 'ssh.shell_unusable':
      return {
        what: `The login worked, but the shell on the host does not run commands as expected: ${said(problem.detail)}.`,
        next: 'Give the user an ordinary login shell, without a forced command, and a profile that neither exits nor waits for input.',
      }
  }
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
  'public-key-given': {
    what: 'it is the public half of a key',
    next: 'Store the file without the .pub ending as the secret.',
  },
}

type UnreachableReason = Extract<SshProblem, { code: 'ssh.unreachable' }>['reason']
const UNREACHABLE: Readonly<Record<UnreachableReason, Words>> = {
  'name-not-found': { what: 'no such host name', next: 'Correct the input "host", or the DNS record.' },
  refused: {
    what: 'the port is closed',
    next: 'Check that sshd runs on the host, and the input "port".',
  },
  timeout: {
    what: 'it does not answer',
    next: 'Check that the host is up, and that its firewall or security group lets this runner in.',
  },
  'no-route': { what: 'there is no route to it', next: 'Check the address and the network of the runner.' },
  handshake: {
    what: 'something answers that does not speak SSH with us',
    next: 'Check the input "port", and that sshd offers current algorithms.',
  },
}

function address({ host, port }: { readonly host: string; readonly port: number }): string {
  return port === 22 ? shown(host) : `${shown(host)}, port ${port},`
}

/** The file name that sshd gives the key of this type by default. */
function fingerprintCommand(keyType: string): string {
  const algorithm = /rsa|ecdsa|ed25519/u.exec(keyType)?.[0] ?? 'ed25519'
  return `  ssh-keygen -l -f /etc/ssh/ssh_host_${algorithm}_key.pub`
}
