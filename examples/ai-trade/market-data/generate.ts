/**
 * Writes synthetic-4h.csv to standard output: prices that nobody ever traded, made so that a model has a little to
 * learn from (each return leans towards the one before it). The same numbers every time.
 *
 *   node market-data/generate.ts >market-data/synthetic-4h.csv
 */
const FIRST_BAR = Date.UTC(2026, 0, 1)
const BAR_MILLISECONDS = 4 * 3600 * 1000
const BARS = 1080
const START_PRICE_USD = 60_000
/** How much of a return carries over into the next one. */
const MOMENTUM = 0.25
/** Standard deviation of what is new in a return. */
const NOISE = 0.008

/** The whole text: a header, then one bar a line. */
export function syntheticBars(): string {
  const uniform = uniformNumbers(20260101)
  let price = START_PRICE_USD
  let lastReturn = 0
  const lines = ['open_time_utc,close_usd']
  for (let bar = 0; bar < BARS; bar += 1) {
    // The sum of twelve of these is close to a normal distribution of deviation 1.
    let normal = -6
    for (let draw = 0; draw < 12; draw += 1) normal += uniform()
    lastReturn = MOMENTUM * lastReturn + NOISE * normal
    price *= 1 + lastReturn
    const at = new Date(FIRST_BAR + bar * BAR_MILLISECONDS).toISOString().slice(0, 19)
    lines.push(`${at}Z,${price.toFixed(2)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Numbers in [0, 1): mulberry32, whose arithmetic is the same on every machine. */
function uniformNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

if (import.meta.main) process.stdout.write(syntheticBars())
