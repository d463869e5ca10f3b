import { types } from 'node:util'
import type { AlgorithmKind, Hop, SshProblem } from '../model/problem.ts'
import type { Greeting } from './greeting.ts'

/** How far a connection got: waiting for TCP, for the key exchange, or for authentication. */
export type ConnectPhase = 'tcp' | 'handshake' | 'authentication'

export interface ConnectAttempt {
  readonly hop: Hop
  readonly host: string
  readonly port: number
  readonly username: string
  readonly phase: ConnectPhase
  /** What the server said it takes after it refused the key; empty when it said nothing. */
  readonly methodsOffered: readonly string[]
  /** Whether the server took the key, and asked for more. */
  readonly partly: 'key-taken' | 'nothing-taken'
  /** What the server sent first. */
  readonly greeting: Pick<Greeting, 'said' | 'isOtherProtocol' | 'offer'>
  /** What the server had to say to whoever logs in. */
  readonly banner: string
}

type UnreachableReason = Extract<SshProblem, { readonly code: 'ssh.unreachable' }>['reason']

const REASON_BY_CODE: ReadonlyMap<unknown, UnreachableReason> = new Map<unknown, UnreachableReason>([
  ['ENOTFOUND', 'name-not-found'],
  ['EAI_AGAIN', 'name-lookup'],
  ['ECONNREFUSED', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['EADDRNOTAVAIL', 'no-route'],
])

const TOO_LATE: Readonly<Record<ConnectPhase, readonly [reason: UnreachableReason, detail: string]>> = {
  tcp: ['timeout', 'no answer to the TCP connection'],
  handshake: ['silent', 'TCP connected, the SSH handshake did not end'],
  authentication: ['login-silent', 'the SSH handshake ended, authentication did not'],
}

/** Which problem an error of ssh2 or of the socket stands for, when the connection could not be made. */
export function connectProblem(error: unknown, attempt: ConnectAttempt): SshProblem {
  const { hop, host, port, username, phase, greeting } = attempt
  const { level, code } = marksOf(error)
  // `level` is ssh2's; a number as code is the reason of the server's own SSH_MSG_DISCONNECT, which is how
  // sshd says "Too many authentication failures" (ssh2 1.17, client.js).
  const refused =
    level === 'client-authentication' || (phase === 'authentication' && typeof code === 'number')
  if (refused) {
    const detail = refusalWords(messageOf(error), attempt)
    const reason = refusalOf(attempt)
    return { code: 'ssh.authentication_failed', hop, host, port, username, reason, detail }
  }
  const server = { hop, host, port }
  const kind = unmatchedKind(messageOf(error))
  if (kind !== undefined) {
    return { code: 'ssh.no_common_algorithm', ...server, kind, offered: greeting.offer()?.[kind] ?? [] }
  }
  const unreachable = { code: 'ssh.unreachable', ...server } as const
  if (level === 'client-timeout') {
    const [reason, detail] = TOO_LATE[phase]
    return { ...unreachable, reason, detail: withBanner(detail, attempt) }
  }
  if (greeting.isOtherProtocol()) return { ...unreachable, reason: 'not-ssh', detail: saidFirst(greeting) }
  const reason = phase === 'tcp' ? REASON_BY_CODE.get(code) : undefined
  if (reason !== undefined) return { ...unreachable, reason, detail: messageOf(error) }
  if (!isClosing(error))
    return { ...unreachable, reason: 'handshake', detail: withBanner(messageOf(error), attempt) }
  if (phase === 'authentication') return { ...unreachable, reason: 'login-closed', detail: saidLast(attempt) }
  const own = typeof code === 'number' ? messageOf(error) : saidFirst(greeting)
  return { ...unreachable, reason: 'closed', detail: own }
}

type Refusal = Extract<SshProblem, { readonly code: 'ssh.authentication_failed' }>['reason']

function refusalOf({ methodsOffered, partly }: ConnectAttempt): Refusal {
  if (partly === 'key-taken') return 'more-asked'
  // A server that hung up named none.
  const takesKeys = methodsOffered.length === 0 || methodsOffered.includes('publickey')
  return takesKeys ? 'key-refused' : 'keys-not-taken'
}

function withBanner(detail: string, { banner }: ConnectAttempt): string {
  return banner === '' ? detail : `${detail}; it said: ${banner}`
}

/** In the middle of a login the banner came last. */
function saidLast({ banner, greeting }: ConnectAttempt): string {
  return banner === '' ? saidFirst(greeting) : `it said: ${banner}`
}

function refusalWords(message: string, { methodsOffered, partly, banner }: ConnectAttempt): string {
  const methods = methodsOffered.join(', ')
  const taken = partly === 'key-taken' ? `it took the key, and asks for more: ${methods}` : ''
  const refused = methods === '' ? message : `the server takes: ${methods}`
  return [taken === '' ? refused : taken, banner === '' ? '' : `it says: ${banner}`]
    .filter((words) => words !== '')
    .join('; ')
}

function saidFirst(greeting: Pick<Greeting, 'said'>): string {
  const words = greeting.said()
  return words === '' ? 'it said nothing' : `it said: ${words.slice(0, LONGEST_DETAIL)}`
}

/** By the messages of ssh2 1.17, kex.js. */
function unmatchedKind(message: string): AlgorithmKind | undefined {
  const [, what] =
    /^Handshake failed: no matching (?:[CS]->[CS] )?(key exchange|host key|cipher|MAC|compression)/u.exec(
      message,
    ) ?? []
  return what === undefined ? undefined : KIND_OF.get(what)
}

const KIND_OF: ReadonlyMap<string, AlgorithmKind> = new Map<string, AlgorithmKind>([
  ['key exchange', 'key-exchange'],
  ['host key', 'host-key'],
  ['cipher', 'cipher'],
  ['MAC', 'mac'],
  ['compression', 'compression'],
])

/** Whether the other side ended the connection: by a message of SSH, by a reset, or without a word. */
function isClosing(error: unknown): boolean {
  const { code } = marksOf(error)
  if (typeof code === 'number' || code === 'ECONNRESET' || code === 'EPIPE') return true
  // Those of ssh2 1.17 and of node-ssh 13.2 for a stream that ended.
  return /^(?:Connection lost before handshake|No response from server)/u.test(messageOf(error))
}

/** RFC 4254 section 5.1, SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const PROHIBITED = 1

/** Why a bastion that is logged in to did not connect on to the host. */
export function forwardingProblem(
  error: unknown,
  way: { readonly bastion: string; readonly host: string; readonly port: number },
): SshProblem {
  const reason = marksOf(error).reason === PROHIBITED ? 'forbidden' : 'unreachable'
  return { code: 'ssh.forwarding_failed', ...way, reason, detail: messageOf(error) }
}

const LONGEST_DETAIL = 500

/** An error's own words, bounded; of a connection tried on several addresses, those of every attempt. */
export function messageOf(error: unknown): string {
  const { errors } = marksOf(error)
  const message = Array.isArray(errors)
    ? errors.map(messageOf).join('; ')
    : types.isNativeError(error)
      ? error.message
      : String(error)
  return message.slice(0, LONGEST_DETAIL)
}

interface ErrorMarks {
  readonly level?: unknown
  readonly code?: unknown
  readonly reason?: unknown
  readonly errors?: unknown
}

function marksOf(error: unknown): ErrorMarks {
  return typeof error === 'object' && error !== null ? error : {}
}
