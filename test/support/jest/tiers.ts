import { it } from '@jest/globals'

/**
 * How much of the tests a run has, each tier with all of the one before: `short` is `npm test`, `ci` is `.ci/run`, `all` is
 * `npm run test:all`, and whatever is named by its path.
 */
const TIERS = ['short', 'ci', 'all'] as const
export type Tier = (typeof TIERS)[number]

/** The tier of this run, by `CLOSED_LOOP_TESTS`; `all` where a test is run by hand. */
function tierOfRun(): Tier {
  const named = process.env.CLOSED_LOOP_TESTS || 'all'
  const tier = TIERS.find((one) => one === named)
  if (tier === undefined)
    throw new Error(`CLOSED_LOOP_TESTS is '${named}', expected one of ${TIERS.join(', ')}`)
  return tier
}

/** Whether this run has what belongs to a tier. */
export function runs(tier: Tier): boolean {
  return TIERS.indexOf(tierOfRun()) >= TIERS.indexOf(tier)
}

/** Cases that belong to a tier; none of them in a smaller run. */
export function casesOf<Case>(tier: Tier, cases: readonly Case[]): readonly Case[] {
  return runs(tier) ? cases : []
}

/** `it` of a test that belongs to a tier; a smaller run does not have it. */
export function itOf(tier: Tier): (...test: Parameters<typeof it>) => void {
  return runs(tier) ? it : () => undefined
}

/** How often a property is tried: fewer times in the smaller runs. */
export function times(counts: Readonly<Record<'short' | 'all', number>>): number {
  return runs('all') ? counts.all : counts.short
}
