import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { editDistance, nearestName } from '../../../src/config/nearest.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['STAG', 'STAGE', 1],
    ['aé', 'ae', 1],
    ['😀', 'x', 1],
  ])('from %j to %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
  })

  it('is a distance', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, text, (one, other, third) => {
        const distance = editDistance(one, other)
        expect(editDistance(one, one)).toBe(0)
        expect(distance === 0).toBe(one === other)
        expect(distance).toBe(editDistance(other, one))
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
        expect(distance).toBeLessThanOrEqual(editDistance(one, third) + editDistance(third, other))
      }),
    )
  })

  it('is at most one after one edit', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.string({ maxLength: 1 }), (text, position, inserted) => {
        const at = position % (text.length + 1)
        expect(editDistance(text, text.slice(0, at) + inserted + text.slice(at))).toBe(inserted.length)
      }),
    )
  })
})

describe('nearestName', () => {
  it('takes the first of equals', () => {
    expect(nearestName('ax', ['bx', 'cx'])).toBe('bx')
    expect(nearestName('cc', ['bx', 'cx'])).toBe('cx')
  })
})
