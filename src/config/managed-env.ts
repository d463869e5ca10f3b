import * as z from 'zod'
import { IMAGE_KEY, RESEARCH_IMAGE_KEY } from './image.ts'
import { INVISIBLE } from './text.ts'

/** A variable of the env file and the text that it is set to. */
export interface EnvSetting {
  readonly key: string
  readonly value: string
}

/** The variables whose value the action knows. */
export const KNOWN_KEYS = ['AI_TRADE_PROJECT_DIR', 'AI_TRADE_ENV_FILE'] as const

export type KnownKey = (typeof KNOWN_KEYS)[number]

/** What the input `manage-env` names: variables whose value the action knows, and others with theirs. */
export interface ManagedEnv {
  readonly known: readonly KnownKey[]
  readonly others: readonly EnvSetting[]
}

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/u
/** Compose reads a value in single quotes as it is, but for these: a quote ends it, and a backslash at its end hides that quote. */
const VALUE = new RegExp(
  `^(?:[^'${INVISIBLE}\\u{10000}-\\u{10FFFF}]*[^'\\\\${INVISIBLE}\\u{10000}-\\u{10FFFF}])?$`,
  'u',
)

const NAMES_EXPECTED = `${KNOWN_KEYS.join(', ')}, both, \`none\`, or KEY=value, one a line`

/** The text of the input `manage-env`; the word `none` alone stands for no variable. */
export function managedEnv() {
  return z
    .string()
    .transform(itemsOf)
    .pipe(z.array(item()))
    .refine((items) => new Set(items.map(keyOf)).size === items.length, { error: 'every key once' })
    .transform(
      (items): ManagedEnv => ({
        known: items.filter(isKnown),
        others: items.filter((one) => !isKnown(one)).map(settingOf),
      }),
    )
}

function item() {
  const expected = (wanted: string) => ({
    error: ({ input }: { readonly input?: unknown }) => `${nameIn(String(input))}${wanted}`,
  })
  return z
    .string()
    .refine((text) => text.includes('=') || isKnown(text), { error: NAMES_EXPECTED, abort: true })
    .refine((text) => !text.includes('=') || KEY.test(keyOf(text)), {
      error:
        'KEY=value without spaces before the sign, the key of letters, digits and _; a name without a value on another line',
      abort: true,
    })
    .refine((text) => !text.includes('=') || !isKnown(keyOf(text)), {
      ...expected('the name alone, because the action knows its value'),
      abort: true,
    })
    .refine((text) => !isTaken(keyOf(text)), {
      ...expected('another key: an input of its own sets this image'),
      abort: true,
    })
    .refine((text) => !keyOf(text).startsWith('COMPOSE_'), {
      ...expected('no key that steers Compose itself'),
      abort: true,
    })
    .refine(
      (text) => VALUE.test(settingOf(text).value),
      expected(
        "a value on one line without ' (single quote), tabs, control characters and emoji, and without a backslash at its end",
      ),
    )
}

/** Lines `KEY=value`, or names that blanks separate; `none` is none of them. */
function itemsOf(text: string): string[] {
  if (text.trim() === 'none') return []
  return text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => (/^\S*=/u.test(line) ? [line] : line.split(/\s+/u)))
}

function keyOf(text: string): string {
  return text.replace(/=.*$/su, '')
}

function settingOf(text: string): EnvSetting {
  return { key: keyOf(text), value: text.slice(keyOf(text).length + 1) }
}

function isKnown(text: string): text is KnownKey {
  return KNOWN_KEYS.some((key) => key === text)
}

function isTaken(key: string): boolean {
  return key === IMAGE_KEY || key === RESEARCH_IMAGE_KEY
}

/** The key in front of what was expected: its value is not shown. */
function nameIn(text: string): string {
  return KEY.test(keyOf(text)) ? `for ${keyOf(text)} ` : ''
}
