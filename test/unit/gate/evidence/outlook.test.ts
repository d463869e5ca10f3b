import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { evidenceNeeds } from '../../../../src/gate/evidence/needed.ts'
import { evidenceOutlook } from '../../../../src/gate/evidence/outlook.ts'

const WANTED = [
  { text: 'A', least: 10 },
  { text: 'B', least: 2 },
]
const look = (elapsedSeconds: number, ...counts: readonly number[]) => ({
  needs: evidenceNeeds(WANTED, counts),
  elapsedSeconds,
})

describe('how long the evidence will take', () => {
  it.each([
    ['nothing more', look(0, 0, 0), look(60, 10, 2), { kind: 'reached' }],
    ['by the rate so far', look(0, 0, 2), look(60, 4, 2), { kind: 'estimate', seconds: 90 }],
    ['by what came since the first look', look(2, 6, 2), look(62, 8, 2), { kind: 'estimate', seconds: 60 }],
    ['by the slowest text', look(0, 0, 0), look(60, 9, 1), { kind: 'estimate', seconds: 60 }],
    ['unknown at the first look', look(0, 3, 0), look(0, 3, 0), { kind: 'no-rate', names: ['A', 'B'] }],
    [
      'unknown as long as one does not come',
      look(0, 3, 0),
      look(60, 5, 0),
      { kind: 'no-rate', names: ['B'] },
    ],
    [
      'unknown where a rotated log lost lines',
      look(0, 5, 2),
      look(60, 3, 2),
      { kind: 'no-rate', names: ['A'] },
    ],
  ])('is %s', (_name, first, now, outlook) => {
    expect(evidenceOutlook(first, now)).toEqual(outlook)
  })

  it('is a finite time, or said to be unknown', () => {
    const count = fc.nat(12)
    fc.assert(
      fc.property(count, count, count, count, fc.nat(100), fc.nat(1000), (a, b, c, d, start, passed) => {
        const outlook = evidenceOutlook(look(start, a, b), look(start + passed, c, d))
        if (outlook.kind === 'estimate') {
          expect(Number.isFinite(outlook.seconds)).toBe(true)
          expect(outlook.seconds).toBeGreaterThan(0)
        }
        expect(outlook.kind === 'reached').toBe(c >= 10 && d >= 2)
      }),
    )
  })
})
