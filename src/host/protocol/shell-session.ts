import { KEPT_ASSIGNMENTS } from './environment.ts'
import { quoted } from './quoted.ts'

/** Where docker lies on hosts whose non-interactive logins have a shorter PATH than people see. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The remote command of a channel: a POSIX shell that reads commands from the channel, in the clean
 * environment. `sh -c` in between, because the login shell may be one that knows no `${…:+…}`.
 */
export function sessionCommand(): string {
  return inCleanEnvironment('sh -s')
}

/**
 * The remote command of a channel that takes bytes: what follows the line `beginning` goes into this file, of which only the
 * account knows. What a profile that asks something may have left of its answers stands before that line.
 */
export function receiveCommand(path: string, beginning: string): string {
  const script = [
    `while read -r line && [ "$line" != ${quoted(beginning)} ]; do :; done`,
    'umask 077',
    `exec cat >${quoted(path)}`,
  ].join('; ')
  return inCleanEnvironment(`sh -c ${quoted(script)}`)
}

function inCleanEnvironment(command: string): string {
  const script =
    `exec env -i CLOSED_LOOP_CLEAN=yes CLOSED_LOOP_LIBRARY=yes "PATH=\${PATH:+$PATH:}${USUAL_PATH}" ` +
    `"HOME=\${HOME-/}" "USER=\${USER-}" LANG=C.UTF-8 ${KEPT_ASSIGNMENTS} ${command}`
  return `exec sh -c ${quoted(script)}`
}

/** What a profile that asks something reads instead of what is meant for us: an empty answer each time. */
export const EMPTY_ANSWERS = '\n'.repeat(20)

/** How {@link firstQuestion} begins: whoever prints that is no shell. Up to where some programs would change what they print. */
export const FIRST_QUESTION_BEGINS = '{ read -r first_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null'

/**
 * What a new shell is asked first, before it knows any program of ours: an answer in a frame, as `call` gets one, with the
 * fact `boot ID`, empty where the kernel does not say which boot of the host this is. One line, and nothing but what every
 * shell has built in.
 */
export function firstQuestion(nonce: string): string {
  const answer = String.raw`\n%s begin\nfact\tboot\t%s\n\n%s end 0\n`
  return `${FIRST_QUESTION_BEGINS}; printf '${answer}' ${nonce} "\${first_boot-}" ${nonce}\n`
}

/** Ends a shell that reads commands, once it comes to read this. */
export const LAST_COMMAND = '\nexit\n'

/** Makes the program that lies on the host known to this shell. */
export function loadInstalled(stateDir: string, programSha256: string): string {
  return `STATE_DIR=${quoted(stateDir)}\n. ${quoted(`${stateDir}/bin/${programSha256}.sh`)}\n`
}

/** Tells the shell which state directory the verbs work in. */
export function useStateDir(stateDir: string): string {
  return `STATE_DIR=${quoted(stateDir)}\n`
}

/**
 * One call of a verb of the host program, answered in a frame that carries the nonce. `stdin` is text; the shell itself
 * writes it into a pipe, so that a secret in it never stands in an argument of a process. Not a here-document: some
 * shells put one into a file in /tmp, which may be full.
 */
export function call(nonce: string, verb: string, words: readonly string[], stdin: string): string {
  const command = ['reply', nonce, verb, ...words.map(quoted)].join(' ')
  if (stdin === '') return `${command} </dev/null\n`
  return `printf '%s' ${quoted(stdin.endsWith('\n') ? stdin : `${stdin}\n`)} | ${command}\n`
}

/** A directory of its own for one look at the host that leaves nothing there. `token`: a random word. */
export function lookDirectory(token: string): string {
  return `/tmp/closed-loop-look.${token}`
}

/**
 * Tells the shell that the verbs write nowhere else than in that directory, which goes with the shell. Whoever made it before
 * us keeps it, and no verb can work then.
 */
export function lookOnly(token: string): string {
  const directory = quoted(lookDirectory(token))
  return `LOOK_DIR=${directory}\n(umask 077; mkdir ${directory}) && trap 'rm -rf "$LOOK_DIR"' EXIT && trap 'exit 1' HUP INT TERM PIPE || LOOK_DIR=/dev/null\n`
}
