import { createConnection } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { SshServer } from './target.ts'

/** What one SSH connection runs over: a TCP socket, or a channel through another SSH connection. */
export interface Carrier {
  readonly stream: Duplex
  /** Whether a connection that ended over it was lost by itself, or because the carrier was. */
  loss(): { readonly kind: 'own' } | { readonly kind: 'carrier'; readonly detail: string }
  /** Ends everything below at once, whatever the other side does. */
  drop(): void
  /** Ends what is below in good order. */
  release(): Promise<void>
}

/** A TCP connection to a server, being made. */
export function tcpCarrier({ host, port }: SshServer, timeoutMilliseconds: number): Carrier {
  const socket = createConnection({
    host,
    port,
    noDelay: true,
    // Node gives up on an address after 250 ms when a name has several; a far host needs longer.
    autoSelectFamilyAttemptTimeout: Math.ceil(timeoutMilliseconds / 4),
  })
  return {
    stream: socket,
    loss: () => ({ kind: 'own' }),
    drop: () => socket.destroy(),
    release: () => Promise.resolve(),
  }
}

/** The connection to a bastion, as what runs through it needs it. */
export interface BastionConnection {
  state(): LinkState
  drop(): void
  close(): Promise<void>
}

/** The channel that a bastion has opened to the host. */
export function bastionCarrier(channel: ClientChannel, bastion: BastionConnection): Carrier {
  // When the host hangs up, the bastion only says that no more will come, and waits for us to say the same.
  channel.once('end', () => channel.end())
  return {
    stream: channel,
    loss: () => {
      const state = bastion.state()
      return state.kind === 'lost'
        ? { kind: 'carrier', detail: `the connection to the bastion: ${state.detail}` }
        : { kind: 'own' }
    },
    // A channel is only gone once the bastion has agreed, and a silent one never does.
    drop: () => bastion.drop(),
    release: () => bastion.close(),
  }
}

export type LinkState =
  | { readonly kind: 'up' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'lost'; readonly detail: string }
