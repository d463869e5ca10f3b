import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { beginning, ending, oneLine, printable } from '../../../src/output/clean-text.ts'
import { hostileText } from './hostile.ts'

describe('printable', () => {
  it.each([
    ['\u001b[1;31mred\u001b[m', 'red'],
    ['\u009b2Kx', 'x'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;https://a\u001b\\x', 'x'],
    ['\u001b(Bx', 'x'],
    ['\u001b]never ended', ']never ended'],
    ['10%\r20%\r\nnext\u2028x', '10%\n20%\nnext\nx'],
    ['a\tb\u0000c', 'a bc'],
    ['\u202eevil\u2066', 'evil'],
    ['a\ud800b', 'a\ufffdb'],
    ['阶段😀', '阶段😀'],
  ])('%j becomes %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })

  it('leaves no control character but the line end, and is final', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const clean = printable(text)
        expect(clean).not.toMatch(/(?!\n)\p{Cc}/u)
        expect(clean.isWellFormed()).toBe(true)
        expect(printable(clean)).toBe(clean)
      }),
    )
  })
})

describe('shortening', () => {
  it('keeps to the length and to whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, most) => {
        for (const short of [beginning(text, most), ending(text, most)]) {
          expect(short.length).toBeLessThanOrEqual(most)
          expect(short.isWellFormed()).toBe(true)
        }
      }),
    )
    expect(beginning('abcdef', 4)).toBe('abc…')
    expect(ending('abcdef', 4)).toBe('…def')
    expect(beginning('abc', 3)).toBe('abc')
    expect(ending('abc', 3)).toBe('abc')
  })

  it('makes one line', () => {
    expect(oneLine(' a\n\n b\tc ', 10)).toBe('a b c')
  })
})
