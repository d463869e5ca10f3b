import { type Span, type Style, type StyledLine, styled, wrap } from './styled-text.ts'
import { layOutTable } from './table.ts'

/**
 * The job summary for a terminal of `width` columns. Knows exactly the Markdown and HTML that the action's own
 * report is made of: headings, paragraphs, lists, tables; bold, links, `code`, `br`, `sub`, `wbr`, entities.
 */
export function renderSummaryText(markdown: string, width: number): readonly StyledLine[] {
  const blocks = markdown.trim().split(/\n{2,}/)
  return blocks.flatMap((block, index) => [
    ...(index === 0 ? [] : [styled('')]),
    ...renderBlock(block.split('\n'), width),
  ])
}

function renderBlock(lines: readonly string[], width: number): readonly StyledLine[] {
  const [first = ''] = lines
  if (first.startsWith('| ')) return renderTable(lines, width)
  return lines.flatMap((line) => renderLine(line, width))
}

function renderLine(line: string, width: number): readonly StyledLine[] {
  const { marks, heading } = /^(?<marks>#{2,3}) (?<heading>.*)$/.exec(line)?.groups ?? {}
  if (heading !== undefined) {
    // Also where there are no colours, a section can be told from a paragraph.
    const title = marks === '##' ? heading : `── ${heading}`
    return hardLines(title, 'title').flatMap((part) => wrap(part, width))
  }
  const item = /^- (.*)$/.exec(line)?.[1]
  if (item === undefined) return hardLines(line).flatMap((part) => wrap(part, width))
  return hardLines(item)
    .flatMap((part) => wrap(part, width - 2))
    .map((part, index) => [...styled(index === 0 ? '• ' : '  '), ...part])
}

function renderTable(lines: readonly string[], width: number): readonly StyledLine[] {
  const [header = '', , ...rows] = lines
  return layOutTable(
    cellsOf(header).map((cell) => hardLines(cell, 'bold').flat()),
    rows.map((row) => cellsOf(row).map((cell) => hardLines(cell).flat())),
    width,
  )
}

/** A bar within a cell is an entity, so every bar that is seen ends a cell. */
function cellsOf(row: string): readonly string[] {
  return row
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.trim())
}

/** What has a meaning within a line; everything between is text. */
const MARK = /\*\*(?<bold>.+?)\*\*|\[(?<link>[^\]]*)\]\([^)]*\)|<(?<tag>\/?(?:code|br|sub|wbr))>/gu

/** The inline parts of a text, one line for each `<br>`. */
function hardLines(text: string, base: Style = 'plain'): readonly StyledLine[] {
  const lines: Span[][] = [[]]
  let style = base
  let position = 0
  const put = (content: string, as: Style) => {
    if (content !== '') lines.at(-1)?.push({ text: decodeEntities(content), style: as })
  }
  for (const mark of text.matchAll(MARK)) {
    put(text.slice(position, mark.index), style)
    position = mark.index + mark[0].length
    const { bold, link, tag } = mark.groups ?? {}
    if (bold !== undefined) for (const part of hardLines(bold, 'bold').flat()) lines.at(-1)?.push(part)
    if (link !== undefined) for (const part of hardLines(link, 'code').flat()) lines.at(-1)?.push(part)
    if (tag === 'br') lines.push([])
    if (tag === 'code') style = 'code'
    if (tag === 'sub') style = 'dim'
    if (tag === '/code' || tag === '/sub') style = base
  }
  put(text.slice(position), style)
  return lines
}

/** All foreign text arrives in decimal entities. */
function decodeEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}
