import { describe, expect, it } from '@jest/globals'
import {
  type ConnectAttempt,
  type ConnectPhase,
  connectProblem,
  forwardingProblem,
  messageOf,
} from '../../../src/ssh/connect-failure.ts'
import { Greeting } from '../../../src/ssh/greeting.ts'

function problem(
  phase: ConnectPhase,
  marks: object,
  methodsOffered: readonly string[] = [],
  more: Partial<ConnectAttempt> = {},
) {
  const error = Object.assign(new Error('its message'), marks)
  return connectProblem(error, {
    hop: 'host',
    host: 'host',
    port: 22,
    username: 'deploy',
    phase,
    methodsOffered,
    partly: 'nothing-taken',
    greeting: new Greeting(),
    banner: '',
    ...more,
  })
}

describe('connectProblem', () => {
  it.each([
    ['tcp', { code: 'ENOTFOUND' }, 'name-not-found'],
    ['tcp', { code: 'EAI_AGAIN' }, 'name-lookup'],
    ['tcp', { code: 'ECONNREFUSED' }, 'refused'],
    ['tcp', { code: 'ETIMEDOUT' }, 'timeout'],
    ['tcp', { code: 'EHOSTUNREACH' }, 'no-route'],
    ['tcp', { code: 'ENETUNREACH' }, 'no-route'],
    ['tcp', { code: 'ECONNRESET' }, 'closed'],
    ['tcp', { level: 'client-timeout' }, 'timeout'],
    ['handshake', { level: 'client-timeout' }, 'silent'],
    ['handshake', { code: 'ECONNRESET' }, 'closed'],
    ['handshake', { code: 2 }, 'closed'],
    ['handshake', { level: 'handshake' }, 'handshake'],
    ['authentication', { level: 'client-timeout' }, 'login-silent'],
    ['authentication', { code: 'ECONNRESET' }, 'login-closed'],
  ] as const)('%s %j is unreachable: %s', (phase, marks, reason) => {
    expect(problem(phase, marks)).toMatchObject({ code: 'ssh.unreachable', reason })
  })

  it.each<[string, readonly string[], Partial<ConnectAttempt>, string, string]>([
    ['a refused key', ['publickey'], {}, 'the server takes: publickey', 'key-refused'],
    [
      'a refused key of many',
      ['password', 'publickey'],
      {},
      'the server takes: password, publickey',
      'key-refused',
    ],
    ['a server that takes no keys', ['password'], {}, 'the server takes: password', 'keys-not-taken'],
    ['a server that does not say', [], { banner: 'Closed.' }, 'its message; it says: Closed.', 'key-refused'],
    [
      'a second factor',
      ['keyboard-interactive'],
      { partly: 'key-taken' },
      'it took the key, and asks for more: keyboard-interactive',
      'more-asked',
    ],
    [
      'a second key',
      ['publickey'],
      { partly: 'key-taken', banner: 'Hi.' },
      'it took the key, and asks for more: publickey; it says: Hi.',
      'more-asked',
    ],
  ])('tells %s from other refusals', (_what, methods, more, detail, reason) => {
    expect(problem('authentication', { level: 'client-authentication' }, methods, more)).toEqual({
      code: 'ssh.authentication_failed',
      hop: 'host',
      host: 'host',
      port: 22,
      username: 'deploy',
      reason,
      detail,
    })
  })

  it.each<[string, object, string, string]>([
    ['it hangs up', { code: 'ECONNRESET' }, 'login-closed', 'it said: Down for repair.'],
    [
      'it does not go on',
      { level: 'client-timeout' },
      'login-silent',
      'the SSH handshake ended, authentication did not; it said: Down for repair.',
    ],
    ['it breaks the protocol', { level: 'protocol' }, 'handshake', 'its message; it said: Down for repair.'],
  ])('tells what the server says to whoever logs in, before %s', (_how, marks, reason, detail) => {
    const banner = 'Down for repair.'
    expect(problem('authentication', marks, [], { banner })).toMatchObject({ reason, detail })
  })

  it('takes a disconnect during authentication as a refusal', () => {
    expect(problem('authentication', { code: 2 })).toMatchObject({
      code: 'ssh.authentication_failed',
      detail: 'its message',
    })
  })
})

describe('forwardingProblem', () => {
  it.each([
    [1, 'forbidden'],
    [2, 'unreachable'],
    [4, 'unreachable'],
    ['', 'unreachable'],
  ] as const)('reason %j is %s', (reason, expected) => {
    const error = Object.assign(new Error('its message'), { reason })
    expect(forwardingProblem(error, { bastion: 'bastion', host: 'host', port: 2222 })).toEqual({
      code: 'ssh.forwarding_failed',
      bastion: 'bastion',
      host: 'host',
      port: 2222,
      reason: expected,
      detail: 'its message',
    })
  })
})

describe('messageOf', () => {
  it('joins the attempts on several addresses', () => {
    expect(messageOf(new AggregateError([new Error('one'), new Error('two')]))).toBe('one; two')
  })

  it('is bounded, whatever a server sends', () => {
    expect(messageOf(new Error('x'.repeat(10_000)))).toHaveLength(500)
    expect(messageOf('text')).toBe('text')
  })
})
