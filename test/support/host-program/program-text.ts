import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shellConstants } from '../../../src/host/protocol/shell-constants.ts'

const HOST = join(import.meta.dirname, '../../../src/host')

/** The files of the host program. */
export function programFiles(): readonly string[] {
  return programParts().filter((part) => part !== CONSTANTS)
}

/** What is made from the protocol, and lies in no file. */
const CONSTANTS = 'shellConstants'

/** Its files, and CONSTANTS, in the order in which `program.ts` joins them. */
function programParts(): readonly string[] {
  const list = readFileSync(join(HOST, 'program.ts'), 'utf8')
  const imported = [...list.matchAll(/^import (\w+) from '\.\/(program\/.*)'$/gmu)]
  const files = new Map(imported.map(([, name = '', file = '']) => [name, file]))
  const rows = [...(list.split('hostProgram = [')[1] ?? '').matchAll(/\.\.\.\[([\w, ]+)\]/gu)]
  const joined = rows.flatMap(([, names = '']) => names.split(', '))
  return joined.map((name) =>
    name === CONSTANTS ? name : join(HOST, files.get(name) ?? `${name} is not imported`),
  )
}

/** The text of the host program, as the bundle puts it together. */
export function programText(): string {
  return programParts()
    .map((part) => (part === CONSTANTS ? shellConstants : readFileSync(part, 'utf8')))
    .join('\n')
}
