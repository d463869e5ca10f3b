import * as z from 'zod'

/** Repository variables by name. A map, since the names come from outside. */
export type Variables = ReadonlyMap<string, string>

type Reading =
  | { readonly kind: 'variables'; readonly variables: Variables }
  | { readonly kind: 'not JSON' | 'JSON of another kind' | 'an object with values that are not strings' }

/** The text that `toJSON(vars)` gives: a JSON object whose values are all strings. */
export function variablesJson() {
  return z.string().transform((text, context): Variables => {
    const reading = readingOf(text)
    if (reading.kind === 'variables') return reading.variables
    context.addIssue({
      code: 'custom',
      message: `a JSON object of strings, as toJSON(vars) gives it; this is ${reading.kind}`,
    })
    return z.NEVER
  })
}

function readingOf(text: string): Reading {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return { kind: 'JSON of another kind' }
    const entries = Object.entries(json)
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
      ? { kind: 'variables', variables: new Map(entries) }
      : { kind: 'an object with values that are not strings' }
  } catch {
    return { kind: 'not JSON' }
  }
}
