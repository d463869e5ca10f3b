import type { DeployConfig } from '../config/config.ts'
import { HostSession } from '../host/client/session.ts'
import { firstContact, whenCancelled } from '../host/link/first-contact.ts'
import { HostLink } from '../host/link/host-link.ts'
import { CONNECT_SECONDS } from '../model/timeouts.ts'
import type { Deployment } from './deployment.ts'

/** Where to connect to, before it is known what is deployed. */
interface Connecting extends Omit<Deployment, 'config'> {
  readonly config: Pick<DeployConfig, 'ssh' | 'deadlines'>
}

/**
 * Connects, and makes the host program known to the host.
 * @throws DeployError `ssh.*`
 */
export async function connect({ config, ports, record }: Connecting): Promise<HostSession> {
  record.enter('connect')
  const { leaseSeconds } = config.deadlines
  const { opened: link } = await firstContact(ports, CONNECT_SECONDS, (connection, seconds) =>
    HostLink.over(connection, ports, leaseSeconds, seconds),
  )
  whenCancelled(ports, () => link.close())
  // Only after the host has answered: a login can succeed and then reach no shell.
  ports.progress.tell({ kind: 'connected', ...config.ssh })
  return HostSession.open(link, ports.hostProgram)
}
