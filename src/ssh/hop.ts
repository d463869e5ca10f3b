import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { AuthenticationType, Client, PublicKeyAuthMethod } from 'ssh2'
import { DeployError, type Hop, type SshProblem } from '../model/problem.ts'
import { ByteTail } from './byte-tail.ts'
import { type ConnectAttempt, type ConnectPhase, connectProblem } from './connect-failure.ts'
import { Greeting } from './greeting.ts'
import { type HostKeyCheck, hostKeyCheck } from './host-key.ts'
import { type PreparedKey, prepareKey } from './private-key.ts'
import type { SshServer } from './target.ts'

/** One server on the way, its key decrypted and its known_hosts text read: all that needs no connection. */
export interface PreparedHop {
  readonly hop: Hop
  readonly server: SshServer
  readonly key: PreparedKey
  readonly hostKey: HostKeyCheck
}

/** How long a login may take, and when a silent server is taken for lost afterwards. */
export interface HopTimes {
  readonly timeoutMilliseconds: number
  readonly keepaliveIntervalMilliseconds: number
  readonly keepaliveCountMax: number
}

/** @throws DeployError `ssh.private_key_unusable`, `ssh.known_hosts_invalid` */
export function prepareHop(server: SshServer, hop: Hop): PreparedHop {
  const preparation = prepareKey(server.privateKey, server.passphrase)
  if (preparation.kind === 'unusable') {
    const { reason, detail } = preparation
    throw new DeployError({ code: 'ssh.private_key_unusable', hop, reason, detail })
  }
  const { host, port } = server
  return { hop, server, key: preparation.key, hostKey: hostKeyCheck(server.hostKeys, { hop, host, port }) }
}

/**
 * Logs in over a stream, with the private key and with nothing else; the host key is judged before that.
 * `listen` gets the client before it can report anything: node-ssh takes its own error listener away as soon
 * as the login has worked. Who made the stream ends it when this throws.
 * @throws DeployError `ssh.*`
 */
export async function logIn<Listener>(
  { hop, server: account, key, hostKey }: PreparedHop,
  stream: Duplex,
  times: HopTimes,
  listen: (client: Client) => Listener,
): Promise<Listener> {
  let refusal: SshProblem | undefined
  // A stream through a bastion is connected already.
  let phase: ConnectPhase = isConnecting(stream) ? 'tcp' : 'handshake'
  const authentication = keyOnly(account.username, key)
  const ssh = new NodeSSH()
  const ready = ssh.connect({
    sock: stream,
    username: account.username,
    authHandler: authentication.handler,
    hostVerifier: (shown: Buffer): boolean => {
      const verdict = hostKey.judge(shown)
      if (verdict.kind === 'refused') refusal = verdict.problem
      return verdict.kind === 'accepted'
    },
    algorithms: { serverHostKey: hostKey.algorithms },
    readyTimeout: times.timeoutMilliseconds,
    keepaliveInterval: times.keepaliveIntervalMilliseconds,
    keepaliveCountMax: times.keepaliveCountMax,
  })
  const client = ssh.connection
  if (client === null) throw new Error('node-ssh no longer makes its client before it waits')
  // ssh2 has paused the stream by now, so that this listener does not make it flow before its own.
  const greeting = new Greeting()
  const listenFirst = (chunk: Buffer) => greeting.push(chunk)
  stream.on('data', listenFirst)
  client.once('connect', () => {
    phase = 'handshake'
  })
  client.once('handshake', () => {
    phase = 'authentication'
    stream.off('data', listenFirst)
  })
  const banner = new ByteTail(MOST_BANNER_BYTES)
  client.on('banner', (text: string) => banner.push(Buffer.from(text)))
  const listener = listen(client)
  try {
    await ready
    return listener
  } catch (error) {
    const { host, port, username } = account
    const server = { hop, host, port, username, phase, greeting, banner: banner.text().trim() }
    const attempt = { ...server, ...authentication.answer() }
    throw new DeployError(refusal ?? connectProblem(error, attempt), { cause: error })
  }
}

function isConnecting(stream: Duplex): boolean {
  return 'connecting' in stream && stream.connecting === true
}

/** A banner can be pages of law; what concerns a login that fails stands at its end. */
const MOST_BANNER_BYTES = 400

/** Offers the key once and then stops, remembering what the server would have taken. */
function keyOnly(username: string, key: PreparedKey) {
  const method: PublicKeyAuthMethod = { type: 'publickey', username, key: key.reveal() }
  let methodsOffered: readonly string[] = []
  let partly: ConnectAttempt['partly'] = 'nothing-taken'
  let tried = false
  return {
    handler: (
      methodsLeft: AuthenticationType[] | null,
      partialSuccess: boolean | null,
    ): PublicKeyAuthMethod | false => {
      methodsOffered = methodsLeft ?? []
      if (tried) {
        if (partialSuccess === true) partly = 'key-taken'
        return false
      }
      tried = true
      return method
    },
    answer: () => ({ methodsOffered, partly }),
  }
}
