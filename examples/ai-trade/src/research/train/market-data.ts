import { createHash } from 'node:crypto'

/** One bar of the market data. */
export interface Bar {
  /** `2026-01-01T00:00:00Z` */
  readonly openTimeUtc: string
  readonly closeUsd: number
}

/** Bars below this are too few for two folds of the walk-forward. */
export const MIN_BARS = 500

/** The section `data_quality`: what was read, and whether a model may be fitted to it. */
export interface DataQuality {
  readonly status: 'pass' | 'fail'
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
  readonly source: string
  /** Of the file's bytes: which data a model was fitted to. */
  readonly sha256: string
  readonly bars: number
  readonly first_bar_utc: string | null
  readonly last_bar_utc: string | null
  /** Steps between bars that are longer than the usual one. */
  readonly gaps: number
}

/** Reads `open_time_utc,close_usd` lines. Bars are given only when the section passes. */
export function readMarketData(
  text: string,
  source: string,
): { readonly quality: DataQuality; readonly bars: readonly Bar[] } {
  const lines = text.trimEnd().split('\n').slice(1)
  const bars = lines.flatMap(barOf)
  const times = bars.map(({ openTimeUtc }) => Date.parse(openTimeUtc))
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  const usualStep = steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0
  const gaps = steps.filter((step) => step > usualStep).length
  const failReasons = [
    ...(bars.length < lines.length ? [`行情数据有 ${lines.length - bars.length} 行无法解析`] : []),
    ...(steps.some((step) => step <= 0) ? ['行情数据时间未严格递增'] : []),
    ...(bars.length < MIN_BARS ? [`行情数据条数不足: ${bars.length} < ${MIN_BARS}`] : []),
  ]
  const quality: DataQuality = {
    status: failReasons.length === 0 ? 'pass' : 'fail',
    fail_reasons: failReasons,
    warn_reasons: gaps === 0 ? [] : [`行情数据存在缺口: ${gaps} 处`],
    source,
    sha256: createHash('sha256').update(text).digest('hex'),
    bars: bars.length,
    first_bar_utc: bars[0]?.openTimeUtc ?? null,
    last_bar_utc: bars.at(-1)?.openTimeUtc ?? null,
    gaps,
  }
  return { quality, bars: failReasons.length === 0 ? bars : [] }
}

function barOf(line: string): Bar[] {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z),(\d+(?:\.\d+)?)\r?$/.exec(line)
  const [, openTimeUtc = '', close = ''] = found ?? []
  const closeUsd = Number(close)
  return Number.isNaN(Date.parse(openTimeUtc)) || !(closeUsd > 0) ? [] : [{ openTimeUtc, closeUsd }]
}

/** The relative change of each bar to the next. */
export function returnsOf(bars: readonly Bar[]): readonly number[] {
  return bars.slice(1).map(({ closeUsd }, index) => closeUsd / (bars[index]?.closeUsd ?? closeUsd) - 1)
}
