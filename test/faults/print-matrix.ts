import { existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import { BOUNDARIES } from './boundaries.ts'
import { FAULTS } from './faults.ts'

/**
 * Prints what became of every cell as a table, boundaries down and faults across: the end on the host and the seconds
 * that it took. The argument: the file in which the tests left one line a cell.
 */
const [file = ''] = process.argv.slice(2)
const outcomes = (existsSync(file) ? readFileSync(file, 'utf8') : '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) =>
    z
      .object({ boundary: z.string(), fault: z.string(), standing: z.string(), seconds: z.number() })
      .parse(JSON.parse(line)),
  )
const faults = FAULTS.map(({ name }) => name)
const rows = BOUNDARIES.map(({ name }) => [
  name,
  ...faults.map((fault) => {
    const outcome = outcomes.findLast((one) => one.boundary === name && one.fault === fault)
    if (outcome === undefined) return '-'
    return outcome.standing === 'FAILED' ? 'FAILED' : `${outcome.standing} ${outcome.seconds}s`
  }),
])
const table = [['', ...faults], ...rows]
const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
for (const row of table)
  console.log(
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
const failed = outcomes.filter(({ standing }) => standing === 'FAILED').length
console.log(`\n${outcomes.length} cells ran, ${failed} failed.`)
