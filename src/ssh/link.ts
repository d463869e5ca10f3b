import { setTimeout as pause } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import type { SshChannel } from '../model/connection.ts'
import { DeployError, type Problem } from '../model/problem.ts'
import type { Carrier, LinkState } from './carrier.ts'
import { ExecChannel } from './channel.ts'
import { messageOf } from './connect-failure.ts'

/** How long a server may take to close its side before the connection is dropped. */
const CLOSE_GRACE_MILLISECONDS = 1000

/**
 * How long the commands of closed channels may take to end: as long they count for sshd's MaxSessions, and a new
 * channel may be refused. A call of the host program that hangs in docker ends within half a minute.
 */
const FREED_WITHIN_MILLISECONDS = 45_000
const FREED_CHECK_MILLISECONDS = 100

/** One authenticated connection to one server, until it is closed or lost. */
export class Link {
  readonly lost: Promise<{ readonly detail: string }>
  readonly #client: Client
  readonly #carrier: Carrier
  readonly #channels = new Set<ExecChannel>()
  readonly #reportLost: (loss: { readonly detail: string }) => void
  readonly #ended: Promise<void>
  #state: LinkState = { kind: 'up' }
  #freedBy = 0

  constructor(client: Client, carrier: Carrier) {
    this.#client = client
    this.#carrier = carrier
    const { promise, resolve } = Promise.withResolvers<{ readonly detail: string }>()
    this.lost = promise
    this.#reportLost = resolve
    // Every error that ssh2 reports leaves the protocol unusable, but not always the stream closed.
    client.on('error', (error: Error) => {
      this.#lose(messageOf(error))
      carrier.drop()
    })
    this.#ended = new Promise((ended) => {
      client.on('close', () => {
        if (this.#state.kind === 'up') {
          this.#lose('the server closed the connection')
          carrier.drop()
        }
        ended()
      })
    })
  }

  state(): LinkState {
    return this.#state
  }

  /** @throws DeployError `ssh.lost`, or `ssh.shell_unusable` when the server runs no command for this account */
  async open(command: string): Promise<SshChannel> {
    for (;;) {
      try {
        return await this.#exec(command)
      } catch (error) {
        const problem = this.#openProblem(error)
        const isFreeing = problem.code === 'ssh.shell_unusable' && performance.now() < this.#freedBy
        if (!isFreeing) throw new DeployError(problem, { cause: error })
      }
      await pause(FREED_CHECK_MILLISECONDS)
    }
  }

  /** A connection that this server makes to another one. Rejects with ssh2's own error. */
  forward(host: string, port: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        if (error) reject(error)
        else resolve(channel)
      })
    })
  }

  async close(): Promise<void> {
    if (this.#state.kind === 'up') {
      this.#state = { kind: 'closed' }
      this.#endChannels('the connection was closed')
      this.#client.end()
    }
    const impatience = setTimeout(() => this.#carrier.drop(), CLOSE_GRACE_MILLISECONDS)
    await this.#ended
    clearTimeout(impatience)
    await this.#carrier.release()
  }

  /** Ends it at once, whatever the server does. */
  drop(): void {
    if (this.#state.kind === 'up') {
      this.#state = { kind: 'closed' }
      this.#endChannels('the connection was closed')
    }
    this.#carrier.drop()
  }

  #exec(command: string): Promise<SshChannel> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) return reject(error)
        const opened = new ExecChannel(channel, this.#carrier.stream, () => {
          this.#freedBy = performance.now() + FREED_WITHIN_MILLISECONDS
        })
        this.#channels.add(opened)
        void opened.ended.then(() => this.#channels.delete(opened))
        resolve(opened)
      })
    })
  }

  #lose(own: string): void {
    if (this.#state.kind !== 'up') return
    const loss = this.#carrier.loss()
    const detail = loss.kind === 'carrier' ? loss.detail : own
    this.#state = { kind: 'lost', detail }
    this.#endChannels(detail)
    this.#reportLost({ detail })
  }

  #endChannels(detail: string): void {
    for (const channel of this.#channels) channel.lose(detail)
  }

  #openProblem(error: unknown): Problem {
    const during = 'opening a channel'
    switch (this.#state.kind) {
      case 'up':
        // ssh2 refuses by itself while the stream is ending and its end has not been reported yet.
        return this.#carrier.stream.writable
          ? { code: 'ssh.shell_unusable', detail: messageOf(error) }
          : { code: 'ssh.lost', during, detail: messageOf(error) }
      case 'closed':
        return { code: 'ssh.lost', during, detail: 'the connection was closed' }
      case 'lost':
        return { code: 'ssh.lost', during, detail: this.#state.detail }
    }
  }
}
