import type { Hop } from '../../model/problem.ts'
import { quotedName } from './quote.ts'

export const THE: Readonly<Record<Hop, string>> = { bastion: 'the bastion', host: 'the host' }

/** The inputs that name a hop, and log in to it. */
export const INPUT = {
  bastion: {
    host: 'bastion-host',
    port: 'bastion-port',
    username: 'bastion-username',
    privateKey: 'bastion-private-key',
    knownHosts: 'bastion-known-hosts',
  },
  host: {
    host: 'host',
    port: 'port',
    username: 'username',
    privateKey: 'private-key',
    knownHosts: 'known-hosts',
  },
} as const satisfies Record<Hop, Record<string, string>>

/** A server at the beginning of a sentence, and what it is to us where that is not plain. */
export function subject({
  hop,
  host,
  port,
}: {
  readonly hop: Hop
  readonly host: string
  readonly port: number
}): string {
  const address = port === 22 ? quotedName(host) : `${quotedName(host)}, port ${port},`
  return hop === 'host' ? address : `The bastion ${address}`
}
