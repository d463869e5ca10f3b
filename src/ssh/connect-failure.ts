import { types } from 'node:util'
import type { Hop, SshProblem } from '../errors.ts'

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
}

type UnreachableReason = Extract<SshProblem, { readonly code: 'ssh.unreachable' }>['reason']

const REASON_BY_CODE: ReadonlyMap<unknown, UnreachableReason> = new Map<unknown, UnreachableReason>([
  ['ENOTFOUND', 'name-not-found'],
  ['EAI_AGAIN', 'name-not-found'],
  ['ECONNREFUSED', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['EADDRNOTAVAIL', 'no-route'],
])

const PHASE_WORDS: Readonly<Record<ConnectPhase, string>> = {
  tcp: 'no answer to the TCP connection',
  handshake: 'TCP connected, the SSH handshake did not end',
  authentication: 'the SSH handshake ended, authentication did not',
}

/** Which problem an error of ssh2 or of the socket stands for, when the connection could not be made. */
export function connectProblem(error: unknown, attempt: ConnectAttempt): SshProblem {
  const { hop, host, port, username, phase, methodsOffered } = attempt
  const { level, code } = marksOf(error)
  // `level` is ssh2's; a number as code is the reason of the server's own SSH_MSG_DISCONNECT, which is how
  // sshd says "Too many authentication failures" (ssh2 1.17, client.js).
  const refused =
    level === 'client-authentication' || (phase === 'authentication' && typeof code === 'number')
  if (refused) {
    const detail =
      methodsOffered.length > 0 ? `the server takes: ${methodsOffered.join(', ')}` : messageOf(error)
    return { code: 'ssh.authentication_failed', hop, host, port, username, detail }
  }
  const unreachable = { code: 'ssh.unreachable', hop, host, port } as const
  if (level === 'client-timeout') return { ...unreachable, reason: 'timeout', detail: PHASE_WORDS[phase] }
  // Once TCP stands, whatever the socket reports is a handshake that did not come about.
  const reason = phase === 'tcp' ? (REASON_BY_CODE.get(code) ?? 'handshake') : 'handshake'
  return { ...unreachable, reason, detail: messageOf(error) }
}

/** RFC 4254 §5.1, SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
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
