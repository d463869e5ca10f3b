import { createConnection, type Socket } from 'node:net'
import { NodeSSH } from 'node-ssh'
import type { AuthenticationType, Client, PublicKeyAuthMethod } from 'ssh2'
import { DeployError, type Problem, type SshProblem } from '../errors.ts'
import { ExecChannel, type SshChannel } from './channel.ts'
import { type ConnectPhase, connectProblem, messageOf } from './connect-failure.ts'
import { hostKeyCheck } from './host-key.ts'
import { type PreparedKey, prepareKey } from './private-key.ts'
import type { SshTarget } from './target.ts'

/** One authenticated connection, until it is closed or lost. */
export interface SshConnection {
  /**
   * Runs a command through the account's login shell, without a terminal.
   * @throws DeployError `ssh.lost`, or `ssh.shell_unusable` when the server runs no command for this account
   */
  open(command: string): Promise<SshChannel>
  /** Resolves when the link dies; never rejects, and stays open for ever after our own {@link close}. */
  readonly lost: Promise<{ readonly detail: string }>
  /** Ends the connection and frees its socket; channels still open end as `lost`. */
  close(): Promise<void>
}

/** A server that is silent for `interval * (countMax + 1)` is taken for lost (ssh2 1.17, client.js, sendKA). */
export interface Keepalive {
  readonly keepaliveIntervalMilliseconds: number
  readonly keepaliveCountMax: number
}

export const KEEPALIVE: Keepalive = { keepaliveIntervalMilliseconds: 10_000, keepaliveCountMax: 3 }

/** How long a server may take to close its side before the socket is destroyed. */
const CLOSE_GRACE_MILLISECONDS = 1000

/**
 * Connects and authenticates with the private key, and with nothing else. The host key is judged before
 * authentication begins. Nothing is read from the environment, no agent is asked.
 * @throws DeployError `ssh.*`: before connecting for an unusable key or known_hosts text, and after at most
 *   `connectTimeoutSeconds` for the rest
 */
export async function connect(target: SshTarget, keepalive: Keepalive = KEEPALIVE): Promise<SshConnection> {
  const preparation = prepareKey(target.privateKey, target.passphrase)
  if (preparation.kind === 'unusable') throw new DeployError(preparation.problem)
  const hostKey = hostKeyCheck(target.hostKeys, target.host, target.port)
  const timeoutMilliseconds = target.connectTimeoutSeconds * 1000

  let refusal: SshProblem | undefined
  let phase: ConnectPhase = 'tcp'
  const authentication = keyOnly(target.username, preparation.key)
  const socket = createConnection({
    host: target.host,
    port: target.port,
    noDelay: true,
    // Node gives up on an address after 250 ms when a name has several; a far host needs longer.
    autoSelectFamilyAttemptTimeout: timeoutMilliseconds / 4,
  })
  const ssh = new NodeSSH()
  const ready = ssh.connect({
    sock: socket,
    username: target.username,
    authHandler: authentication.handler,
    hostVerifier: (key: Buffer): boolean => {
      const verdict = hostKey.judge(key)
      if (verdict.kind === 'refused') refusal = verdict.problem
      return verdict.kind === 'accepted'
    },
    algorithms: { serverHostKey: hostKey.algorithms },
    readyTimeout: timeoutMilliseconds,
    keepaliveInterval: keepalive.keepaliveIntervalMilliseconds,
    keepaliveCountMax: keepalive.keepaliveCountMax,
  })
  const client = ssh.connection
  if (client === null) throw new Error('node-ssh no longer makes its client before it waits')
  client.once('connect', () => {
    phase = 'handshake'
  })
  client.once('handshake', () => {
    phase = 'authentication'
  })
  // Before `ready`: node-ssh takes its own error listener away in that very event.
  const connection = new Connection(client, socket)
  try {
    await ready
    return connection
  } catch (error) {
    socket.destroy()
    const { host, port, username } = target
    const attempt = { host, port, username, phase, methodsOffered: authentication.methodsOffered() }
    throw new DeployError(refusal ?? connectProblem(error, attempt), { cause: error })
  }
}

/** Offers the key once and then stops, remembering what the server would have taken. */
function keyOnly(username: string, key: PreparedKey) {
  const method: PublicKeyAuthMethod = { type: 'publickey', username, key: key.reveal() }
  let offered: readonly string[] = []
  let tried = false
  return {
    handler: (methodsLeft: AuthenticationType[] | null): PublicKeyAuthMethod | false => {
      offered = methodsLeft ?? []
      if (tried) return false
      tried = true
      return method
    },
    methodsOffered: () => offered,
  }
}

type LinkState =
  | { readonly kind: 'up' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'lost'; readonly detail: string }

class Connection implements SshConnection {
  readonly lost: Promise<{ readonly detail: string }>
  readonly #client: Client
  readonly #socket: Socket
  readonly #channels = new Set<ExecChannel>()
  readonly #reportLost: (loss: { readonly detail: string }) => void
  readonly #ended: Promise<void>
  #state: LinkState = { kind: 'up' }

  constructor(client: Client, socket: Socket) {
    this.#client = client
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<{ readonly detail: string }>()
    this.lost = promise
    this.#reportLost = resolve
    // Every error that ssh2 reports leaves the protocol unusable, but not always the socket closed.
    client.on('error', (error: Error) => {
      this.#lose(messageOf(error))
      socket.destroy()
    })
    this.#ended = new Promise((ended) => {
      client.on('close', () => {
        this.#lose('the server closed the connection')
        ended()
      })
    })
  }

  open(command: string): Promise<SshChannel> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(new DeployError(this.#openProblem(error), { cause: error }))
      try {
        this.#client.exec(command, (error, channel) => {
          if (error) return fail(error)
          const opened = new ExecChannel(channel)
          this.#channels.add(opened)
          void opened.ended.then(() => this.#channels.delete(opened))
          resolve(opened)
        })
      } catch (error) {
        fail(error)
      }
    })
  }

  async close(): Promise<void> {
    if (this.#state.kind === 'up') {
      this.#state = { kind: 'closed' }
      this.#endChannels('the connection was closed')
      this.#client.end()
    }
    const impatience = setTimeout(() => this.#socket.destroy(), CLOSE_GRACE_MILLISECONDS)
    await this.#ended
    clearTimeout(impatience)
  }

  #lose(detail: string): void {
    if (this.#state.kind !== 'up') return
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
        // ssh2 refuses by itself while the socket is ending and its end has not been reported yet.
        return this.#socket.writable
          ? { code: 'ssh.shell_unusable', detail: messageOf(error) }
          : { code: 'ssh.lost', during, detail: messageOf(error) }
      case 'closed':
        return { code: 'ssh.lost', during, detail: 'the connection was closed' }
      case 'lost':
        return { code: 'ssh.lost', during, detail: this.#state.detail }
    }
  }
}
