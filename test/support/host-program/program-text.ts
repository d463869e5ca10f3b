import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const HOST = join(import.meta.dirname, '../../../src/host')

/** The files of the host program in the order in which `program.ts` joins them. */
export function programFiles(): readonly string[] {
  const list = readFileSync(join(HOST, 'program.ts'), 'utf8')
  const imported = [...list.matchAll(/^import (\w+) from '\.\/(program\/.*)'$/gmu)]
  const files = new Map(imported.map(([, name = '', file = '']) => [name, file]))
  const joined = [...(list.split('= [')[1] ?? '').matchAll(/^ {2}(\w+),$/gmu)]
  return joined.map(([, name = '']) => join(HOST, files.get(name) ?? `${name} is not imported`))
}

/** The text of the host program, as the bundle puts it together. */
export function programText(): string {
  return programFiles()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}
