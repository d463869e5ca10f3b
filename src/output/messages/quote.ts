import { ending, oneLine, printable } from '../clean-text.ts'

/** A name or value of foreign origin inside a sentence of ours: one printable line. */
export function quotedName(text: string, most = 300): string {
  return oneLine(text, most)
}

/** What a foreign program said, to end a sentence with: one line without a full stop, its end kept, where causes stand. */
export function quotedOutput(detail: string): string {
  const line = printable(detail)
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[.:]+$/u, '')
  return line === '' ? 'it gave no message' : ending(line, 700)
}

/** At most 20 items in one sentence, and how many were left out. */
export function enumerate(items: readonly string[]): string {
  return joined(items, 20, ', ', (item) => quotedName(item))
}

/** At most 5 sentences as one part of a longer one, and how many were left out. */
export function sentences(items: readonly string[]): string {
  return joined(items, 5, '; ', (item) => quotedName(item).replace(/\.$/u, ''))
}

function joined(
  items: readonly string[],
  most: number,
  separator: string,
  worded: (item: string) => string,
): string {
  const left = items.length - most
  const listed = items.slice(0, most).map(worded).join(separator)
  return left > 0 ? `${listed} and ${left} more` : listed
}

/** A path inside a command that a person copies into a shell. */
export function shellWord(word: string): string {
  const clean = quotedName(word)
  return /^[\w@%+=:,./-]+$/u.test(clean) ? clean : `'${clean.replaceAll("'", `'\\''`)}'`
}
