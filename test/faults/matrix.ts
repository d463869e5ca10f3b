import type { Tier } from '../support/jest/tiers.ts'
import { BOUNDARIES } from './boundaries.ts'
import type { Cell } from './cell.ts'
import { FAULTS } from './faults.ts'

/** Every boundary with every fault: what a tier adds to the one before it. */
export function cellsOf(tier: Tier): readonly Cell[] {
  return ALL.filter((cell) => tierOf(cell) === tier)
}

/** One of two halves of them, which two workers run side by side. */
export function halfOf(tier: Tier, half: 0 | 1): readonly Cell[] {
  return cellsOf(tier).filter((_, index) => index % 2 === half)
}

const ALL: readonly Cell[] = BOUNDARIES.flatMap((boundary) => FAULTS.map((fault) => ({ boundary, fault })))

/** What a deployment only passes if it is told so has its cells by name, and none of the diagonal. */
const USUAL = BOUNDARIES.filter(({ inputs = {} }) => Object.keys(inputs).length === 0)

/** Of the others, in CI: a client that is gone leaves it to nobody. */
const CI_CELLS: readonly string[] = ['kill, no post at lock file held']

/** A cancelled job, a link that is lost, and a client that is gone, which leaves it to the guard: once each. */
const SHORT: readonly string[] = [
  'cancel at apply: deferred service stops',
  'reset at apply: env file edited',
  'kill, no post at healthy',
]

/**
 * A diagonal through the matrix has every boundary once. CI takes a part of it: every fault once between the mutation
 * boundary and the gate, half of them before the boundary too, and some in the confirmation and in the rollback.
 */
const CI_BOUNDARIES: readonly string[] = [
  ...['connecting', 'snapshotted', 'prefetch: a pull moves a tag', 'prefetched'],
  ...['applying', 'apply: deferred service stops', 'apply: env file edited'],
  ...['up: old container is told to stop', 'up: old container is removed', 'up: new container starts'],
  ...['applied', 'healthy', 'confirm: deferred service is back'],
  ...['rollback starts', 'rolling back', 'rollback: new container is removed'],
  ...['apply: files in place', 'rollback: files are back'],
]

function tierOf({ boundary, fault }: Cell): Tier {
  if (SHORT.includes(`${fault.name} at ${boundary.name}`)) return 'short'
  if (CI_CELLS.includes(`${fault.name} at ${boundary.name}`)) return 'ci'
  const isOnDiagonal = FAULTS.indexOf(fault) === USUAL.indexOf(boundary) % FAULTS.length
  return isOnDiagonal && CI_BOUNDARIES.includes(boundary.name) ? 'ci' : 'all'
}
