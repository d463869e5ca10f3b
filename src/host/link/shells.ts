import type { SshConnection } from '../../model/connection.ts'
import { EMPTY_ANSWERS, sessionCommand } from '../protocol/shell-session.ts'
import { HostChannel, withTimeout } from './channel.ts'

/** The two shells on the host: one answers calls, the other follows jobs. */
export interface Shells {
  readonly calls: HostChannel
  readonly jobs: HostChannel
  /** Which boot of the host this is; empty where the kernel does not say. */
  readonly bootId: string
}

/** A shell that has answered. */
export interface OpenedShell {
  readonly channel: HostChannel
  readonly bootId: string
}

/**
 * Opens a shell through the account's login shell, whose start-up files sshd cannot be asked to leave out, and waits until it
 * answers. @throws DeployError `ssh.lost`, `ssh.shell_unusable`
 */
export async function openShell(connection: SshConnection, seconds: number): Promise<OpenedShell> {
  const detail = `no shell opened within ${Math.ceil(seconds)} s`
  const opening = connection.open(sessionCommand())
  const opened = await withTimeout(opening, { seconds, problem: { code: 'ssh.shell_unusable', detail } })
  const channel = new HostChannel(opened)
  await channel.prepare(EMPTY_ANSWERS)
  return { channel, bootId: await channel.greet(seconds) }
}

/**
 * Opens both at once: an sshd that allows one session only must show before anything is touched.
 * @throws DeployError `ssh.lost`, `ssh.shell_unusable`
 */
export async function openShells(connection: SshConnection, seconds: number): Promise<Shells> {
  const [calls, jobs] = await Promise.all([openShell(connection, seconds), openShell(connection, seconds)])
  return { calls: calls.channel, jobs: jobs.channel, bootId: calls.bootId }
}

/** Gives both up, with whatever call they are in. */
export function closeShells({ calls, jobs }: Shells): void {
  calls.close()
  jobs.close()
}
