import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { OutputLines } from '../../support/runner/output-lines.ts'

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines = new OutputLines()
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.end()]
}

describe('OutputLines', () => {
  it('ends lines at \\n, \\r\\n and a lone \\r, and keeps empty ones', () => {
    expect(linesOf([Buffer.from('a\nb\r\n\nc\rd')])).toEqual(['a', 'b', '', 'c', 'd'])
  })

  it('gives a line as soon as its end is there', () => {
    const lines = new OutputLines()
    expect(lines.push(Buffer.from('a\nb'))).toEqual(['a'])
    expect(lines.push(Buffer.from('c\r'))).toEqual([])
    expect(lines.push(Buffer.from('\nd\n'))).toEqual(['bc', 'd'])
    expect(lines.end()).toEqual([])
  })

  it('gives the same lines however the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('a', '条', '🚀', '\n', '\r', '\r\n'), { maxLength: 12 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''))
        const borders = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ]
        const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))
        expect(linesOf(chunks)).toEqual(linesOf([bytes]))
      }),
    )
  })
})
