import { describe, expect, it } from '@jest/globals'
import { Secret } from '../../../src/model/secret.ts'
import { createMask, maskedValues } from '../../../src/output/mask.ts'

const KEY = [
  '-----BEGIN KEY-----',
  'b3BlbnNzaC1rZXk',
  'AAAAB3NzaC1yc2E',
  'x==',
  '-----END KEY-----',
  '',
].join('\r\n')

describe('createMask', () => {
  const mask = createMask([new Secret('p|a$s.s*word'), new Secret(KEY), new Secret('p|a$s'), new Secret('')])

  it.each([
    ['the value', 'login p|a$s.s*word!', 'login ***!'],
    ['the longest first', 'p|a$s.s*word p|a$s', '*** ***'],
    ['a line of a key', 'got AAAAB3NzaC1yc2E', 'got ***'],
    ['the URL form', `https://u:${encodeURIComponent('p|a$s.s*word')}@r`, 'https://u:***@r'],
    ['the base64 form', Buffer.from('p|a$s.s*word').toString('base64'), '***'],
    ['base64 of more', Buffer.from('user:p|a$s.s*word').toString('base64'), 'dXNlcjp***Q='],
    ['base64 of more, for addresses', Buffer.from('u:p|a$s.s*word').toString('base64url'), 'dTp***Q'],
    ['the JSON form', JSON.stringify({ key: KEY }), '{"key":"***"}'],
  ])('replaces %s', (_what, text, masked) => {
    expect(mask(text)).toBe(masked)
  })

  it('leaves other text alone, and short lines of a key', () => {
    expect(mask('x== is text, word too')).toBe('x== is text, word too')
  })

  it("masks a key file's lines, and no brace of other text", () => {
    const masked = createMask([new Secret('{\n  "type": "service_account",\n  "id": 1\n}\n')])
    expect(masked('{"checks": [{}]} "type": "service_account", {')).toBe('{"checks": [{}]} *** {')
  })

  it('masks nothing without secrets', () => {
    expect(createMask([new Secret(' ')])('a b')).toBe('a b')
  })
})

describe('maskedValues', () => {
  it('has the value, without its outer white space, and its long lines', () => {
    expect(maskedValues(new Secret('token\n'))).toEqual(['token\n', 'token'])
    expect(maskedValues(new Secret(KEY))).toEqual([
      KEY,
      KEY.trim(),
      '-----BEGIN KEY-----',
      'b3BlbnNzaC1rZXk',
      'AAAAB3NzaC1yc2E',
      '-----END KEY-----',
    ])
  })
})
