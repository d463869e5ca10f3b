import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const PROGRAM = join(import.meta.dirname, '../../../src/host/program')

/** A folder of the host program calls functions of its own and of those behind it. */
const ORDER = ['cli', 'phases', 'watchdog', 'compose', 'lib']

/** No function of the host program is longer. */
const LONGEST_FUNCTION_LINES = 40

interface ShellFile {
  readonly folder: string
  readonly path: string
  readonly text: string
}

const files: readonly ShellFile[] = readdirSync(PROGRAM, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.sh'))
  .map((path) => ({ path, folder: dirname(path), text: readFileSync(join(PROGRAM, path), 'utf8') }))

describe('the host program', () => {
  it('has only the folders that have a place in the order', () => {
    expect([...new Set(files.map(({ folder }) => folder))].sort()).toEqual([...ORDER].sort())
  })

  it('names each function once', () => {
    const names = files.flatMap(({ text }) => functionsOf(text).map(({ name }) => name))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('calls only what stands in the same folder or in one behind it', () => {
    const folderOf = new Map(
      files.flatMap(({ folder, text }) => functionsOf(text).map(({ name }) => [name, folder] as const)),
    )
    const upward = files.flatMap(({ folder, path, text }) =>
      [...callsIn(text)]
        .filter((name) => ORDER.indexOf(folderOf.get(name) ?? folder) < ORDER.indexOf(folder))
        .map((name) => `${path} calls ${name} of ${folderOf.get(name)}`),
    )
    expect(upward).toEqual([])
  })

  it('has short functions', () => {
    const long = files
      .flatMap(({ path, text }) => functionsOf(text).map(({ name, lines }) => ({ path, name, lines })))
      .filter(({ lines }) => lines > LONGEST_FUNCTION_LINES)
    expect(long).toEqual([])
  })
})

function functionsOf(text: string): { name: string; lines: number }[] {
  return [...text.matchAll(/^([a-z_]+)\(\) [{(]$.*?^[})]/gmsu)].map(([whole, name = '']) => ({
    name,
    lines: whole.split('\n').length,
  }))
}

/** The words that stand where a command does; what a comment, a quoted text or a pattern of `case` says is none. */
function callsIn(text: string): ReadonlySet<string> {
  const code = text
    .replace(/^\s*#.*$/gmu, '')
    .replace(/'[^']*'/gu, "''")
    .replace(/\bin [\w |*"$:-]+\)/gu, 'in')
    .replace(/^\s*[\w |*"$:-]+\)/gmu, '')
  const called = code.matchAll(
    /(?:^|[;&|({!]|\b(?:if|then|else|do|while|until|keeping_lock|as_executor|bounded)\b)[ \t]*([a-z_]+)(?![\w=(.-])/gmu,
  )
  return new Set([...called].map(([, name = '']) => name))
}
