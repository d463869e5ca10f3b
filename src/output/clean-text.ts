const ESC = '\u001b'

/** Terminal escapes as whole sequences; what is cut off or unknown loses its escape character below. */
const TERMINAL_ESCAPES = new RegExp(
  [
    `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]`,
    `${ESC}[\\]PX^_][^\u0007${ESC}\n]*(?:\u0007|${ESC}\\\\)`,
    `${ESC}[ -/]*[0-Z\\\\^-~]`,
  ].join('|'),
  'gu',
)

const LINE_ENDS = /\r\n|\r|\u0085|\u2028|\u2029/gu
const OTHER_CONTROLS = /(?!\n)\p{Cc}/gu
/** Characters that are not seen but change the order or the look of what is. */
const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

/**
 * Foreign text, printable: terminal escapes, control and direction characters removed, tabs as spaces,
 * every kind of line end as `\n`, well-formed Unicode.
 */
export function printable(text: string): string {
  return text
    .replace(LINE_ENDS, '\n')
    .replace(TERMINAL_ESCAPES, '')
    .replaceAll('\t', ' ')
    .replace(OTHER_CONTROLS, '')
    .replace(INVISIBLE, '')
    .toWellFormed()
}

/** At most `most` characters of a text, its beginning kept; never half a character. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/u, '')}…`
}

/** At most `most` characters of a text, its end kept: where tools put the cause. Never half a character. */
export function ending(text: string, most: number): string {
  if (text.length <= most) return text
  return `…${text.slice(text.length - most + 1).replace(/^[\udc00-\udfff]/u, '')}`
}

/** What may be cleaned away in front of what is shown: a text of megabytes is not cleaned as a whole for one cell. */
const MOST_UNSEEN = 20_000

/** Foreign text as one printable line of at most `most` characters, beginning kept. */
export function oneLine(text: string, most: number): string {
  const cut = beginning(text, most + MOST_UNSEEN)
  return beginning(printable(cut).replace(/\s+/gu, ' ').trim(), most)
}
