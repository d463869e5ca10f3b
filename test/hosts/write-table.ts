/**
 * Prints the matrix, and writes it with the date into docs/tested-hosts.md between `<!-- hosts:start -->` and
 * `<!-- hosts:end -->`. The argument: the file in which the tests left their lines. Exit code 1 where something failed,
 * or did not run: the table says so too.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readRecord } from './record.ts'
import { asMarkdown, asText, badEnds, tableOf } from './table.ts'

const DOCUMENT = 'docs/tested-hosts.md'
const PLACE = /(?<=<!-- hosts:start -->\n).*?(?=<!-- hosts:end -->)/s

const [file = ''] = process.argv.slice(2)
const table = tableOf(readRecord(file))
const bad = badEnds(table)
const date = new Date().toISOString().slice(0, 10)
console.log(`\n${asText(table)}\n\n${bad} of the scenarios failed or did not run.`)
const text = readFileSync(DOCUMENT, 'utf8')
if (!PLACE.test(text)) throw new Error(`${DOCUMENT} has no place for the table`)
writeFileSync(
  DOCUMENT,
  text.replace(PLACE, () => `Run on ${date}; ${bad} failed or did not run.\n\n${asMarkdown(table)}\n`),
)
process.exitCode = bad === 0 ? 0 : 1
