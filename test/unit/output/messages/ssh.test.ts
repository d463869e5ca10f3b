import { describe, expect, it } from '@jest/globals'
import type { SshProblem } from '../../../../src/model/problem.ts'
import { describeProblem } from '../../../../src/output/messages/problem.ts'

type Refusal = Extract<SshProblem, { code: 'ssh.authentication_failed' }>['reason']

describe('a login that was refused', () => {
  it.each<[string, Refusal, string, string]>([
    [
      'the key',
      'key-refused',
      'trade.example.com refused the private key for the user deploy: DETAIL.',
      'Put the public half of the key into ~deploy/.ssh/authorized_keys on the host',
    ],
    [
      'for want of a second factor',
      'more-asked',
      'trade.example.com does not let the user deploy in with the private key alone: DETAIL.',
      'Exempt this user from the second factor',
    ],
    [
      'because it takes no keys',
      'keys-not-taken',
      'trade.example.com accepts no private key at the login of the user deploy: DETAIL.',
      'PubkeyAuthentication yes',
    ],
  ])('%s', (_what, reason, what, cure) => {
    const words = describeProblem({
      ...{ code: 'ssh.authentication_failed', hop: 'host', host: 'trade.example.com', port: 22 },
      ...{ username: 'deploy', reason, detail: 'DETAIL' },
    })
    expect(words.what).toBe(what)
    expect(words.next).toContain(cure)
    const isAboutTheKey = reason === 'key-refused'
    expect(words.next.includes('public half')).toBe(isAboutTheKey)
  })
})

describe('a shell that cannot be used', () => {
  type Reason = Extract<SshProblem, { code: 'ssh.shell_unusable' }>['reason']
  it.each<[Reason, readonly string[]]>([
    ['silent', ['forced command that waits for input', 'overloaded', 'start-up files', '"ssh HOST true"']],
    ['not-a-shell', ['other than a shell', 'ForceCommand', 'command=', 'start-up files']],
    ['ended', ['forced command', 'start-up files']],
  ])('%s: names every cause that is possible', (reason, causes) => {
    const { what, next } = describeProblem({
      code: 'ssh.shell_unusable',
      detail: 'DETAIL',
      ...(reason && { reason }),
    })
    for (const cause of causes) expect(`${what} ${next}`).toContain(cause)
  })
})
