import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the tests of a document look at. Paths are relative to the root of the repository. */
export interface MarkdownDocument {
  readonly path: string
  readonly text: string
  /** The content of every fenced block with this language. */
  readonly fences: (language: string) => readonly string[]
  /** Every text between single backticks outside fenced blocks. */
  readonly codes: readonly string[]
  /** Every link that does not lead out of the repository: the file (this one, if it names none) and the heading. */
  readonly links: readonly { readonly file: string; readonly anchor: string }[]
  /** The headings as GitHub names them in links. */
  readonly anchors: readonly string[]
}

/** What follows the language marks the block. */
const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms

export function readDocument(path: string): MarkdownDocument {
  const text = readFileSync(path, 'utf8')
  const prose = text.replace(FENCE, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return {
    path,
    text,
    fences: (language) =>
      [...text.matchAll(FENCE)].filter(([, name]) => name === language).map(([, , content = '']) => content),
    codes: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    links: targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [file = '', anchor = ''] = target.split('#')
        return { file: file === '' ? path : join(dirname(path), file), anchor }
      }),
    anchors: [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)),
  }
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

/** The first column of the table rows whose first cell is code. */
export function tableNames(text: string): readonly string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)
}

/** The text below a heading, up to the next heading of any level. */
export function sectionOf(document: MarkdownDocument, heading: string): string {
  const [, below] = document.text.split(new RegExp(`^#+ ${heading}$`, 'm'))
  if (below === undefined) throw new Error(`${document.path} has no heading "${heading}"`)
  return below.split(/^#+ /m)[0] ?? ''
}

/** The tables, each as its lines. */
export function tables(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trimEnd().split('\n'))
}
