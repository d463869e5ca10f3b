import { type Document, isScalar, parseAllDocuments, visit } from 'yaml'

/** What a file makes use of, each name once; or why that cannot be told. */
export type NamesFound =
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Far more than compose files of people have; what expands exponentially is stopped. */
const MOST_ALIASES = 10_000

/**
 * The variables that a compose file takes from its surroundings, in the order of their appearance: those of
 * `$NAME` and `${NAME…}` in values (comments and keys are not interpolated; `$$` is a dollar sign), those that
 * `environment` and build `args` pass on by naming them without a value, and those that secrets and configs are made
 * of. What an `env_file` holds is not said in the compose file. (Compose specification, Interpolation.)
 */
export function composeVariables(text: string): NamesFound {
  try {
    const documents = documentsOf(text)
    const [wrong] = documents.flatMap(complaintsOf)
    if (wrong !== undefined) return { kind: 'unreadable', why: wrong.split('\n')[0] ?? '' }
    const values = documents.map((document) => document.toJS({ maxAliasCount: MOST_ALIASES }))
    return values.some((value) => isMapping(value) && !Array.isArray(value))
      ? { kind: 'found', names: variablesOf(values) }
      : { kind: 'unreadable', why: 'it holds no mapping, as a compose file does' }
  } catch (thrown) {
    return { kind: 'unreadable', why: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

/** A list, which is typed as something else where a text has no document. */
function documentsOf(text: string): readonly Document[] {
  // The library compares every key with all others of its mapping: what comes twice is looked for below.
  return parseAllDocuments(text, { merge: true, logLevel: 'silent', uniqueKeys: false })
}

function complaintsOf(document: Document): readonly string[] {
  const complaints = document.errors.map(({ message }) => message)
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (keys.has(key.value))
          complaints.push(`Map keys must be unique; ${JSON.stringify(key.value)} comes twice`)
        keys.add(key.value)
      }
    },
  })
  return complaints
}

/** Visits the target of an alias once, however often it is used. */
function variablesOf(values: readonly unknown[]): readonly string[] {
  const names = new Set<string>()
  const seen = new Set<unknown>()
  const seenPassedOn = new Set<unknown>()
  const isNew = (value: unknown, among: Set<unknown>) => !among.has(value) && among.add(value)
  const look = (value: unknown): void => {
    if (typeof value === 'string') for (const name of variablesOfText(value)) names.add(name)
    if (!isMapping(value) || !isNew(value, seen)) return
    for (const [key, part] of Object.entries(value)) {
      look(part)
      if (Array.isArray(value) || (key !== 'environment' && key !== 'args')) continue
      if (!isMapping(part) || isNew(part, seenPassedOn)) for (const name of passedOn(part)) names.add(name)
    }
  }
  look(values)
  return [...new Set([...names, ...values.flatMap(madeOf)])]
}

/** `$$` first, so that what it escapes is no variable. Defaults and messages are scanned on: they may hold more. */
function variablesOfText(text: string): readonly string[] {
  return [...text.matchAll(/\$\$|\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  )
}

/** Without a value, a variable is taken from where compose runs. */
function passedOn(variables: unknown): readonly string[] {
  const named = Array.isArray(variables)
    ? variables.filter((entry) => typeof entry === 'string')
    : isMapping(variables)
      ? Object.keys(variables).filter((name) => variables[name] === null)
      : []
  return named.filter(isName)
}

/** What secrets and configs of a file are made of. */
function madeOf(file: unknown): readonly string[] {
  if (!isMapping(file)) return []
  return [file.secrets, file.configs]
    .flatMap((them) => (isMapping(them) ? Object.values(them) : []))
    .map((one) => (isMapping(one) ? one.environment : undefined))
    .filter((name) => typeof name === 'string')
    .filter(isName)
}

function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text)
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
