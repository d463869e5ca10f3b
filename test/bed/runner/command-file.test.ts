import { describe, expect, it } from '@jest/globals'
import { parseCommandFile } from '../../support/runner/command-file.ts'

describe('parseCommandFile', () => {
  it('reads both notations, the last of a name wins', () => {
    const text = 'a=1\nb<<END\nline 1\n\n条=数<<\nEND\nempty<<E\nE\n\na=x=<<y\n'
    expect(parseCommandFile(text)).toEqual({
      kind: 'valid',
      values: { a: 'x=<<y', b: 'line 1\n\n条=数<<', empty: '' },
    })
  })

  it('reads an empty file', () => {
    expect(parseCommandFile('')).toEqual({ kind: 'valid', values: {} })
  })

  it.each([
    ['a<<END\nhalf written', 'matching delimiter not found'],
    ['a<<\nx\n', 'delimiter is empty'],
    ['<<END\nx\nEND\n', 'name or a delimiter is empty'],
    ['=value\n', 'name is empty'],
    ['no mark\n', 'neither'],
  ])('refuses %j', (text, reason) => {
    expect(parseCommandFile(text)).toEqual({ kind: 'invalid', reason: expect.stringContaining(reason) })
  })
})
