import { basename } from 'node:path/posix'

/**
 * Whether a document names a variable or an option: as a word of its own. In an env file (`.env…`) a variable is
 * named by a line that sets it; such a line may be commented out, to show a default.
 */
export function isNamed(name: string, document: { readonly path: string; readonly text: string }): boolean {
  if (name.startsWith('-')) return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(document.text)
  const pattern = basename(document.path).startsWith('.env')
    ? `^[ \\t]*(?:#[ \\t]*)?(?:export[ \\t]+)?${name}[ \\t]*=`
    : `(?<!\\w)${name}(?!\\w)`
  return new RegExp(pattern, 'm').test(document.text)
}
