import { lineWidth, padded, type StyledLine, styled, wrap } from './styled-text.ts'

const GAP = 2
/** No column is made narrower than this, even where the table then does not fit. */
const NARROWEST = 6

/** A table at most `width` columns wide; cells of a column that had to be narrowed are wrapped. */
export function layOutTable(
  header: readonly StyledLine[],
  rows: readonly (readonly StyledLine[])[],
  width: number,
): readonly StyledLine[] {
  const columns = columnWidths([header, ...rows], width)
  const rule = columns.map((column) => '─'.repeat(column)).join(' '.repeat(GAP))
  return [
    ...layOutRow(header, columns),
    styled(rule, 'dim'),
    ...rows.flatMap((row) => layOutRow(row, columns)),
  ]
}

function columnWidths(rows: readonly (readonly StyledLine[])[], width: number): readonly number[] {
  const count = Math.max(...rows.map((row) => row.length))
  const columns = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => lineWidth(row[index] ?? []))),
  )
  const room = width - GAP * (count - 1)
  while (columns.reduce((sum, column) => sum + column, 0) > room) {
    const widest = Math.max(...columns)
    if (widest <= NARROWEST) break
    columns[columns.indexOf(widest)] = widest - 1
  }
  return columns
}

function layOutRow(row: readonly StyledLine[], columns: readonly number[]): readonly StyledLine[] {
  const cells = columns.map((column, index) => wrap(row[index] ?? [], column))
  const height = Math.max(...cells.map((cell) => cell.length))
  return Array.from({ length: height }, (_, line) =>
    cells.flatMap((cell, index) => {
      const last = index === cells.length - 1
      const part = cell[line] ?? []
      return last ? part : [...padded(part, columns[index] ?? 0), ...styled(' '.repeat(GAP))]
    }),
  )
}
