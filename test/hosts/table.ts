import { TESTED_KINDS } from './kinds.ts'
import { type RecordLine, SCENARIOS } from './record.ts'

/** The matrix as rows of cells: a host a row, with its versions, and how each scenario of the short set ended on it. */
export function tableOf(lines: readonly RecordLine[]): readonly (readonly string[])[] {
  const head = ['Debian', 'Docker', 'Compose', 'OpenSSH', 'Image store', ...SCENARIOS]
  return [head, ...TESTED_KINDS.map((kind) => rowOf(lines, kind))]
}

function rowOf(
  lines: readonly RecordLine[],
  { release, store }: (typeof TESTED_KINDS)[number],
): readonly string[] {
  const own = lines.filter((line) => line.release === release && line.store === store)
  const host = own.findLast((line) => line.what === 'host')
  const ends = SCENARIOS.map((scenario) => {
    const ran = own.findLast((line) => line.what === 'scenario' && line.scenario === scenario)
    return ran?.what === 'scenario' ? ran.end : 'not run'
  })
  if (host?.what !== 'host') return [release, '', '', '', store, ...ends]
  return [release, host.docker, host.compose, host.openssh, store, ...ends]
}

/** How many scenarios did not end as they must, or never ran. */
export function badEnds(table: readonly (readonly string[])[]): number {
  return table.flat().filter((cell) => cell === 'FAILED' || cell === 'not run').length
}

export function asMarkdown(table: readonly (readonly string[])[]): string {
  const [head = [], ...rows] = table
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function asText(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
