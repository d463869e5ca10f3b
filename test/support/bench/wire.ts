import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { PrivateHost } from '../private-host/private-host.ts'

/** A way to a host's sshd that counts. What is said there is encrypted, so this counts who speaks. */
export interface Wire extends AsyncDisposable {
  /** The host at this end of the wire. */
  readonly address: '127.0.0.1'
  readonly port: number
  /** known_hosts lines of the address. */
  readonly knownHosts: string
  readonly connections: () => number
  /** How often the host answered after the action had spoken: about its round trips. */
  readonly turnarounds: () => number
}

export async function openWire(host: Pick<PrivateHost, 'address' | 'sshPort' | 'knownHosts'>): Promise<Wire> {
  let connections = 0
  let turnarounds = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    connections += 1
    const upstream = connect(host.sshPort, host.address)
    let spoke: 'action' | 'host' = 'host'
    for (const [from, to, who] of [
      [client, upstream, 'action'],
      [upstream, client, 'host'],
    ] as const) {
      sockets.add(from)
      // Nagle would hold small packets back and so change what is measured.
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('data', () => {
        if (who === 'host' && spoke === 'action') turnarounds += 1
        spoke = who
      })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the wire has no port')
  const { port } = address
  return {
    address: '127.0.0.1',
    port,
    knownHosts: host.knownHosts.replaceAll(/^\S+/gm, `[127.0.0.1]:${port}`),
    connections: () => connections,
    turnarounds: () => turnarounds,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The commands that the host's sshd has been asked for so far, by its own log. */
export async function sshExecs(host: PrivateHost): Promise<number> {
  const { stdout } = await host.run(
    "grep -c 'Starting session: command' /var/log/private-host/sshd.log || [ $? = 1 ]",
  )
  return Number(stdout)
}
