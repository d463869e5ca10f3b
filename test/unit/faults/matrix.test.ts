import { describe, expect, it } from '@jest/globals'
import { BOUNDARIES } from '../../faults/boundaries.ts'
import { FAULTS } from '../../faults/faults.ts'
import { cellsOf, halfOf } from '../../faults/matrix.ts'

const short = cellsOf('short')
const ci = [...short, ...cellsOf('ci')]

describe('the fault matrix', () => {
  it('has at least 20 boundaries, each with a name of its own', () => {
    expect(new Set(BOUNDARIES.map(({ name }) => name)).size).toBe(BOUNDARIES.length)
    expect(BOUNDARIES.length).toBeGreaterThanOrEqual(20)
  })

  it('has, in npm test, a cancelled job, a lost link and a client that is gone', () => {
    expect(short.map(({ fault }) => fault.name).toSorted()).toEqual(['cancel', 'kill, no post', 'reset'])
  })

  it('has, in CI, every fault past the mutation boundary, and some before it and in a rollback', () => {
    const faults = (side: 'before' | 'past', story: 'good' | 'bad') =>
      new Set(
        ci
          .filter(({ boundary }) => boundary.side === side && boundary.story === story)
          .map(({ fault }) => fault.name),
      )
    expect(faults('past', 'good')).toEqual(new Set(FAULTS.map(({ name }) => name)))
    expect(faults('before', 'good').size).toBeGreaterThanOrEqual(4)
    expect(faults('past', 'bad').size).toBeGreaterThanOrEqual(3)
    expect(ci).toHaveLength(19)
  })

  it('has, in all, every boundary with every fault', () => {
    const all = [...ci, ...cellsOf('all')]
    expect(all).toHaveLength(BOUNDARIES.length * FAULTS.length)
    expect(new Set(all.map(({ boundary, fault }) => `${boundary.name} ${fault.name}`)).size).toBe(all.length)
  })

  it('leaves no cell out when it is halved', () => {
    for (const tier of ['ci', 'all'] as const)
      expect([...halfOf(tier, 0), ...halfOf(tier, 1)]).toHaveLength(cellsOf(tier).length)
  })
})
