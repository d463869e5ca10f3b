import * as z from 'zod'
import { Secret } from '../model/secret.ts'

/**
 * Building blocks of the schema: every function gives a new zod type that reads the text of an input.
 * The one error message of a type is what was expected, as it is shown to the person who made the mistake.
 */

/** Characters that change how a line is shown or cut, and so have no place in a name, path or address. */
export const INVISIBLE = '\\p{C}\\p{Zl}\\p{Zp}'

/** What was expected; or what says so of the wrong value. */
export type Expected = string | ((issue: { readonly input?: unknown }) => string)

/** A text that matches `pattern`, unchanged. */
export function matching(expected: Expected, pattern: RegExp) {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

/** One of a few words, case counts. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words, expected?: string) {
  return z.enum(words, { error: expected ?? words.map((word) => `\`${word}\``).join(' or ') })
}

/**
 * The booleans that YAML 1.2's core schema knows, as `getBooleanInput` of @actions/core reads them; in the configuration
 * each is a word that says what it means.
 */
export function boolean<const Yes extends string, const No extends string>(whenTrue: Yes, whenFalse: No) {
  const expected = 'true or false (also True, TRUE, False, FALSE)'
  return z
    .enum(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'], { error: expected })
    .transform((text): Yes | No => (text.toLowerCase() === 'true' ? whenTrue : whenFalse))
}

/** A whole number between `least` and `most`, both included. */
export function integer(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`
  return matching(expected, /^(0|[1-9]\d{0,8})$/)
    .transform(Number)
    .pipe(z.int().min(least, { error: expected }).max(most, { error: expected }))
}

/** The words of a text, separated by spaces or line breaks, each read by `word`. */
export function listOf<Word extends z.ZodType<unknown, string>>(word: Word) {
  return z.string().transform(wordsOf).pipe(z.array(word))
}

/** Like {@link listOf}, every value once, in the order of its first appearance. */
export function setOf<Word extends z.ZodType<string, string>>(word: Word) {
  return listOf(word).transform((words): readonly string[] => [...new Set(words)])
}

/** A list that the word `none`, alone, makes an empty one: an input that is left empty stands for its default. */
export function orNone(list: z.ZodType<readonly string[], string>) {
  return list
    .refine((words) => words.length === 1 || !words.includes(NONE), { error: '`none` alone, or no `none`' })
    .transform((words): readonly string[] => words.filter((word) => word !== NONE))
}

const NONE = 'none'

/** A secret on one line; the line break at its end, a common accident of pasting, is not part of it. */
export function secretLine(expected: string) {
  return pasted(expected, /^[^\r\n\0]+$/u)
}

/** A secret of any number of lines, like a JSON key file; line breaks at its end are not part of it. */
export function secretLines(expected: string) {
  return pasted(expected, /^[^\0]+$/u)
}

/** A secret of any number of lines, as it is. */
export function secretText(expected: string) {
  return z.string({ error: expected }).transform((text) => new Secret(text))
}

function pasted(expected: string, pattern: RegExp) {
  return z
    .string({ error: expected })
    .transform((text) => text.replace(/[\r\n]+$/, ''))
    .pipe(matching(expected, pattern))
    .transform((text) => new Secret(text))
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '')
}
