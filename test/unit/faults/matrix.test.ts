import { describe, expect, it } from '@jest/globals'
import { BOUNDARIES } from '../../faults/boundaries.ts'
import { FAULTS } from '../../faults/faults.ts'
import { cellsOf, halfOf } from '../../faults/matrix.ts'

const short = cellsOf('short')
const withBreadth = [...short, ...cellsOf('breadth')]

describe('the fault matrix', () => {
  it('has at least 20 boundaries, each with a name of its own', () => {
    expect(new Set(BOUNDARIES.map(({ name }) => name)).size).toBe(BOUNDARIES.length)
    expect(BOUNDARIES.length).toBeGreaterThanOrEqual(20)
  })

  it('has at least 24 cells in its shortest selection: every boundary once, every fault twice', () => {
    expect(short.length).toBeGreaterThanOrEqual(24)
    expect(short.map(({ boundary }) => boundary)).toEqual(BOUNDARIES)
    for (const fault of FAULTS) expect(short.filter((cell) => cell.fault === fault).length).toBeGreaterThan(1)
  })

  it('has, in CI, every fault four times at least, and in all every boundary with every fault', () => {
    for (const fault of FAULTS)
      expect(withBreadth.filter((cell) => cell.fault === fault).length).toBeGreaterThan(3)
    const all = [...withBreadth, ...cellsOf('rest')]
    expect(all).toHaveLength(BOUNDARIES.length * FAULTS.length)
    expect(new Set(all.map(({ boundary, fault }) => `${boundary.name} ${fault.name}`)).size).toBe(all.length)
  })

  it('leaves no cell out when it is halved', () => {
    expect([...halfOf('short', 0), ...halfOf('short', 1)]).toHaveLength(short.length)
  })
})
