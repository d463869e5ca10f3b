import { normalize } from 'node:path/posix'
import * as z from 'zod'
import type { DocumentsPair } from '../model/documents-check.ts'
import { INVISIBLE } from './text.ts'

const EXPECTED =
  'PATH -> PATH PATH…: a compose file or a shell script, an arrow, its documents; each path relative to the root of the repository, without spaces, .. or control characters'

/** Relative, below where it starts, and no option of anything. */
const PATH = new RegExp(`^(?![-/]|(?:.*/)?\\.\\.(?:/|$))[^\\s${INVISIBLE}]+$`, 'u')

/** Which documents must name what a file uses, one file a line; empty lines and those that begin with # are none. */
export function docsMap() {
  return z
    .string()
    .transform((text, context): readonly DocumentsPair[] =>
      text.split('\n').flatMap((whole, index) => {
        const line = whole.trim()
        if (line === '' || line.startsWith('#')) return []
        const pair = pairOf(line)
        if (pair !== undefined) return [pair]
        // By its line, so that each wrong line is a mistake by itself, and shown by itself.
        context.issues.push({ code: 'custom', path: [index], input: line, message: EXPECTED })
        return []
      }),
    )
    .refine((pairs) => pairs.length > 0, { error: `at least one line ${EXPECTED}` })
}

function pairOf(line: string): DocumentsPair | undefined {
  const [source, arrow, ...documents] = line.split(/\s+/u)
  const paths = [source ?? '', ...documents]
  if (arrow !== '->' || documents.length === 0 || !paths.every((path) => PATH.test(path))) return undefined
  return { source: normalize(paths[0] ?? ''), documents: documents.map((path) => normalize(path)) }
}
