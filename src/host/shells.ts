import { sessionCommand } from '../commands/session.ts'
import type { SshConnection } from '../ssh/connection.ts'
import { HostChannel } from './channel.ts'

/** The two shells on the host: one answers calls, the other follows jobs. */
export interface Shells {
  readonly calls: HostChannel
  readonly jobs: HostChannel
}

/** What a profile that asks something reads instead of our program: an empty answer each time. */
export const EMPTY_ANSWERS = '\n'.repeat(20)

/**
 * Opens both at once: an sshd that allows one session only must show before anything is touched.
 * @throws DeployError `ssh.lost`, `ssh.shell_unusable`
 */
export async function openShells(connection: SshConnection): Promise<Shells> {
  const open = async () => {
    const channel = new HostChannel(await connection.open(sessionCommand()))
    await channel.prepare(EMPTY_ANSWERS)
    return channel
  }
  const [calls, jobs] = await Promise.all([open(), open()])
  return { calls, jobs }
}

/** Gives both up, with whatever call they are in. */
export function closeShells({ calls, jobs }: Shells): void {
  calls.close()
  jobs.close()
}
