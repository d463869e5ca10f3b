import { basename } from 'node:path/posix'

/** A text that people read, by its path. */
interface Document {
  readonly path: string
  readonly text: string
}

/**
 * The variables and options that a document names: as words of their own. In an env file (`.env…`) a variable is
 * named by a line that sets it; such a line may be commented out, to show a default. In one pass, since both the
 * names and the document may be many.
 */
export function namedIn({ path, text }: Document): ReadonlySet<string> {
  const variables = basename(path).startsWith('.env')
    ? [...text.matchAll(/^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?(\w+)[ \t]*=/gm)].map(([, name = '']) => name)
    : (text.match(/\w+/g) ?? [])
  const options = (text.match(/[\w-]+/g) ?? []).filter((word) => word.startsWith('-'))
  return new Set([...variables, ...options])
}
