import type { SshConnection } from '../../model/connection.ts'
import type { Ports } from '../../model/ports.ts'
import { type Problem, problemOf } from '../../model/problem.ts'
import { CONNECT_SECONDS } from '../../model/timeouts.ts'
import { pauseBefore } from './reconnect.ts'

/** A login that came late has this long to come to its shell, in seconds. */
const SHELL_SECONDS = 5

/**
 * Connects, and opens on the connection what proves that somebody answers; tries again, as long as there is time, what may be
 * otherwise at the next try. A login that was refused is none of it: servers count those against whoever tries.
 * @throws DeployError `ssh.*`
 */
export async function firstContact<Opened>(
  ports: Pick<Ports, 'connect' | 'clock' | 'progress' | 'cancelled'>,
  seconds: number,
  open: (connection: SshConnection, seconds: number) => Promise<Opened>,
): Promise<{ readonly connection: SshConnection; readonly opened: Opened }> {
  const { clock, progress, cancelled } = ports
  const deadline = clock.now() + seconds * 1000
  const left = () => (deadline - clock.now()) / 1000
  const over = new Promise<void>((resolve) => cancelled.addEventListener('abort', () => resolve()))
  let earlier: unknown
  for (let tries = 1; ; tries += 1) {
    try {
      const connection = await ports.connect(Math.min(CONNECT_SECONDS, left()))
      const opened = await openOn(connection, ports, () => open(connection, Math.max(SHELL_SECONDS, left())))
      return { connection, opened }
    } catch (error) {
      const problem = problemOf(error)
      // The time of a later try is cut: that it was over then says less than what was seen before.
      if (earlier !== undefined && isTimeOver(problem)) throw earlier
      const pause = pauseBefore(tries)
      if (cancelled.aborted || !isPassing(problem) || left() * 1000 <= pause) throw error
      if (earlier === undefined)
        progress.tell({ kind: 'connecting-again', because: problem, seconds: left() })
      earlier = error
      await clock.changeOr(over, pause)
      if (cancelled.aborted) throw error
    }
  }
}

async function openOn<Opened>(
  connection: SshConnection,
  ports: Pick<Ports, 'cancelled'>,
  open: () => Promise<Opened>,
): Promise<Opened> {
  try {
    whenCancelled(ports, () => connection.close())
    return await open()
  } catch (error) {
    await connection.close().catch(() => undefined)
    throw error
  }
}

/** What a server that starts, or that has too much to do just now, may answer otherwise in a moment. */
function isPassing(problem: Problem): problem is Extract<Problem, { code: `ssh.${string}` }> {
  switch (problem.code) {
    case 'ssh.lost':
      return true
    case 'ssh.forwarding_failed':
      return problem.reason !== 'forbidden'
    case 'ssh.unreachable':
      return PASSING.has(problem.reason)
    default:
      return false
  }
}

type UnreachableReason = Extract<Problem, { code: 'ssh.unreachable' }>['reason']

const PASSING: ReadonlySet<UnreachableReason> = new Set([
  'name-lookup',
  'refused',
  'timeout',
  'no-route',
  'silent',
  'closed',
])

const TIME_OVER: ReadonlySet<UnreachableReason> = new Set(['timeout', 'silent', 'login-silent'])

function isTimeOver(problem: Problem): boolean {
  if (problem.code === 'ssh.forwarding_failed') return problem.reason === 'timeout'
  return problem.code === 'ssh.unreachable' && TIME_OVER.has(problem.reason)
}

/** Closes the way to the host, now or once the run is cancelled, so that nothing more starts there. */
export function whenCancelled({ cancelled }: Pick<Ports, 'cancelled'>, close: () => Promise<void>): void {
  const closeNow = () => void close().catch(() => undefined)
  if (cancelled.aborted) closeNow()
  else cancelled.addEventListener('abort', closeNow)
}
