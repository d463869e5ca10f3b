/** By what the redactor of the host replaces a value of the env file (lib/redact.sh). */
export const HIDDEN = '***'

/** Whether something in a text is hidden. */
export function isHidden(text: string): boolean {
  return text.includes(HIDDEN)
}

/** Why a text is no JSON, and where, in words that show next to nothing of it. */
export function whyNotJson(text: string): string {
  if (text.startsWith('\ufeff')) return 'it begins with a byte order mark, which JSON does not have'
  if (text.trim() === '') return 'it is empty'
  if (/^\s*<(?:!doctype|html|\?xml)/iu.test(text)) return 'it is HTML or XML'
  const stop = stopOf(text)
  return stop ? `${stop.what} in line ${lineOf(text, stop.at)}` : 'it is nested too deeply, or too long'
}

function stopOf(text: string): Stop | undefined {
  try {
    return new Reader(text).read()
  } catch {
    // A text of megabytes can be too much for a pattern.
    return undefined
  }
}

interface Stop {
  readonly what: string
  readonly at: number
}

function lineOf(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return `${line}, character ${at - before.lastIndexOf('\n')}`
}

const BLANKS = /[ \t\r\n]*/y
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.+-])/y
const LITERAL = /(?:true|false|null)(?!\w)/y
/** What other languages write, and JSON does not have. */
const FOREIGN = /[-+]?(?:NaN|nan|Infinity|inf|None|True|False|undefined)(?!\w)/y
const LONGEST_PATH = 6

/** Reads JSON until it is none, without recursion: a text may be nested as deeply as it is long. */
class Reader {
  readonly #text: string
  #at = 0
  /** What is open: the key that is read in an object, or the number of the item in a list. */
  readonly #open: (string | number)[] = []

  constructor(text: string) {
    this.#text = text
  }

  read(): Stop | undefined {
    for (;;) {
      const stop = this.#value()
      if (stop) return stop
      const after = this.#afterValue()
      if (after === 'end') return this.#rest()
      if (after !== 'next') return after
    }
  }

  /** A scalar, or the beginning of what holds others until the first scalar in it. */
  #value(): Stop | undefined {
    for (;;) {
      this.#take(BLANKS)
      const opening = this.#text[this.#at]
      if (opening === '{' || opening === '[') {
        this.#at += 1
        this.#take(BLANKS)
        const closing = opening === '{' ? '}' : ']'
        if (this.#text[this.#at] === closing) {
          this.#at += 1
          return undefined
        }
        this.#open.push(opening === '{' ? '' : 0)
        const stop = opening === '{' ? this.#key() : undefined
        if (stop) return stop
        continue
      }
      if (this.#take(STRING) !== '' || this.#take(NUMBER) !== '' || this.#take(LITERAL) !== '')
        return undefined
      return this.#noValue(opening)
    }
  }

  #noValue(opening: string | undefined): Stop {
    const at = this.#at
    const foreign = this.#take(FOREIGN)
    if (foreign !== '') return { what: `${foreign}${this.#path()}, which JSON does not have,`, at }
    if (opening === ']' || opening === '}') return { what: 'a comma with nothing behind it', at: at - 1 }
    return this.#oddity(at, 'no value of JSON')
  }

  #key(): Stop | undefined {
    this.#take(BLANKS)
    const at = this.#at
    const key = this.#take(STRING)
    if (key === '') {
      if (this.#text[at] === '}') return { what: 'a comma with nothing behind it', at: at - 1 }
      return this.#oddity(at, 'no key in double quotes')
    }
    this.#take(BLANKS)
    if (this.#text[this.#at] !== ':') return this.#oddity(this.#at, 'no colon behind a key')
    this.#at += 1
    this.#open[this.#open.length - 1] = key.slice(1, -1)
    return undefined
  }

  #afterValue(): Stop | 'next' | 'end' {
    for (;;) {
      const inside = this.#open.at(-1)
      if (inside === undefined) return 'end'
      this.#take(BLANKS)
      const mark = this.#text[this.#at]
      const closing = typeof inside === 'string' ? '}' : ']'
      if (mark === ',') {
        this.#at += 1
        if (typeof inside === 'number') {
          this.#open[this.#open.length - 1] = inside + 1
          return 'next'
        }
        return this.#key() ?? 'next'
      }
      if (mark !== closing) return this.#oddity(this.#at, 'no comma behind a value')
      this.#at += 1
      this.#open.pop()
    }
  }

  /** What else is no JSON, by how it begins; `otherwise` where that says nothing. */
  #oddity(at: number, otherwise: string): Stop {
    const rest = this.#text.slice(at, at + 3)
    if (rest === '') return { what: 'it breaks off', at }
    if (rest.startsWith(HIDDEN)) {
      return { what: 'something that is hidden, because it is a value of the env file,', at }
    }
    if (rest.startsWith("'")) return { what: 'single quotes, where JSON has double ones,', at }
    if (rest.startsWith('//') || rest.startsWith('/*') || rest.startsWith('#')) {
      return { what: 'a comment, which JSON does not have,', at }
    }
    if (rest.startsWith('"')) return this.#brokenString(at, otherwise)
    return { what: otherwise, at }
  }

  #brokenString(at: number, otherwise: string): Stop {
    const sound = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy
    sound.lastIndex = at
    const end = at + (sound.exec(this.#text)?.[0].length ?? 0)
    const next = this.#text[end]
    if (next === undefined) return { what: 'it breaks off', at: end }
    if (next === '"') return { what: otherwise, at }
    return {
      what:
        next === '\\'
          ? 'a backslash that means nothing in JSON'
          : 'a control character (a line end, say) in a text',
      at: end,
    }
  }

  #rest(): Stop | undefined {
    this.#take(BLANKS)
    if (this.#at === this.#text.length) return undefined
    const at = this.#at
    return this.#text.startsWith(HIDDEN, at)
      ? this.#oddity(at, '')
      : { what: 'a second document, or something else, behind the first,', at }
  }

  /** Where in the report, ` at metrics.score`; keys that are no plain words are left out. */
  #path(): string {
    const words = this.#open.map((part) => (/^[\w-]{1,60}$/u.test(String(part)) ? String(part) : '…'))
    if (words.length === 0) return ''
    const shown = words.length > LONGEST_PATH ? ['…', ...words.slice(-LONGEST_PATH)] : words
    return ` at ${shown.join('.')}`
  }

  /** What `pattern` (sticky) finds here, or '' and nothing is read. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found = ''] = pattern.exec(this.#text) ?? []
    this.#at += found.length
    return found
  }
}
