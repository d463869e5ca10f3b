import {
  type ArithmeticOperator,
  COMPARISONS,
  type Comparison,
  type Expression,
  type Path,
  PLACEHOLDERS,
  type Rule,
  type RuleText,
} from '../model/rule.ts'

/** Also bounds how deep an expression is nested, and keeps every number in it finite. */
export const LONGEST_RULE = 300

/** What would have been right where a rule is wrong; gate-rules.ts words it. */
export type Expectation =
  | 'short-enough'
  | 'path'
  | 'comparison'
  | 'operand'
  | 'text-comparison'
  | 'text-end'
  | 'placeholder'
  | 'closing-parenthesis'
  | 'consequence'
  | 'end'

/** A rule, or the first mistake in it; `at`: the number of the character where it is, from 1. */
export type ParsedRule =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'mistake'; readonly at: number; readonly expected: Expectation }

/** Reads one rule; spaces and tabs around its words do not matter. Never throws. */
export function parseRule(text: string): ParsedRule {
  if (text.length > LONGEST_RULE) return { kind: 'mistake', at: LONGEST_RULE + 1, expected: 'short-enough' }
  const source = new Source(text)
  try {
    return { kind: 'rule', rule: rule(source) }
  } catch (error) {
    if (error instanceof Unexpected) return { kind: 'mistake', at: source.at, expected: error.expected }
    throw error
  }
}

class Unexpected extends Error {
  readonly expected: Expectation

  constructor(expected: Expectation) {
    super(expected)
    this.expected = expected
  }
}

/** The text of a rule, and how far it was read. */
class Source {
  readonly #text: string
  #read = 0

  constructor(text: string) {
    this.#text = text
    this.#skipBlanks()
  }

  /** The number of the next character, from 1. */
  get at(): number {
    return this.#read + 1
  }

  get isAtEnd(): boolean {
    return this.#read === this.#text.length
  }

  /** What `pattern` (sticky) finds here, or '' and nothing is read. */
  take(pattern: RegExp): string {
    const found = this.takeExactly(pattern)
    this.#skipBlanks()
    return found
  }

  /** The same, with no regard to blanks behind it. */
  takeExactly(pattern: RegExp): string {
    const found = this.#find(pattern)
    this.#read += found.length
    return found
  }

  sees(pattern: RegExp): boolean {
    return this.#find(pattern) !== ''
  }

  #find(pattern: RegExp): string {
    pattern.lastIndex = this.#read
    const [found = ''] = pattern.exec(this.#text) ?? []
    return found
  }

  need(pattern: RegExp, expected: Expectation): string {
    const found = this.take(pattern)
    if (found === '') throw new Unexpected(expected)
    return found
  }

  #skipBlanks(): void {
    while (this.#text[this.#read] === ' ' || this.#text[this.#read] === '\t') this.#read += 1
  }
}

const WARN = /warn[ \t]*:/y
const PATH = /[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+/y
const COMPARISON = new RegExp(COMPARISONS.join('|'), 'y')
const SUM = /[+-]/y
const PRODUCT = /[*/]/y
const MINUS = /-/y
const NUMBER = /\d+(?:\.\d+)?(?![\w.])/y
const BASELINE = /baseline(?![\w.])/y
const TEXT_COMPARISON = /(?:==|!=)(?=[ \t]*")/y
const QUOTE = /"/y
/** One at a time, so that a mistake is known by its place. No blank is skipped behind a piece of text. */
const TEXT_PIECE = /[^"$\p{C}\p{Zl}\p{Zp}]+/uy
const PLACEHOLDER = new RegExp(
  `(?:${PLACEHOLDERS.map((name) => name.replace('$', '\\$')).join('|')})(?!\\w)`,
  'y',
)
const OPENING = /\(/y
const CLOSING = /\)/y
const MISSING = /missing[ \t]*:/y
const CONSEQUENCE = /(?:fail|warn|ignore)(?![\w.])/y

function rule(source: Source): Rule {
  const unmet = source.take(WARN) === '' ? 'fail' : 'warn'
  const path = pathOf(source.need(PATH, 'path'))
  const textComparison = source.take(TEXT_COMPARISON)
  const comparison = (textComparison || source.need(COMPARISON, 'comparison')) as Comparison
  const expression = textComparison === '' ? numbers(source) : text(source)
  const missing =
    source.take(MISSING) === '' ? 'error' : (source.need(CONSEQUENCE, 'consequence') as Rule['missing'])
  if (!source.isAtEnd) throw new Unexpected('end')
  return { unmet, path, comparison, expression, missing }
}

function pathOf(text: string): Path {
  const [report = '', ...keys] = text.split('.')
  return { report, keys: keys as [string, ...string[]] }
}

function numbers(source: Source): Expression {
  if (source.sees(QUOTE)) throw new Unexpected('text-comparison')
  return sum(source)
}

/** A text in double quotes, which it cannot hold. */
function text(source: Source): RuleText {
  source.takeExactly(QUOTE)
  let read = ''
  for (;;) {
    const piece = source.takeExactly(TEXT_PIECE) || source.takeExactly(PLACEHOLDER)
    read += piece
    if (piece !== '') continue
    if (source.sees(/\$/y)) throw new Unexpected('placeholder')
    source.need(QUOTE, 'text-end')
    return { kind: 'text', text: read }
  }
}

function sum(source: Source): Expression {
  return chain(source, SUM, product)
}

function product(source: Source): Expression {
  return chain(source, PRODUCT, signed)
}

/** Operands with operators of the same strength between them, taken from the left. */
function chain(source: Source, operators: RegExp, operand: (source: Source) => Expression): Expression {
  let left = operand(source)
  for (;;) {
    const operator = source.take(operators)
    if (operator === '') return left
    left = { kind: 'binary', operator: operator as ArithmeticOperator, left, right: operand(source) }
  }
}

function signed(source: Source): Expression {
  return source.take(MINUS) === '' ? single(source) : { kind: 'negative', of: signed(source) }
}

function single(source: Source): Expression {
  if (source.take(BASELINE) !== '') return { kind: 'baseline' }
  if (source.take(OPENING) === '') return { kind: 'number', text: source.need(NUMBER, 'operand') }
  const inside = sum(source)
  source.need(CLOSING, 'closing-parenthesis')
  return inside
}
