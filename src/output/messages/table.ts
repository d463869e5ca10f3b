import type { Fault } from '../../model/outcome.ts'

/**
 * What is told about a problem: what happened, and what to do next. Plain text, possibly of several lines; a line that is
 * indented by two spaces is to be copied as it is. Foreign text inside never has a line end of its own, and is not escaped
 * for Markdown.
 */
export interface Words {
  readonly what: string
  readonly next: string
}

/** A text, or the function that makes it of the facts. */
export type Text<Facts> = string | ((facts: Facts) => string)

/** The cells of a row in docs/troubleshooting.md, in Markdown. An empty one stays empty there. */
export interface Docs {
  /** What the message names, or means. */
  readonly names: string
  readonly causes: string
  readonly cure: string
}

/** Everything that is told about one problem or finding. */
export interface ProblemRow<Facts> {
  readonly what: Text<Facts>
  readonly next: Text<Facts>
  /** Where it depends on the facts: `of` decides, `docs` says by what. */
  readonly fault: Fault | { readonly of: (facts: Facts) => Fault; readonly docs: string }
  readonly docs: Docs
}

/** Everything that is told about one fact that did not decide the outcome, or is one of several reasons. */
export interface SentenceRow<Facts> {
  readonly says: Text<Facts>
  readonly docs: Docs
}

type Named<Facts, Key extends keyof Facts, Name> = Facts & { readonly [K in Key]: Name }

/** A row for each member of a union, which `Key` tells apart. A missing row is an error of types. */
export type ProblemTable<Facts, Key extends keyof Facts> = {
  readonly [Name in Facts[Key] & string]: ProblemRow<Named<Facts, Key, Name>>
}

/** As {@link ProblemTable}, by `kind`. */
export type SentenceTable<Facts extends { readonly kind: string }> = {
  readonly [Name in Facts['kind']]: SentenceRow<Named<Facts, 'kind', Name>>
}

/** What a table says about these facts. */
export function wordsIn<Facts, Key extends keyof Facts>(
  table: ProblemTable<Facts, Key>,
  key: Key,
  facts: Facts,
): Words {
  const { what, next } = rowOf(table, key, facts)
  return { what: textOf(what, facts), next: textOf(next, facts) }
}

/** Whose fault it is by a table. */
export function faultIn<Facts, Key extends keyof Facts>(
  table: ProblemTable<Facts, Key>,
  key: Key,
  facts: Facts,
): Fault {
  const { fault } = rowOf(table, key, facts)
  return typeof fault === 'string' ? fault : fault.of(facts)
}

export function sentenceIn<Facts extends { readonly kind: string }>(
  table: SentenceTable<Facts>,
  facts: Facts,
): string {
  // The row of this kind takes these facts, which the compiler cannot follow.
  const { says } = table[facts.kind as Facts['kind']] as SentenceRow<Facts>
  return textOf(says, facts)
}

function rowOf<Facts, Key extends keyof Facts>(
  table: ProblemTable<Facts, Key>,
  key: Key,
  facts: Facts,
): ProblemRow<Facts> {
  return table[facts[key] as Facts[Key] & string] as ProblemRow<Facts>
}

function textOf<Facts>(text: Text<Facts>, facts: Facts): string {
  return typeof text === 'string' ? text : text(facts)
}
