import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Greeting } from '../../../src/ssh/greeting.ts'

function greeting(...chunks: readonly (string | Buffer)[]): Greeting {
  const heard = new Greeting()
  for (const chunk of chunks) heard.push(Buffer.from(chunk))
  return heard
}

/** SSH_MSG_KEXINIT in its packet. */
function offer(...lists: readonly string[]): Buffer {
  const bytes = lists.flatMap((list) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(list.length)
    return [length, Buffer.from(list)]
  })
  return Buffer.concat([Buffer.from([0, 0, 4, 0, 4, 20]), Buffer.alloc(16, 0xff), ...bytes, Buffer.alloc(9)])
}

const LISTS = [
  'kex1,ext-info-s,kex-strict-s-v00@openssh.com',
  'key1,key2',
  'c1',
  'c2',
  'm1',
  'm2',
  'none',
  'z',
]

describe('Greeting', () => {
  it.each([
    ['nothing', [], ''],
    ['a line alone', ['Exceeded MaxStartups\r\n'], 'Exceeded MaxStartups'],
    ['a line in pieces', ['Not allowed', ' at this time\r\n'], 'Not allowed at this time'],
    ['lines before the version', ['one\r\ntwo\r\n', 'SSH-2.0-x\r\n'], 'one\r\ntwo'],
    ['the version alone', ['SSH-2.0-OpenSSH_9.9\r\n'], ''],
  ])('has what the server said: %s', (_what, chunks, said) => {
    expect(greeting(...chunks).said()).toBe(said)
  })

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n', true],
    ['220 mail.example ESMTP\r\n', true],
    ['RFB 003.008\n', true],
    [Buffer.from([0x15, 3, 1, 0, 2, 2, 70]), true],
    ['Exceeded MaxStartups\r\n', false],
    ['', false],
    ['SSH-2.0-HTTP/1.1\r\n', false],
  ])('tells another protocol: %j', (bytes, expected) => {
    expect(greeting(bytes).isOtherProtocol()).toBe(expected)
  })

  it('has what the server offers, whatever the borders of its chunks, once it came whole', () => {
    const bytes = Buffer.concat([Buffer.from('hello\r\nSSH-2.0-x\r\n'), offer(...LISTS)])
    const whole = {
      'key-exchange': ['kex1'],
      'host-key': ['key1', 'key2'],
      cipher: ['c1'],
      mac: ['m1'],
      compression: ['none'],
    }
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(greeting(bytes.subarray(0, at), bytes.subarray(at)).offer()).toEqual(whole)
    }
    expect(greeting(bytes.subarray(0, 60)).offer()).toBeUndefined()
  })

  it('reads anything, and keeps no more than a bound of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const heard = greeting('SSH-2.0-x\r\n', Buffer.from(bytes))
        heard.offer()
        expect(greeting(Buffer.from(bytes)).said().length).toBeLessThanOrEqual(300)
      }),
    )
    const much = new Greeting()
    for (let count = 0; count < 100; count += 1) much.push(Buffer.alloc(10_000, 'x'))
    expect(much.said()).toHaveLength(32 * 1024)
  })
})
