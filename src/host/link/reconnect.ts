import type { SshConnection } from '../../model/connection.ts'
import type { Ports } from '../../model/ports.ts'
import { DeployError, type Problem, problemOf, type TransientSshProblem } from '../../model/problem.ts'
import { CONNECT_SECONDS } from '../../model/timeouts.ts'

/** A lost contact, and how to get it back. */
export interface LostContact {
  readonly because: TransientSshProblem
  /** How long it may take, in seconds; can be negative where this process slept. One try is made in any case. */
  readonly seconds: number
  /** How often contact was made again since the host last answered anything. */
  readonly fruitless: number
  /** Aborted when nothing more may be started. */
  readonly givenUp: AbortSignal
}

/** How long one try may take at least, in seconds: a last one too is worth it. */
const TRY_SECONDS = 10

const LONGEST_PAUSE_MILLISECONDS = 5000

/**
 * Connects anew, again and again, until `open` has got what it wants from a new connection.
 * @throws DeployError `ssh.not_regained` when the time is over; at once what no waiting cures (`ssh.host_key_*`,
 *   `ssh.authentication_failed`); `ssh.lost` when it was given up
 */
export async function reconnect<Opened>(
  { connect, clock, progress }: Pick<Ports, 'connect' | 'clock' | 'progress'>,
  { because, seconds, fruitless, givenUp }: LostContact,
  open: (connection: SshConnection, timeoutSeconds: number) => Promise<Opened>,
): Promise<{ readonly connection: SshConnection; readonly opened: Opened }> {
  const since = clock.now()
  const deadline = since + seconds * 1000
  const atMost = Math.max(TRY_SECONDS, seconds)
  const over = abortOf(givenUp)
  let last = because
  progress.tell({ kind: 'contact-lost', because, seconds: atMost })
  for (let tries = fruitless; ; tries += 1) {
    if (tries > 0) await clock.changeOr(over, pauseBefore(tries))
    const left = (deadline - clock.now()) / 1000
    if (tries > 0 && left <= 0)
      throw new DeployError({ code: 'ssh.not_regained', because, seconds: atMost, last })
    stopWhere(givenUp)
    const tryFor = Math.min(CONNECT_SECONDS, Math.max(TRY_SECONDS, left))
    try {
      const connection = await connect(tryFor)
      const opened = await openOn(connection, () => open(connection, tryFor), givenUp)
      progress.tell({ kind: 'contact-regained', afterSeconds: (clock.now() - since) / 1000 })
      return { connection, opened }
    } catch (error) {
      stopWhere(givenUp)
      const problem = problemOf(error)
      if (!isTransient(problem)) throw error
      last = problem
    }
  }
}

/** What may be otherwise at the next try. */
export function isTransient(problem: Problem): problem is TransientSshProblem {
  switch (problem.code) {
    case 'ssh.lost':
    case 'ssh.shell_unusable':
    case 'ssh.unreachable':
    case 'ssh.forwarding_failed':
      return true
    default:
      return false
  }
}

/** What is opened on a connection, or the connection closed. */
async function openOn<Opened>(
  connection: SshConnection,
  open: () => Promise<Opened>,
  givenUp: AbortSignal,
): Promise<Opened> {
  try {
    stopWhere(givenUp)
    const opened = await open()
    stopWhere(givenUp)
    return opened
  } catch (error) {
    void connection.close().catch(() => undefined)
    throw error
  }
}

function stopWhere(givenUp: AbortSignal): void {
  if (!givenUp.aborted) return
  throw new DeployError({ code: 'ssh.lost', during: 'connecting again', detail: 'it was given up' })
}

/** In milliseconds, before the try of this number; the first is none of them. */
export function pauseBefore(tries: number): number {
  return Math.min(LONGEST_PAUSE_MILLISECONDS, 500 * 2 ** (tries - 1))
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
