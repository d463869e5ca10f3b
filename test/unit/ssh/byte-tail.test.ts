import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ByteTail } from '../../../src/ssh/byte-tail.ts'

describe('ByteTail', () => {
  it('keeps the end of the text, within the limit, from a whole character on', () => {
    const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.nat({ max: 9 })),
        fc.integer({ min: 4, max: 40 }),
        (text, cuts, max) => {
          const bytes = Buffer.from(text)
          const tail = new ByteTail(max)
          let at = 0
          for (const length of cuts) {
            tail.push(bytes.subarray(at, at + length))
            at += length
          }
          tail.push(bytes.subarray(at))
          expect(text.endsWith(tail.text())).toBe(true)
          expect(Buffer.byteLength(tail.text())).toBeLessThanOrEqual(max)
          expect(Buffer.byteLength(tail.text())).toBeGreaterThan(Math.min(bytes.length, max) - 4)
        },
      ),
    )
  })
})
