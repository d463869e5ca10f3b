import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { syntheticBars } from '../../examples/ai-trade/market-data/generate.ts'
import { examplesOf, fitted, predict } from '../../examples/ai-trade/src/research/train/linear-model.ts'
import { readMarketData, returnsOf } from '../../examples/ai-trade/src/research/train/market-data.ts'
import { train } from '../../examples/ai-trade/src/research/train/training.ts'
import { walkForward } from '../../examples/ai-trade/src/research/train/walk-forward.ts'

const SHIPPED = fileURLToPath(
  new URL('../../examples/ai-trade/market-data/synthetic-4h.csv', import.meta.url),
)
const AT = new Date('2026-07-01T00:00:00Z')
const RUN = { runId: '20260701T000000Z', at: AT, hold: 'none' } as const

/** Returns that follow a rule exactly, but for a small push now and then. */
function returnsBy(rule: readonly number[], count: number): number[] {
  const returns = [0.01, -0.02, 0.015]
  while (returns.length < count) {
    const push = returns.length % 7 === 0 ? 0.01 : returns.length % 11 === 0 ? -0.008 : 0
    returns.push(predict(rule, returns.slice(-3).toReversed()) + push)
  }
  return returns
}

/** Bars whose returns these are. */
function marketData(returns: readonly number[]): string {
  let price = 60_000
  const bars = returns.map((change, index) => {
    price *= 1 + change
    return `${new Date(Date.UTC(2026, 0, 1) + index * 3600_000).toISOString().slice(0, 19)}Z,${price}`
  })
  return ['open_time_utc,close_usd', ...bars, ''].join('\n')
}

describe('the market data', () => {
  it('that is shipped is what its generator writes', () => {
    expect(readFileSync(SHIPPED, 'utf8')).toBe(syntheticBars())
  })

  it('is read with its quality', () => {
    const { quality, bars } = readMarketData(syntheticBars(), 'x.csv')
    expect(bars).toHaveLength(1080)
    expect(quality).toMatchObject({
      ...{ status: 'pass', bars: 1080, gaps: 0, first_bar_utc: '2026-01-01T00:00:00Z', warn_reasons: [] },
    })
    expect(returnsOf(bars)).toHaveLength(1079)
  })

  it.each([
    ['a line that is none', (lines: string[]) => lines.with(9, 'n/a,1'), '行情数据有 1 行无法解析'],
    [
      'a price of zero',
      (lines: string[]) => lines.with(9, '2026-01-02T08:00:00Z,0'),
      '行情数据有 1 行无法解析',
    ],
    [
      'the same time twice',
      (lines: string[]) => lines.toSpliced(9, 0, lines[9] ?? ''),
      '行情数据时间未严格递增',
    ],
    ['few bars', (lines: string[]) => lines.slice(0, 400), '行情数据条数不足: 399 < 500'],
  ])('with %s is not fitted to', (_what, change, reason) => {
    const { quality, bars } = readMarketData(
      change(syntheticBars().trimEnd().split('\n')).join('\n'),
      'x.csv',
    )
    expect(quality).toMatchObject({ status: 'fail', fail_reasons: [reason] })
    expect(bars).toEqual([])
  })

  it('with a bar left out is warned of', () => {
    const lines = syntheticBars().split('\n').toSpliced(500, 1)
    expect(readMarketData(lines.join('\n'), 'x.csv').quality).toMatchObject({
      ...{ status: 'pass', gaps: 1, warn_reasons: ['行情数据存在缺口: 1 处'] },
    })
  })
})

describe('the model', () => {
  it('finds the rule that the returns follow', () => {
    const rule = [0, 0.5, -0.3, 0.1]
    const returns = returnsBy(rule, 400)
    const found = fitted(
      examplesOf(returns).filter((_, index) => (index + 3) % 7 !== 0 && (index + 3) % 11 !== 0),
    )
    for (const [index, factor] of rule.entries()) expect(found[index]).toBeCloseTo(factor, 1)
  })

  it('of prices that never move predicts that they do not', () => {
    expect(fitted(examplesOf(Array(100).fill(0)))).toEqual([0, 0, 0, 0])
  })

  it('is measured by what it had not seen: the future does not change an earlier fold', () => {
    const returns = returnsOf(readMarketData(syntheticBars(), 'x').bars)
    const short = walkForward(returns.slice(0, 3 + 360 + 60))
    expect(short).toMatchObject({ folds: 1, outOfSampleReturns: 60 })
    const changed = returns.slice(0, 3 + 360 + 60).concat(Array(60).fill(0.5))
    expect(walkForward(changed).folds).toBe(2)
    expect(walkForward(changed).zeroError).toBeGreaterThan(short.zeroError)
    expect(() => walkForward(returns.slice(0, 400))).toThrow('too few')
  })

  it('is better than nothing on what is shipped', () => {
    const walk = walkForward(returnsOf(readMarketData(syntheticBars(), 'x').bars))
    expect(walk.folds).toBe(11)
    expect(walk.modelError).toBeLessThan(walk.zeroError)
    expect(walk.hitRatio).toBeGreaterThan(0.5)
    expect(walk.betterFolds).toBeGreaterThan(5)
  })
})

describe('a training', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ai-trade-models-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const models = () => join(directory, 'models')
  const trainedOn = (text: string, run: Parameters<ReturnType<typeof train>['conclude']>[0] = RUN) => {
    const file = join(directory, 'market.csv')
    writeFileSync(file, text)
    return train({ marketData: file, modelsDirectory: models() }).conclude(run)
  }
  const active = () => JSON.parse(readFileSync(join(models(), 'active.json'), 'utf8'))

  it('registers the model and makes it the active one, once', () => {
    const first = trainedOn(syntheticBars())
    const id = first.registry?.model_id ?? ''
    expect(first.registry).toMatchObject({
      ...{ status: 'pass', registered: 'new', activation: 'activated', active_model_id: id },
    })
    expect(active()).toMatchObject({ model_id: id, run_id: RUN.runId, previous_model_id: null })
    expect(readdirSync(models()).toSorted()).toEqual(['active.json', `${id}.json`])
    const before = active()
    expect(trainedOn(syntheticBars(), { ...RUN, runId: 'later' }).registry).toMatchObject({
      ...{ model_id: id, registered: 'known', activation: 'active_already', active_model_id: id },
    })
    expect(active()).toEqual(before)
  })

  it.each(['runtime-failed', 'deployment'] as const)('changes nothing that is used: %s', (hold) => {
    const { registry } = trainedOn(syntheticBars(), { ...RUN, hold })
    expect(registry).toMatchObject({ registered: 'new', activation: 'kept', active_model_id: null })
    expect(readdirSync(models())).toEqual([`${registry?.model_id}.json`])
  })

  it('of noise is registered, and does not become active', () => {
    // Signs by the digits of a number that knows no rule.
    const noise = Array.from({ length: 900 }, (_, index) => Math.sin(index * index * 0.7) / 100)
    expect(trainedOn(marketData(noise)).registry).toMatchObject({ activation: 'kept', active_model_id: null })
  })

  it('takes over from the active model only where it is better on the newest fold', () => {
    const rule = [0, 0.6, -0.4, 0.2]
    trainedOn(syntheticBars())
    const elder = active()
    expect(trainedOn(marketData(returnsBy(rule, 900))).registry).toMatchObject({ activation: 'activated' })
    expect(active()).toMatchObject({ previous_model_id: elder.model_id })
    // One that was fitted to that very fold.
    const returns = returnsBy(rule, 902)
    const fold = walkForward(returnsOf(readMarketData(marketData(returns), 'x').bars)).lastFold.test
    writeFileSync(join(models(), 'active.json'), JSON.stringify({ ...elder, coefficients: fitted(fold) }))
    expect(trainedOn(marketData(returns)).registry).toMatchObject({
      ...{ activation: 'kept', active_model_id: elder.model_id },
    })
  })

  it('without usable data has no model', () => {
    const sections = train({ marketData: join(directory, 'none.csv'), modelsDirectory: models() }).conclude(
      RUN,
    )
    expect(sections).toEqual({
      data_quality: expect.objectContaining({ status: 'fail', fail_reasons: ['行情数据条数不足: 0 < 500'] }),
    })
  })
})
