import { beginning, oneLine } from './clean-text.ts'

/**
 * Everything Markdown, GitHub's additions to it (links, mentions, emoji, math) and HTML give a meaning to.
 * As numeric entities these characters are text wherever they stand, in a table cell too.
 */
const SPECIAL = /[\\`*_{}[\]<>()#!|~&@:$^"]/gu
/** Only at the start of a line: lists, headings underlined, rules. */
const SPECIAL_AT_START = /^(?:[-+=]|\d+[.)])/u
const BARE_LINK = /www\./giu
/** Mentions and mail links are found after entities are decoded: an element in between breaks them. */
const NAME_MARKS = /&#(?:64|35);/gu

/** Foreign text as inert Markdown on one line, at most `most` characters before escaping. */
export function escapeMarkdown(text: string, most = 600): string {
  return oneLine(text, most)
    .replace(SPECIAL, entity)
    .replace(SPECIAL_AT_START, (start) => start.slice(0, -1) + entity(start.slice(-1)))
    .replace(BARE_LINK, (prefix) => prefix.slice(0, -1) + entity('.'))
    .replace(NAME_MARKS, '$&<wbr>')
}

/**
 * Foreign text as code. An element and not backticks: a backtick inside cannot end it, and entities work.
 * Empty text gives a dash, so that a cell never looks forgotten.
 */
export function code(text: string, most = 200): string {
  const escaped = escapeMarkdown(text, most)
  return escaped === '' ? '—' : `<code>${escaped}</code>`
}

/**
 * Sentences of ours that may hold foreign text: escaped, with the line ends kept, at most `most` characters
 * before escaping. A line indented by two spaces is to be copied as it is and becomes code.
 */
export function paragraph(text: string, most = 5000): string {
  return beginning(text, most)
    .split('\n')
    .map((line) => (line.startsWith('  ') ? code(line, most) : escapeMarkdown(line, most)))
    .filter((line) => line !== '')
    .join('<br>')
}

/** A table of cells that are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A list of items that are Markdown already. */
export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

/** A link to an address of ours; an address that could be anything else is shown as code. */
export function link(text: string, address: string): string {
  return /^https?:\/\/[\w.:@%/-]+$/u.test(address) ? `[${escapeMarkdown(text)}](${address})` : code(address)
}

function entity(character: string): string {
  return `&#${character.codePointAt(0)};`
}
