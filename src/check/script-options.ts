/** The long options of a shell script, each once, in the order of their appearance. */
export interface ScriptOptions {
  /** Those that its option parser takes: the patterns of `case` and the words that `[` compares with. */
  readonly parsed: readonly string[]
  /** Those that its help text describes: the beginning of a line of a here-document, or in brackets there. */
  readonly helped: readonly string[]
}

const OPTION = '--[A-Za-z][A-Za-z0-9_-]*'
const COMPARED = new RegExp(`(?<![\\w+-])={1,2}[ \\t]*["']?(${OPTION})=?["']?(?=[\\s\\])*;&|]|$)`, 'g')
/** `--name`, `'--name'`, `--name=*`. */
const TAKEN = new RegExp(`^["']?(${OPTION})(?:=.*)?["']?$`)
const SHORT_FORM = '(?:-\\w(?:[ \\t]+[A-Z<][\\w<>-]*)?(?:,|[ \\t]*\\|)?[ \\t]*)?'
const HELPED = new RegExp(`(?:^[ \\t]*|\\[)${SHORT_FORM}(${OPTION})`, 'g')

/** Reads the text alone: nothing is run. A line is understood by itself, so that one odd line hides no other. */
export function scriptOptions(text: string): ScriptOptions {
  const { code, documents } = partsOf(text.split(/\r?\n/))
  return {
    parsed: unique(code.flatMap(taken)),
    helped: unique(documents.flatMap((line) => [...line.matchAll(HELPED)].map(([, option = '']) => option))),
  }
}

/** All that one or the other knows, but for `--help` itself, which needs no description. */
export function optionsOf({ parsed, helped }: ScriptOptions): readonly string[] {
  return unique([...parsed, ...helped]).filter((option) => option !== '--help')
}

function taken(line: string): readonly string[] {
  return [
    ...patternsOf(line).flatMap((word) => TAKEN.exec(word)?.[1] ?? []),
    ...[...line.matchAll(COMPARED)].map(([, option = '']) => option),
  ]
}

/**
 * The patterns of `case`: words without spaces between `|`, up to `)`; at the start of a line, after `in`, `;;` or `(`.
 * Piece by piece, so that a long line costs no more than many short ones.
 */
function patternsOf(line: string): readonly string[] {
  const pieces = line.split(/(;;|;&|[();])/)
  return pieces.flatMap((piece, at) => {
    if (pieces[at + 1] !== ')') return []
    const afterIn = piece.split(AFTER_IN)
    const begins = afterIn.length > 1 || beginsPatterns(pieces, at)
    const words = (afterIn.at(-1) ?? '').split('|').map((word) => word.trim())
    return begins && words.every((word) => /^\S+$/.test(word)) ? words : []
  })
}

const AFTER_IN = /(?<![^ \t])in(?![^ \t])/

/** Whether what stands before a piece lets patterns begin there; a parenthesis may stand in between. */
function beginsPatterns(pieces: readonly string[], at: number): boolean {
  if (isBeginning(pieces[at - 1])) return true
  const opened = (pieces[at - 2] ?? '').split(AFTER_IN)
  const isAfterIn = opened.length > 1 || isBeginning(pieces[at - 3])
  return pieces[at - 1] === '(' && isAfterIn && opened.at(-1)?.trim() === ''
}

function isBeginning(before: string | undefined): boolean {
  return before === undefined || before === ';;' || before === ';&'
}

/** A `<<` that is neither a here-string nor, being without the line that would end it, an arithmetic shift. */
const HERE_DOCUMENT = /(?<!<)<<-?[ \t]*(["']?)\\?([A-Za-z_][\w.-]*)\1/g

/** The lines that the shell reads as commands, without comments; and those of here-documents. */
function partsOf(lines: readonly string[]): {
  readonly code: readonly string[]
  readonly documents: readonly string[]
} {
  const code: string[] = []
  const documents: string[] = []
  const unindented = lines.map((line) => line.replace(/^\t+/, ''))
  const last = new Map(unindented.map((line, index) => [line, index]))
  let next = 0
  while (next < lines.length) {
    const line = withoutComment(lines[next] ?? '')
    next += 1
    code.push(line)
    for (const [, , delimiter = ''] of line.matchAll(HERE_DOCUMENT)) {
      if ((last.get(delimiter) ?? -1) < next) continue
      for (; unindented[next] !== delimiter; next += 1) documents.push(lines[next] ?? '')
      next += 1
    }
  }
  // A line that goes on another one begins no pattern.
  return { code: code.join('\n').replaceAll('\\\n', ' ').split('\n'), documents }
}

/** A `#` begins a comment at the start of a word, unless a quote is open before it. */
function withoutComment(line: string): string {
  const open = new Set<string>()
  for (const { 0: mark, index } of line.matchAll(/['"]|(?<=^|[\s;&|(])#/g)) {
    if (mark === '#' && open.size === 0) return line.slice(0, index)
    if (mark !== '#' && !open.delete(mark)) open.add(mark)
  }
  return line
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
