import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A text file to be written on a host. */
export interface PlacedFile {
  /** Relative to the directory that the files go into. */
  readonly path: string
  readonly content: string
  /** Octal digits. */
  readonly mode: string
}

const EXAMPLE = fileURLToPath(new URL('../../../examples/ai-trade', import.meta.url))

/** The text of a file of the example stack. */
export function exampleFile(path: string): string {
  return readFileSync(join(EXAMPLE, path), 'utf8')
}

/** What a user copies: every file of the example by its path, none of them binary. */
export function exampleFiles(): Readonly<Record<string, string>> {
  const files = readdirSync(EXAMPLE, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map(({ parentPath, name }) => relative(EXAMPLE, join(parentPath, name)))
  return Object.fromEntries(paths.map((path) => [path, exampleFile(path)]))
}

/** What docker is sent of it when an image is built: as its .dockerignore says. */
export function exampleBuildContext(): Readonly<Record<string, string>> {
  const sent = /^(?:healthcheck\.sh|heartbeat-check\.sh|package\.json|(?:market-data|src)\/.*)$/
  return Object.fromEntries(Object.entries(exampleFiles()).filter(([path]) => sent.test(path)))
}

/** A script that writes files below a directory, making the directories they need, and stays in there. */
export function placeFiles(directory: string, files: readonly PlacedFile[]): string {
  return [
    'set -eu',
    `mkdir -p '${directory}'`,
    `cd '${directory}'`,
    ...files.flatMap(({ path, content, mode }) => [
      `mkdir -p "$(dirname '${path}')"`,
      `printf %s '${Buffer.from(content).toString('base64')}' | base64 -d >'${path}'`,
      `chmod ${mode} '${path}'`,
    ]),
  ].join('\n')
}
