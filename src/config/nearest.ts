/** Levenshtein distance: how many characters to insert, delete or replace to get from one text to the other. */
export function editDistance(from: string, to: string): number {
  const target = [...to]
  let previous = Array.from({ length: target.length + 1 }, (_, column) => column)
  for (const [row, character] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, wanted] of target.entries()) {
      const replaced = Number(previous[column]) + (character === wanted ? 0 : 1)
      const deleted = Number(previous[column + 1]) + 1
      const inserted = Number(current[column]) + 1
      current.push(Math.min(replaced, deleted, inserted))
    }
    previous = current
  }
  return Number(previous[target.length])
}

/** The name of `known` that takes the fewest edits to reach; the first of equals. */
export function nearestName(name: string, known: readonly [string, ...string[]]): string {
  return known.reduce((best, candidate) =>
    editDistance(name, candidate) < editDistance(name, best) ? candidate : best,
  )
}
