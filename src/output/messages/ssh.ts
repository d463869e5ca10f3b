import type { Hop, SshProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import {
  ALGORITHMS,
  FORWARDING,
  INPUT,
  REFUSED_LOGINS,
  SHELL_CURES,
  subject,
  THE,
  UNREACHABLE,
  UNUSABLE_KEYS,
} from './ssh-reasons.ts'
import { type ProblemTable, wordsIn } from './table.ts'

/** Everything on the way to the host: keys, host keys, logins, the connection itself. */
export const SSH: ProblemTable<SshProblem, 'code'> = {
  'ssh.private_key_unusable': {
    what: ({ hop, reason, detail }) =>
      `The input "${INPUT[hop].privateKey}" cannot be used: ${UNUSABLE_KEYS[reason].what} (${quotedOutput(detail)}).`,
    next: ({ reason }) => UNUSABLE_KEYS[reason].next,
    fault: 'configuration',
    docs: {
      names: 'why the input `private-key` (or that of the bastion) is unusable',
      causes:
        'The `.pub` file was stored. Only a part of the file was stored. A passphrase is missing or wrong. A PuTTY key; a key bound to a security device; DSA. A key file whose encryption Node or the SSH library does not have: the message names it.',
      cure: 'Store the whole file, from its BEGIN line to its END line. Best: `ssh-keygen -t ed25519`. PuTTY: export as OpenSSH key. Encryption: `ssh-keygen -p -Z aes256-ctr -f KEY` writes the same key with another.',
    },
  },
  'ssh.known_hosts_invalid': {
    what: ({ hop, line, detail }) =>
      `Line ${line} of the input ${knownHosts(hop)} cannot be used: ${quotedOutput(detail)}.`,
    next: 'Give each host key on a line of its own: host name, key type, key.',
    fault: 'configuration',
    docs: {
      names: 'the unreadable line of `known-hosts`',
      causes:
        'A fingerprint stands where a line belongs (that goes into `host-fingerprint`). The line was cut off when it was copied. `@cert-authority`.',
      cure: '`name type key` on one line each: [host keys](adopting.md#host-key).',
    },
  },
  'ssh.host_key_unknown': {
    what: (problem) => `${shownKey(problem)}, which the inputs do not accept. Nothing was sent to it.`,
    next: ({ hop, keyType, acceptLine }) =>
      [
        `Compare the fingerprint on ${THE[hop]} itself, over another connection:`,
        fingerprintCommand(keyType),
        `If it is equal, add this line to the input "${INPUT[hop].knownHosts}":`,
        `  ${quotedName(acceptLine, 1500)}`,
      ].join('\n'),
    fault: 'configuration',
    docs: {
      names: 'the key that the host showed, and the line that would accept it',
      causes:
        'Neither `known-hosts` nor `host-fingerprint` is given. The line has another name than `host` (a name for an address, or no `[…]:port` for a port other than 22). Behind a bastion: the line must name the host as the bastion sees it.',
      cure: "Compare the fingerprint on the host's console with `ssh-keygen -lf`, then add the printed line. Do not add it unseen.",
    },
  },
  'ssh.host_key_changed': {
    what: (problem) =>
      `${shownKey(problem)}, but ${enumerate(problem.expectedFingerprints)} was expected. It was reinstalled, or something intercepts the connection from ${BEFORE[problem.hop]}. Nothing was sent to it.`,
    next: ({ hop, keyType, acceptLine }) =>
      [
        `Find out why the key changed before anything else. On ${THE[hop]} itself:`,
        fingerprintCommand(keyType),
        `If you know the reason and the fingerprint is equal, replace the old line of the input ${knownHosts(hop)} by:`,
        `  ${quotedName(acceptLine, 1500)}`,
      ].join('\n'),
    fault: 'environment',
    docs: {
      names: 'that the host shows another key than the given one',
      causes:
        'The instance was reinstalled or recreated from an image. Another machine has the address now. sshd has new keys. Somebody intercepts the connection.',
      cure: 'Find out which before anything else; compare on the console; then replace the line.',
    },
  },
  'ssh.host_key_revoked': {
    what: (problem) =>
      `${shownKey(problem)}, which the input ${knownHosts(problem.hop)} marks as revoked. Nothing was sent to it.`,
    next: ({ hop }) =>
      `Give ${THE[hop]} a new key, and add it to the input. Do not remove the @revoked line.`,
    fault: 'environment',
    docs: {
      names: 'that the key is marked `@revoked` in `known-hosts`',
      causes: 'A host still uses a revoked key.',
      cure: 'Give the host a new key (`ssh-keygen -A` after moving the old files away). Do not remove the line.',
    },
  },
  'ssh.authentication_failed': {
    what: (problem) =>
      `${subject(problem)} ${REFUSED_LOGINS[problem.reason].what(quotedName(problem.username))}: ${quotedOutput(problem.detail)}.`,
    next: ({ hop, reason, username }) => REFUSED_LOGINS[reason].next(quotedName(username), hop),
    fault: 'configuration',
    docs: {
      names:
        'whether the server refused the key, accepted it and demands more, or accepts no keys; its methods and its banner',
      causes:
        'The public half is not in `~/.ssh/authorized_keys` of that very user. Others can write to home, `.ssh` or the file (`StrictModes`). `AllowUsers` or `AllowGroups` leaves the user out. `from="…"` does not match the runner. The account is locked (created without `--password \'*\'`). It demands more: a second factor (`AuthenticationMethods publickey,keyboard-interactive`). It accepts no keys: `PubkeyAuthentication no`, or `AuthenticationMethods` that begin with something else.',
      cure: 'A second factor: exempt this user (`Match User`, `AuthenticationMethods publickey`). No keys: `PubkeyAuthentication yes`. A refused key: `journalctl -u ssh` (or `-u sshd`, `/var/log/auth.log`, `/var/log/secure`) on the host shows the cause.',
    },
  },
  'ssh.no_common_algorithm': {
    what: (problem) =>
      `${subject(problem)} and the SSH library of this action have no common ${ALGORITHMS[problem.kind].name}.${problem.offered.length === 0 ? '' : ` It offers only: ${enumerate(problem.offered)}.`}`,
    next: ({ hop, kind }) =>
      `In sshd_config on ${THE[hop]}, and in the files that it includes: ${ALGORITHMS[kind].cure}. Check with "sshd -T", then reload sshd.`,
    fault: 'configuration',
    docs: {
      names:
        "the kind (key exchange, host key, cipher, MAC) without a common algorithm, and the server's offer",
      causes:
        'A hardened `sshd_config`: only post-quantum key exchanges (`mlkem768x25519-sha256`, `sntrup761x25519-sha512`). A very old sshd: only SHA-1 or DSA host keys.',
      cure: 'Add what the message names to that line of `sshd_config` (`KexAlgorithms …,curve25519-sha256`), reload sshd.',
    },
  },
  'ssh.unreachable': {
    what: (problem) =>
      `${subject(problem)} cannot be reached: ${UNREACHABLE[problem.reason](problem.hop).what} (${quotedOutput(problem.detail)}).`,
    next: ({ hop, reason }) => UNREACHABLE[reason](hop).next,
    fault: 'environment',
    docs: {
      names:
        'No such name; no name server; port closed; no answer; no route. Or TCP connects, and then: the server stays silent; it ends the connection before or during the login, with its last output; something other than SSH answers; the login gets no answer.',
      causes:
        "No answer: the security group or firewall does not let this runner in (GitHub's runners have many changing addresses), or the host is down. Port closed: sshd does not run, or listens on another port. Ended before the login: `MaxStartups` (too many logins at once), `PerSourcePenalties` of OpenSSH 9.8 and newer or fail2ban (failed logins from that address before), `hosts.deny`. Not SSH: a web server or proxy on that port. No answer to the login: PAM, LDAP or DNS hang.",
      cure: '[Reaching the host](adopting.md#reaching-the-host). The action tries again for 20 s after a closed port, an ended connection or a missing route; never after a refused login or host key.',
    },
  },
  'ssh.forwarding_failed': {
    what: ({ bastion, host, port, reason, detail }) =>
      `The bastion ${quotedName(bastion)} accepted the login, but ${FORWARDING[reason].what} ${quotedName(host)}, port ${port}: ${quotedOutput(detail)}.`,
    next: ({ reason }) => FORWARDING[reason].next,
    fault: 'environment',
    docs: {
      names: 'that the bastion accepted the login, but does not connect to the host',
      causes:
        '`AllowTcpForwarding no`, `PermitOpen`, or an `authorized_keys` entry with `restrict` and without `port-forwarding`. `host` and `port` do not name the host as the bastion sees it. The security group of the host does not let the bastion in.',
      cure: '[Bastion](adopting.md#bastion).',
    },
  },
  'ssh.lost': {
    what: ({ during, detail }) =>
      `The SSH connection was lost during ${quotedName(during)}: ${quotedOutput(detail)}.`,
    next: 'Check that the host is up and that the network between it and the runner, a bastion included, is stable; then run the job again.',
    fault: 'environment',
    docs: {
      names: 'the operation during which the connection died',
      causes:
        'Network, restart of host or sshd, an idle timeout on the way. The action sends keepalives, and declares the connection lost after a third of `lease` without an answer (40 s at most). "No answer within 60 s": the link is up but the shell on the host is stuck, mostly at dockerd.',
      cure: 'If it repeats, put a runner nearer to the host. Work that began on the host goes on there.',
    },
  },
  'ssh.not_regained': {
    what: ({ because, seconds, last }) =>
      `${wordsIn(SSH, 'code', because).what} Contact did not come back within ${duration(seconds * 1000)}. The last try: ${wordsIn(SSH, 'code', last).what}`,
    next: ({ last }) => wordsIn(SSH, 'code', last).next,
    fault: 'environment',
    docs: {
      names:
        'how the connection was lost after the transaction had begun, and why the last attempt to reconnect within `lease` failed',
      causes: 'The host, sshd or the network was away for longer than `lease`.',
      cure: 'A longer `lease` bridges longer gaps, and keeps the project longer from others when a runner dies.',
    },
  },
  'ssh.shell_unusable': {
    // The start of the shell is up to the account; once the shell answers, the limits of the server count.
    what: ({ reason, detail }) =>
      reason === 'not-a-shell'
        ? `The login worked, but something other than a shell answers: it echoed the first question of this action (${quotedOutput(detail)}).`
        : `The login worked, but the shell on the host does not run commands as expected: ${quotedOutput(detail)}.`,
    next: ({ reason }) => SHELL_CURES[reason ?? 'other'],
    fault: 'environment',
    docs: {
      names:
        'The login worked, but commands do not: the login shell ended, or did not answer within the 20 s of connecting, or something other than a shell echoed the question; with its output.',
      causes:
        'It ended: a cloud image that forbids root ("Please login as the user …"), `nologin`, a forced command (`command="…"`, `ForceCommand`), a profile that exits. It did not answer: `.bashrc` or `.zshenv` hangs, waits for a lock (of a version manager, say), or reads its input to the end; a forced command that waits for input; an overloaded host. No shell: a forced command that echoes its input (`cat`, a menu). `MaxSessions 1` (the action needs two).',
      cure: '[sshd](adopting.md#sshd). A profile that prints, asks or changes settings does no harm. If it takes long, end it early in a non-interactive shell: `case $- in *i*) ;; *) return ;; esac` as the first line of `.bashrc`.',
    },
  },
}

type ShownKey = Extract<
  SshProblem,
  { readonly code: 'ssh.host_key_unknown' | 'ssh.host_key_changed' | 'ssh.host_key_revoked' }
>

/** The key by which a server identifies itself; to go on with a comma. */
function shownKey(problem: ShownKey): string {
  return `${subject(problem)} identifies itself by the ${quotedName(problem.keyType)} key ${quotedName(problem.fingerprint)}`
}

/** The part of the way in front of a hop. */
const BEFORE: Readonly<Record<Hop, string>> = { bastion: 'this runner', host: 'this runner or the bastion' }

/** The input that known_hosts lines came from: the bastion takes over those of the host. */
function knownHosts(hop: Hop): string {
  return hop === 'host' ? '"known-hosts"' : '"bastion-known-hosts" (without it: "known-hosts")'
}

/** The file name that sshd gives the key of this type by default. */
function fingerprintCommand(keyType: string): string {
  const algorithm = /rsa|ecdsa|ed25519/u.exec(keyType)?.[0] ?? 'ed25519'
  return `  ssh-keygen -l -f /etc/ssh/ssh_host_${algorithm}_key.pub`
}
