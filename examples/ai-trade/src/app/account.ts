/** A paper account at one moment: what the stand-in trades with. Money in USD. */
export interface AccountSample {
  readonly equityUsd: number
  /** Fraction of the highest equity so far. */
  readonly drawdown: number
  readonly notionalUsd: number
}

const START_EQUITY_USD = 10_000

/** A paper account that drifts up in small waves; every call is the next sample. */
export function paperAccount(): () => AccountSample {
  let samples = 0
  let peakUsd = START_EQUITY_USD
  return () => {
    samples += 1
    const equityUsd = START_EQUITY_USD + samples + 3 * Math.sin(samples)
    peakUsd = Math.max(peakUsd, equityUsd)
    return { equityUsd, drawdown: (peakUsd - equityUsd) / peakUsd, notionalUsd: 100 }
  }
}
