import { type Secret, SHORTEST_PART } from '../model/secret.ts'

/** Replaces every known secret in a text by `***`. */
export type Mask = (text: string) => string

/**
 * A mask for these secrets: their whole values, their lines, and the forms that tools print them in (JSON,
 * URL, base64). The runner's own masking does the same once more; this one also holds where it does not:
 * in the summary, in annotations and wherever the mask arrives late.
 */
export function createMask(secrets: readonly Secret[]): Mask {
  const forms = new Set(secrets.flatMap((secret) => maskedValues(secret).flatMap(formsOf)))
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  if (longestFirst.length === 0) return (text) => text
  const pattern = new RegExp(longestFirst.map(literally).join('|'), 'gu')
  return (text) => text.replace(pattern, '***')
}

/** What the runner is asked to mask: whole values and their lines; it derives other forms itself. */
export function maskedValues(secret: Secret): readonly string[] {
  const value = secret.reveal()
  const trimmed = value.trim()
  if (trimmed === '') return []
  const lines = trimmed.split(/\r\n|\r|\n/u).map((line) => line.trim())
  const parts = lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_PART) : []
  return [...new Set([value, trimmed, ...parts])]
}

function formsOf(value: string): readonly string[] {
  if (value.length < SHORTEST_PART) return [value]
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    Buffer.from(value).toString('base64').replace(/=+$/u, ''),
    ...[0, 1, 2].flatMap((before) => insideBase64(value, before)),
  ]
}

/** The digits that stand for nothing but the value where it comes after so many bytes of a longer text, in both alphabets. */
function insideBase64(value: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)])
  const own = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)] as const
  return (['base64', 'base64url'] as const).map((alphabet) => bytes.toString(alphabet).slice(...own))
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
}
