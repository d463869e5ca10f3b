const LONGEST_PREVIEW = 24

/** What a value may show of itself: everything in short, its size only, or its size as a secret. */
export type Privacy = 'public' | 'size-only' | 'secret'

/**
 * A value as a mistake shows it: `"3o" (2 characters)`, long ones cut, invisible characters escaped.
 * Secrets, values that hold one of `secrets` (put into the wrong input), and values that may hold
 * anything are described by their size.
 */
export function shapeOf(value: string, privacy: Privacy, secrets: readonly string[]): string {
  if (privacy === 'secret') return `a secret of ${sizeOf(value)}`
  if (privacy === 'size-only') return `a text of ${sizeOf(value)}`
  if (secrets.some((secret) => value.includes(secret)))
    return `a text of ${sizeOf(value)} that holds a secret`
  return `${preview(value)} (${sizeOf(value)})`
}

/** The first characters of a text in double quotes, invisible ones escaped, an ellipsis where it was cut. */
export function preview(value: string): string {
  const characters = [...value]
  const shown = characters.slice(0, LONGEST_PREVIEW).join('')
  const quoted = JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeOf)
  return characters.length > LONGEST_PREVIEW ? `${quoted}…` : quoted
}

function escapeOf(character: string): string {
  return `\\u{${Number(character.codePointAt(0)).toString(16)}}`
}

function sizeOf(value: string): string {
  const characters = [...value].length
  const lines = value.split('\n').length
  const size = characters === 1 ? '1 character' : `${characters} characters`
  return lines === 1 ? size : `${size} in ${lines} lines`
}
