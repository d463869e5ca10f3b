import { describe, expect, it } from '@jest/globals'
import { budgetSeconds, PHASES } from '../../../src/model/phase.ts'
import { gateSeconds, type Trial } from '../../../src/model/timeouts.ts'

const config = (
  action: 'assess' | 'full',
  afterPromotion: 'nothing' | 'verify',
  trial: Trial = { retryCodes: [] },
  pruning: { readonly images: 'none' | 'old' } = { images: 'none' },
) => ({
  deadlines: {
    healthSeconds: 180,
    evidenceSeconds: 900,
    assessSeconds: 2700,
    lockSeconds: 1800,
    prefetchSeconds: 1200,
  },
  closedLoop: { action },
  afterPromotion,
  trial,
  pruning,
  release: { files: [], stateFiles: [] },
  hostLockFile: '',
})

describe('budgetSeconds', () => {
  it('adds up the deadlines of all phases', () => {
    const assessing = config('assess', 'nothing')
    const fixed = 20 + 60 + 60 + (300 + 180) + (120 + 180) + (2 * 12 + 300 + 180) + (30 + 2 * 60)
    expect(budgetSeconds(assessing)).toBe(fixed + 1800 + (60 + 1200) + gateSeconds(assessing))
  })

  it('has the gate twice where the runner may restart the gate service, and a verification where one is asked for', () => {
    const once = budgetSeconds(config('assess', 'nothing'))
    expect(budgetSeconds(config('full', 'nothing'))).toBe(once + 180 + 900 + 2700)
    expect(budgetSeconds(config('assess', 'verify'))).toBe(once + 120)
  })

  it('has the removal of old images', () => {
    const pruning = config('assess', 'nothing', { retryCodes: [] }, { images: 'old' })
    expect(budgetSeconds(pruning)).toBe(budgetSeconds(config('assess', 'nothing')) + 120)
  })

  it.each<[Trial, number]>([
    [{ command: 'true', retryCodes: [] }, 300],
    [{ command: 'true', retryCodes: [75] }, 3 * 300 + 2 * 5],
    [{ retryCodes: [75] }, 0],
  ])('has the tries of %j', (trial, seconds) => {
    const once = budgetSeconds(config('assess', 'nothing'))
    expect(budgetSeconds(config('assess', 'nothing', trial))).toBe(once + seconds)
  })

  it('has time for files where the release brings some', () => {
    const without = config('assess', 'nothing')
    expect(budgetSeconds({ ...without, release: { files: ['ops'], stateFiles: [] } })).toBe(
      budgetSeconds(without) + 600 + 240,
    )
  })

  it('has time to take a lock file again before a rollback', () => {
    const without = config('assess', 'nothing')
    expect(budgetSeconds({ ...without, hostLockFile: '/run/loop.lock' })).toBe(budgetSeconds(without) + 600)
  })
})

describe('PHASES', () => {
  it('have titles of their own', () => {
    const titles = Object.values(PHASES).map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})
