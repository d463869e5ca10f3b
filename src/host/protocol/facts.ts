/** One protocol line of the host program: its name, then its fields. Made by the host program only. */
export type Fact = readonly [name: string, ...fields: string[]]

/** What a verb answered: facts of our own protocol, and redacted words of other programs. */
export interface Reply {
  readonly code: number
  readonly facts: readonly Fact[]
  readonly text: readonly string[]
  /** News of jobs, in the order they came (only `follow` answers with these). */
  readonly news: readonly JobNews[]
}

export type JobNews =
  | { readonly kind: 'fact'; readonly job: string; readonly fact: Fact }
  | { readonly kind: 'text'; readonly job: string; readonly line: string }

/** Sorts the lines of one frame. Anything else in it is noise of the login and is dropped. */
export function parseReply(code: number, lines: readonly string[]): Reply {
  const facts: Fact[] = []
  const text: string[] = []
  const news: JobNews[] = []
  for (const line of lines) {
    const [kind, first, ...rest] = line.split('\t')
    if (first === undefined) continue
    if (kind === 'fact') facts.push([first, ...rest])
    else if (kind === 'text') text.push(line.slice('text\t'.length))
    else if (kind === 'job' && rest[0] !== undefined) {
      news.push({ kind: 'fact', job: first, fact: [rest[0], ...rest.slice(1)] })
    } else if (kind === 'out')
      news.push({ kind: 'text', job: first, line: line.slice(`out\t${first}\t`.length) })
  }
  return { code, facts, text, news }
}

/** An exit code as the host wrote it; what is none (a full disk leaves an empty one) is no success. */
export function exitCode(text: string): number {
  return /^\d+$/u.test(text) ? Number(text) : 255
}

/** The fields of every fact of this name. */
export function fieldsOf(facts: readonly Fact[], name: string): string[][] {
  return facts.filter((fact) => fact[0] === name).map((fact) => fact.slice(1))
}

/** The first field of the first fact of this name, or ''. */
export function firstOf(facts: readonly Fact[], name: string): string {
  return fieldsOf(facts, name)[0]?.[0] ?? ''
}
