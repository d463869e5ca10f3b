import { type Document, parseAllDocuments } from 'yaml'
import type { NamesFound } from './names-found.ts'

/** Far more than compose files of people have; what expands exponentially is stopped. */
const MOST_ALIASES = 10_000

/**
 * The variables that a compose file takes from its surroundings, in the order of their appearance: those of
 * `$NAME` and `${NAME…}` in values (comments and keys are not interpolated; `$$` is a dollar sign), and those
 * that `environment` and build `args` pass on by naming them without a value. What an `env_file` holds is not
 * said in the compose file. (Compose specification, Interpolation.)
 */
export function composeVariables(text: string): NamesFound {
  // The list, which is empty for a text without any document, is typed as something else then.
  const documents: readonly Document[] = parseAllDocuments(text, { merge: true, logLevel: 'silent' })
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) return { kind: 'unreadable', why: error.message.split('\n')[0] ?? '' }
  try {
    const values = documents.map((document) => document.toJS({ maxAliasCount: MOST_ALIASES }))
    return { kind: 'found', names: [...new Set(variablesIn(values))] }
  } catch (thrown) {
    return { kind: 'unreadable', why: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

function variablesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return variablesOfText(value)
  if (Array.isArray(value)) return value.flatMap(variablesIn)
  if (!isMapping(value)) return []
  return Object.entries(value).flatMap(([key, part]) => [
    ...variablesIn(part),
    ...(key === 'environment' || key === 'args' ? passedOn(part) : []),
  ])
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
  return named.filter((name) => /^[A-Za-z_]\w*$/.test(name))
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
