import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A text file to be written on a host. */
export interface PlacedFile {
  /** Relative to the directory that the files go into. */
  readonly path: string
  readonly content: string
  /** Octal digits. */
  readonly mode: string
}

/** The text of a file of the example stack. */
export function exampleFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../examples/ai-trade/${path}`, import.meta.url)), 'utf8')
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
