import type { ClientChannel } from 'ssh2'
import type { SshConnection } from '../model/connection.ts'
import { DeployError } from '../model/problem.ts'
import { bastionCarrier, type Carrier, tcpCarrier } from './carrier.ts'
import { forwardingProblem } from './connect-failure.ts'
import { logIn, type PreparedHop, prepareHop } from './hop.ts'
import { Link } from './link.ts'
import type { SshServer, SshTarget } from './target.ts'

/** A server that is silent for `interval * (countMax + 1)` is taken for lost (ssh2 1.17, client.js, sendKA). */
export interface Keepalive {
  readonly keepaliveIntervalMilliseconds: number
  readonly keepaliveCountMax: number
}

export const KEEPALIVE: Keepalive = { keepaliveIntervalMilliseconds: 10_000, keepaliveCountMax: 3 }

/**
 * How a silent server is found within a third of the lease (and 40 s at most), so that there is time to connect again
 * while the host keeps the project for this deployment.
 */
export function keepaliveWithin(leaseSeconds: number): Keepalive {
  const most = KEEPALIVE.keepaliveIntervalMilliseconds
  return { ...KEEPALIVE, keepaliveIntervalMilliseconds: Math.min(most, (leaseSeconds * 1000) / 12) }
}

/** Connects within so many seconds, again and again where it has to be: for a deployment that has this lease. */
export function connectorTo(
  target: Omit<SshTarget, 'connectTimeoutSeconds'>,
  leaseSeconds: number,
): (connectTimeoutSeconds: number) => Promise<SshConnection> {
  return (connectTimeoutSeconds) =>
    connect({ ...target, connectTimeoutSeconds }, keepaliveWithin(leaseSeconds))
}

/**
 * Connects and authenticates with the private key, and with nothing else; through a bastion, where there is
 * one, which is verified under its own name. Nothing is read from the environment, no agent is asked.
 * @throws DeployError `ssh.*`: before connecting for an unusable key or known_hosts text of any hop, and after
 *   at most `connectTimeoutSeconds` for the rest
 */
export async function connect(target: SshTarget, keepalive: Keepalive = KEEPALIVE): Promise<SshConnection> {
  const deadline = performance.now() + target.connectTimeoutSeconds * 1000
  const left = () => Math.max(1, deadline - performance.now())
  // The host first: what a bastion takes over from it is then named by the host's own inputs.
  const host = prepareHop(target, 'host')
  if (target.route.kind === 'direct') return arrive(host, tcpCarrier(target, left()), left(), keepalive)

  const { bastion } = target.route
  const firstHop = prepareHop(bastion, 'bastion')
  const bastionLink = await arrive(firstHop, tcpCarrier(bastion, left()), left(), keepalive)
  try {
    const channel = await forward(bastionLink, bastion, target, left())
    // A silent bastion must be seen as such before it can be taken for a silent host.
    const longerKeepalive = { ...keepalive, keepaliveCountMax: keepalive.keepaliveCountMax + 1 }
    return await arrive(host, bastionCarrier(channel, bastionLink), left(), longerKeepalive)
  } catch (error) {
    const state = bastionLink.state()
    bastionLink.drop()
    if (state.kind !== 'lost') throw error
    const during = 'connecting to the host through the bastion'
    throw new DeployError({ code: 'ssh.lost', during, detail: state.detail }, { cause: error })
  }
}

async function arrive(
  hop: PreparedHop,
  carrier: Carrier,
  timeoutMilliseconds: number,
  keepalive: Keepalive,
): Promise<Link> {
  try {
    const times = { timeoutMilliseconds, ...keepalive }
    return await logIn(hop, carrier.stream, times, (client) => new Link(client, carrier))
  } catch (error) {
    carrier.drop()
    throw error
  }
}

/** @throws DeployError `ssh.forwarding_failed` */
async function forward(
  link: Link,
  bastion: SshServer,
  { host, port }: SshServer,
  timeoutMilliseconds: number,
): Promise<ClientChannel> {
  const way = { bastion: bastion.host, host, port }
  const { promise: tooLong, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const detail = `no answer within ${Math.ceil(timeoutMilliseconds / 1000)} s`
    reject(new DeployError({ code: 'ssh.forwarding_failed', ...way, reason: 'timeout', detail }))
  }, timeoutMilliseconds)
  try {
    return await Promise.race([link.forward(host, port), tooLong])
  } catch (error) {
    if (error instanceof DeployError) throw error
    throw new DeployError(forwardingProblem(error, way), { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
