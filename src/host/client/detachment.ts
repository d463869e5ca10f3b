import type { Ports } from '../../model/ports.ts'
import { DeployError } from '../../model/problem.ts'
import { CONNECT_SECONDS, PREFLIGHT_TIMEOUT } from '../../model/timeouts.ts'
import { type HostChannel, withTimeout } from '../link/channel.ts'
import { firstContact } from '../link/first-contact.ts'
import { openShell } from '../link/shells.ts'
import { fieldsOf } from '../protocol/facts.ts'

/** A process that a login of its own left running on the host; that login is closed. */
export interface ProbeProcess {
  /** The host's words for the process and its login, to ask it again by. */
  readonly words: readonly string[]
  /** By the clock of the ports. */
  readonly closedAt: number
}

/**
 * Logs in to the host beside the connection there is, leaves a process behind as a job is left when contact is lost, and
 * logs out. @throws DeployError `ssh.*`, `preflight.timeout`
 */
export async function startProbe(
  ports: Pick<Ports, 'connect' | 'hostProgram' | 'clock' | 'progress' | 'cancelled'>,
): Promise<ProbeProcess> {
  const { connection, opened } = await firstContact(ports, CONNECT_SECONDS, openShell)
  try {
    const leaving = leaveOver(opened.channel, ports.hostProgram)
    const words = await withTimeout(leaving, PREFLIGHT_TIMEOUT)
    await connection.close().catch(() => undefined)
    return { words, closedAt: ports.clock.now() }
  } catch (error) {
    await connection.close().catch(() => undefined)
    throw error
  }
}

async function leaveOver(channel: HostChannel, hostProgram: string): Promise<readonly string[]> {
  await channel.prepare(hostProgram)
  const reply = await channel.call('probe_start', [], PREFLIGHT_TIMEOUT)
  const [words] = fieldsOf(reply.facts, 'left')
  if (!words) throw new DeployError({ code: 'preflight.failed', detail: reply.text.join('\n') })
  return words
}
