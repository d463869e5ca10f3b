/** The long options of a shell script, each once, in the order of their appearance. */
export interface ScriptOptions {
  /** Those that its option parser takes: the patterns of `case` and the words that `[` compares with. */
  readonly parsed: readonly string[]
  /** Those that its help text describes: the beginning of a line of a here-document, or in brackets there. */
  readonly helped: readonly string[]
}

const OPTION = '--[A-Za-z][A-Za-z0-9_-]*'
/** A pattern of `case`: words without spaces between `|`, up to `)`; at the start of a line, after `in`, `;;` or `(`. */
const PATTERNS = /(?:^|\bin|;;|;&)[ \t]*\(?[ \t]*([^\s()|;]+(?:[ \t]*\|[ \t]*[^\s()|;]+)*)[ \t]*\)/g
const COMPARED = new RegExp(`(?<![\\w+-])={1,2}[ \\t]*["']?(${OPTION})=?["']?(?=[\\s\\])*]|$)`, 'g')
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
  const patterns = [...line.matchAll(PATTERNS)].flatMap(([, words = '']) => words.split('|'))
  return [
    ...patterns.flatMap((word) => TAKEN.exec(word.trim())?.[1] ?? []),
    ...[...line.matchAll(COMPARED)].map(([, option = '']) => option),
  ]
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
  let next = 0
  while (next < lines.length) {
    const line = withoutComment(lines[next] ?? '')
    next += 1
    code.push(line)
    for (const [, , delimiter = ''] of line.matchAll(HERE_DOCUMENT)) {
      const end = lines.findIndex((one, index) => index >= next && one.replace(/^\t+/, '') === delimiter)
      if (end === -1) continue
      documents.push(...lines.slice(next, end))
      next = end + 1
    }
  }
  // A line that goes on another one begins no pattern.
  return { code: code.join('\n').replaceAll('\\\n', ' ').split('\n'), documents }
}

/** A `#` begins a comment at the start of a word, unless a quote is open before it. */
function withoutComment(line: string): string {
  for (const { index } of line.matchAll(/(?<=^|[\s;&|(])#/g)) {
    const before = line.slice(0, index)
    if (isEven(before, "'") && isEven(before, '"')) return before
  }
  return line
}

function isEven(text: string, quote: string): boolean {
  return text.split(quote).length % 2 === 1
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
