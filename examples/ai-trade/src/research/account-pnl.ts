import type { AccountSample } from './runtime-log.ts'

/** The account over the judged part of the log, in the report's own names; null where nothing was seen. */
export interface AccountPnl {
  readonly samples: number
  readonly first_equity_usd: number | null
  readonly last_equity_usd: number | null
  readonly equity_change_usd: number | null
  readonly equity_change_pct: number | null
  readonly first_sample_utc: string | null
  readonly last_sample_utc: string | null
  readonly day_start_equity_usd: number | null
  readonly equity_change_vs_day_start_usd: number | null
  readonly equity_change_vs_day_start_pct: number | null
  readonly max_equity_usd_observed: number | null
  readonly peak_to_last_drawdown_pct: number | null
  readonly max_drawdown_pct_observed: number | null
  readonly max_abs_notional_usd_observed: number | null
}

/** Sums up the samples of a log. `_pct` figures are fractions; the day is the last sample's UTC day. */
export function accountPnl(samples: readonly AccountSample[]): AccountPnl {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return NOTHING_SEEN
  const dayStart = samples.find((sample) => sample.atUtc.slice(0, 10) === last.atUtc.slice(0, 10)) ?? last
  const maxEquityUsd = largest(samples.map((sample) => sample.equityUsd))
  return {
    samples: samples.length,
    first_equity_usd: first.equityUsd,
    last_equity_usd: last.equityUsd,
    equity_change_usd: rounded(last.equityUsd - first.equityUsd),
    equity_change_pct: changeOf(first.equityUsd, last.equityUsd),
    first_sample_utc: first.atUtc,
    last_sample_utc: last.atUtc,
    day_start_equity_usd: dayStart.equityUsd,
    equity_change_vs_day_start_usd: rounded(last.equityUsd - dayStart.equityUsd),
    equity_change_vs_day_start_pct: changeOf(dayStart.equityUsd, last.equityUsd),
    max_equity_usd_observed: maxEquityUsd,
    peak_to_last_drawdown_pct: changeOf(maxEquityUsd, 2 * maxEquityUsd - last.equityUsd),
    max_drawdown_pct_observed: largest(samples.map((sample) => sample.drawdown)),
    max_abs_notional_usd_observed: largest(samples.map((sample) => Math.abs(sample.notionalUsd))),
  }
}

const NOTHING_SEEN: AccountPnl = {
  samples: 0,
  first_equity_usd: null,
  last_equity_usd: null,
  equity_change_usd: null,
  equity_change_pct: null,
  first_sample_utc: null,
  last_sample_utc: null,
  day_start_equity_usd: null,
  equity_change_vs_day_start_usd: null,
  equity_change_vs_day_start_pct: null,
  max_equity_usd_observed: null,
  peak_to_last_drawdown_pct: null,
  max_drawdown_pct_observed: null,
  max_abs_notional_usd_observed: null,
}

function changeOf(from: number, to: number): number | null {
  return from === 0 ? null : rounded((to - from) / from)
}

function largest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, value))
}

/** Seven decimals: what is below is noise of binary fractions. */
function rounded(value: number): number {
  return Number(value.toFixed(7))
}
