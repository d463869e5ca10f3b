import type { SshProblem } from '../../model/problem.ts'
import { quotedName, quotedOutput } from './quote.ts'
import { INPUT, subject, THE } from './ssh-server.ts'
import type { Words } from './words.ts'

type Refused = Extract<SshProblem, { readonly code: 'ssh.authentication_failed' }>

/** A login that the server refused: for the key itself, or although nothing is wrong with it. */
export function describeRefusedLogin(problem: Refused): Words {
  const user = quotedName(problem.username)
  const detail = quotedOutput(problem.detail)
  switch (problem.reason) {
    case 'key-refused':
      return {
        what: `${subject(problem)} refused the private key for the user ${user}: ${detail}.`,
        next: `Put the public half of the key into ~${user}/.ssh/authorized_keys on ${THE[problem.hop]}, or correct the inputs "${INPUT[problem.hop].username}" and "${INPUT[problem.hop].privateKey}".`,
      }
    case 'more-asked':
      return {
        what: `${subject(problem)} does not let the user ${user} in with the private key alone: ${detail}.`,
        next: [
          `This action has only the key. Exempt this user from the second factor: add these two lines at the end of sshd_config on ${THE[problem.hop]}, then reload sshd.`,
          `  Match User ${user}`,
          '  AuthenticationMethods publickey',
        ].join('\n'),
      }
    case 'keys-not-taken':
      return {
        what: `${subject(problem)} accepts no private key at the login of the user ${user}: ${detail}.`,
        next: `This action has only the key. Set "PubkeyAuthentication yes" for this user in sshd_config on ${THE[problem.hop]}, and remove other methods from AuthenticationMethods; then reload sshd. Check with "sshd -T -C user=NAME".`,
      }
  }
}

type ShellProblem = Extract<SshProblem, { readonly code: 'ssh.shell_unusable' }>
type ShellReason = NonNullable<ShellProblem['reason']> | 'other'

/** The login worked; what comes before the shell answers is the person's own, afterwards it is the server's limits. */
export function describeShell(problem: ShellProblem): Words {
  const reason: ShellReason = problem.reason ?? 'other'
  const detail = quotedOutput(problem.detail)
  const what =
    reason === 'not-a-shell'
      ? `The login worked, but something other than a shell answers: it echoed the first question of this action (${detail}).`
      : `The login worked, but the shell on the host does not run commands as expected: ${detail}.`
  return { what, next: SHELL_CURES[reason] }
}

const SHELL_CURES: Readonly<Record<ShellReason, string>> = {
  ended:
    'Read its output: it may name the right user (input "username"), or the one command that this key may run. The deployment needs a user with an ordinary login shell (not nologin), no forced command (ForceCommand in sshd_config, command= in authorized_keys), and start-up files that do not exit.',
  silent:
    '"ssh HOST true" hangs in the same way, and "ps" on the host shows at what: a forced command that waits for input (ForceCommand in sshd_config, command= in authorized_keys), an overloaded host, or start-up files of the login shell (.bashrc, .zshenv and what they call) that hang, wait for a lock, or read their input to the end. Remove the forced command. Let start-up files do nothing in a non-interactive shell; first line of .bashrc: case $- in *i*) ;; *) return ;; esac',
  'not-a-shell':
    'Remove the forced command (ForceCommand in sshd_config, command= in authorized_keys) for this user or key, or log in as another user (input "username"). Without one, start-up files of the login shell (.bashrc, .zshenv and what they call) run a program that reads their input: "ps" on the host shows which.',
  other:
    'Give the user an ordinary login shell, without a forced command, and a profile that neither exits nor reads its input to the end; and allow two sessions in one connection (MaxSessions in sshd_config: 2 or more, 10 by default).',
}
