import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Line, LineSplitter } from '../../../src/ssh/lines.ts'

const LIMIT = 1_000_000

function split(bytes: Buffer, chunkLengths: readonly number[], maxBytes = LIMIT): readonly Line[] {
  const splitter = new LineSplitter(maxBytes)
  const lines: Line[] = []
  let at = 0
  for (const length of chunkLengths) {
    lines.push(...splitter.feed(bytes.subarray(at, at + length)))
    at += length
  }
  return [...lines, ...splitter.feed(bytes.subarray(at)), ...splitter.flush()]
}

const anyText = fc.string({
  unit: fc.oneof(fc.constant('\n'), fc.string({ unit: 'grapheme', maxLength: 1 })),
})
const anyChunks = fc.array(fc.nat({ max: 7 }))

describe('LineSplitter', () => {
  it('gives the lines of the text, whatever the chunks', () => {
    fc.assert(
      fc.property(anyText, anyChunks, (text, chunks) => {
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(split(Buffer.from(text), chunks)).toEqual(expected.map((line) => ({ text: line, cut: false })))
      }),
    )
  })

  it('keeps a Chinese character that arrives byte by byte', () => {
    const splitter = new LineSplitter(LIMIT)
    const lines = [...Buffer.from('回滚\n')].flatMap((byte) => splitter.feed(Buffer.of(byte)))
    expect(lines).toEqual([{ text: '回滚', cut: false }])
  })

  it('cuts a line that is too long, marks it, and goes on with the next', () => {
    expect(split(Buffer.from('0123456789\nab\n'), [], 4)).toEqual([
      { text: '0123', cut: true },
      { text: 'ab', cut: false },
    ])
  })

  it('never shows more than the limit, nor half a character', () => {
    fc.assert(
      fc.property(anyText, anyChunks, fc.integer({ min: 4, max: 9 }), (text, chunks, maxBytes) => {
        const whole = text.split('\n')
        split(Buffer.from(text), chunks, maxBytes).forEach((line, index) => {
          expect(Buffer.byteLength(line.text)).toBeLessThanOrEqual(maxBytes)
          expect(whole[index]?.startsWith(line.text)).toBe(true)
          expect(line.cut).toBe(Buffer.byteLength(whole[index] ?? '') > maxBytes)
        })
      }),
    )
  })

  it('keeps carriage returns and empty lines', () => {
    expect(split(Buffer.from('a\r\n\nb'), []).map((line) => line.text)).toEqual(['a\r', '', 'b'])
  })
})
