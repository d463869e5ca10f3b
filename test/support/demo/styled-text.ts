/** How a piece of text looks, where colours are on. Without colours every style but the text itself is lost. */
export type Style = 'plain' | 'bold' | 'dim' | 'title' | 'code' | 'good' | 'bad' | 'doubtful'

export interface Span {
  readonly text: string
  readonly style: Style
}

/** Text on one line of a terminal; no span holds a line end. */
export type StyledLine = readonly Span[]

/** Text of one style. */
export function styled(text: string, style: Style = 'plain'): StyledLine {
  return [{ text, style }]
}

/** Select Graphic Rendition, ECMA-48. */
const SGR: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  title: '1;36',
  code: '36',
  good: '32',
  bad: '1;31',
  doubtful: '33',
}

/** The line as it is written to a terminal. */
export function paint(line: StyledLine, colours: 'on' | 'off'): string {
  return line
    .map(({ text, style }) =>
      colours === 'off' || style === 'plain' ? text : `\u001b[${SGR[style]}m${text}\u001b[0m`,
    )
    .join('')
}

interface Unit extends Span {
  readonly width: number
}

const segmenter = new Intl.Segmenter()

/** Ideographs, kana, hangul, their punctuation, full-width forms, and emoji take two columns (Unicode annex 11). */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\ufe0f/u
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** The columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  return units(styled(text)).reduce((sum, unit) => sum + unit.width, 0)
}

/**
 * Breaks a line so that no part is wider than `width` columns: at spaces and beside wide characters, and
 * within a word, if can be behind a slash, only where it is wider than a whole line. Spaces around a break are dropped.
 */
export function wrap(line: StyledLine, width: number): readonly StyledLine[] {
  const lines: StyledLine[] = []
  let rest = units(line)
  for (let cut = overflow(rest, width); cut !== undefined; cut = overflow(rest, width)) {
    const end = lastBreak(rest, cut)
    lines.push(joined(withoutTrailingSpaces(rest.slice(0, end))))
    rest = withoutLeadingSpaces(rest.slice(end))
  }
  return [...lines, joined(rest)]
}

/** The line followed by as many spaces as make it `width` columns wide. */
export function padded(line: StyledLine, width: number): StyledLine {
  const missing = width - lineWidth(line)
  return missing > 0 ? [...line, { text: ' '.repeat(missing), style: 'plain' }] : line
}

/** The columns that a line takes. */
export function lineWidth(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0)
}

function units(line: StyledLine): readonly Unit[] {
  return line.flatMap(({ text, style }) =>
    [...segmenter.segment(text)].map(({ segment }) => ({ text: segment, style, width: unitWidth(segment) })),
  )
}

function unitWidth(character: string): number {
  if (INVISIBLE.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** The first unit that does not fit; undefined when all do. At least one unit always fits. */
function overflow(line: readonly Unit[], width: number): number | undefined {
  let used = 0
  for (const [index, unit] of line.entries()) {
    used += unit.width
    if (used > width && index > 0) return index
  }
  return undefined
}

function lastBreak(line: readonly Unit[], limit: number): number {
  const positions = Array.from({ length: limit }, (_, index) => limit - index)
  const between = (index: number) => [line[index - 1], line[index]]
  return (
    positions.find((index) => between(index).some((unit) => unit?.text === ' ' || unit?.width === 2)) ??
    positions.find((index) => line[index - 1]?.text === '/') ??
    limit
  )
}

function withoutTrailingSpaces(line: readonly Unit[]): readonly Unit[] {
  const last = line.findLastIndex(({ text }) => text !== ' ')
  return line.slice(0, last + 1)
}

function withoutLeadingSpaces(line: readonly Unit[]): readonly Unit[] {
  const first = line.findIndex(({ text }) => text !== ' ')
  return first < 0 ? [] : line.slice(first)
}

function joined(line: readonly Unit[]): StyledLine {
  const spans: Span[] = []
  for (const { text, style } of line) {
    const last = spans.at(-1)
    if (last?.style === style) spans[spans.length - 1] = { text: last.text + text, style }
    else spans.push({ text, style })
  }
  return spans
}
