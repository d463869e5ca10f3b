import { BOUNDARIES } from './boundaries.ts'
import type { Cell } from './cell.ts'
import { FAULTS } from './faults.ts'

/** `short`: every boundary once; `breadth`: some more; `rest`: all others. */
export type Selection = 'short' | 'breadth' | 'rest'

/** One of two halves of a selection, which two workers run side by side. */
export function halfOf(selection: Selection, half: 0 | 1): readonly Cell[] {
  return cellsOf(selection).filter((_, index) => index % 2 === half)
}

/** Every boundary with every fault, by selection. */
export function cellsOf(selection: Selection): readonly Cell[] {
  return ALL.filter((cell) => selectionOf(cell) === selection)
}

/** What the files `*.breadth.test.ts` run: some more; for `npm run test:faults` all that is not `short`. */
export function broadHalf(half: 0 | 1): readonly Cell[] {
  const rest = process.env.CLOSED_LOOP_FAULT_CELLS === 'all' ? halfOf('rest', half) : []
  return [...halfOf('breadth', half), ...rest]
}

const ALL: readonly Cell[] = BOUNDARIES.flatMap((boundary) => FAULTS.map((fault) => ({ boundary, fault })))

/**
 * Diagonals through the matrix: `short` has every boundary once, and every fault equally often; `breadth` is a part of
 * another one, with every fault once.
 */
function selectionOf({ boundary, fault }: Cell): Selection {
  const row = BOUNDARIES.indexOf(boundary)
  const turn = (FAULTS.indexOf(fault) - row + FAULTS.length * 8) % FAULTS.length
  if (turn === 0) return 'short'
  return turn === 3 && (row % 7) % 4 === 0 ? 'breadth' : 'rest'
}
