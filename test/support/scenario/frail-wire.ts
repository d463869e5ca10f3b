import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { PrivateHost } from '../private-host/private-host.ts'

/** A way to a host's sshd that a test can break. */
export interface FrailWire extends AsyncDisposable {
  /** What a deployment over it is given: the host at this end, and known_hosts lines for that. */
  readonly inputs: Readonly<Record<'host' | 'port' | 'known-hosts', string>>
  /** How many connections were made over it so far. */
  readonly connections: () => number
  /** Resets every connection there is; new ones work. */
  cut(): void
  /** Lets nothing through in either way, and answers nobody who comes, until it is healed. */
  silence(): void
  /** Resets every connection, and each one that is made, until it is healed. */
  breakDown(): void
  /** Resets every connection; new ones arrive at this server. */
  leadTo(server: Pick<PrivateHost, 'address' | 'sshPort'>): void
  /** Lets pass what was held back, and what comes. */
  heal(): void
}

export async function frailWire(
  host: Pick<PrivateHost, 'address' | 'sshPort' | 'knownHosts'>,
): Promise<FrailWire> {
  let state: 'up' | 'silent' | 'broken' = 'up'
  let end: Pick<PrivateHost, 'address' | 'sshPort'> = host
  let connections = 0
  const sockets = new Set<Socket>()
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
    sockets.clear()
  }
  const join = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('data', (chunk) => void to.write(chunk))
    if (state === 'silent') from.pause()
  }
  const server = createServer((client) => {
    connections += 1
    if (state === 'broken') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(end.sshPort, end.address)
    join(client, upstream)
    join(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the wire has no port')
  return {
    inputs: {
      host: '127.0.0.1',
      port: String(address.port),
      'known-hosts': host.knownHosts.replaceAll(/^\S+/gm, `[127.0.0.1]:${address.port}`),
    },
    connections: () => connections,
    cut,
    silence: () => {
      state = 'silent'
      for (const socket of sockets) socket.pause()
    },
    breakDown: () => {
      state = 'broken'
      cut()
    },
    leadTo: (server) => {
      end = server
      cut()
    },
    heal: () => {
      state = 'up'
      for (const socket of sockets) socket.resume()
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
