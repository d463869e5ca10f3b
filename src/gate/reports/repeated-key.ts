import { isHidden } from './not-json.ts'

/** What structures a JSON text: its strings, whole, and the marks between its values. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gsu

/**
 * The first key that one object of a JSON text has twice, if any. Such a report says two things at once: every reader
 * would take another of them for the truth. The text has to be valid JSON. Keys in which something is hidden need not
 * have been alike, and nothing is judged by them.
 */
export function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = []
  let last = ''
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const key: unknown = JSON.parse(last)
      const keys = open.at(-1)
      if (typeof key !== 'string' || !keys) return undefined
      if (keys.has(key) && !isHidden(key)) return key
      keys.add(key)
    }
    last = token
  }
  return undefined
}
