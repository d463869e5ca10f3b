import type * as z from 'zod'
import type { ConfigMistake, ConfigurationProblem } from '../errors.ts'
import type { Warning } from '../outcome.ts'
import { Secret } from '../secret.ts'
import { assemble } from './assemble.ts'
import type { Config } from './config.ts'
import { nearestName } from './nearest.ts'
import { privacyOf, SCHEMA, SETTING_NAMES, type SettingName } from './schema.ts'
import { preview, shapeOf } from './shape.ts'
import {
  CLOSED_LOOP_VARIABLES,
  type Environment,
  type Given,
  type GivenSettings,
  givenSettings,
  unknownVariables,
} from './sources.ts'

/** The configuration, or every mistake in it. `secrets` is what to mask, also when the rest is wrong. */
export type ConfigResult =
  | {
      readonly kind: 'ok'
      readonly config: Config
      readonly warnings: readonly Warning[]
      readonly secrets: readonly Secret[]
    }
  | {
      readonly kind: 'invalid'
      readonly problem: ConfigurationProblem
      readonly secrets: readonly Secret[]
    }

/** Reads inputs, variables and the run's context from a step's environment. Never throws. */
export function readConfig(environment: Environment): ConfigResult {
  const settings = givenSettings(environment)
  const secretTexts = secretTextsOf(settings)
  const secrets = secretTexts.map((text) => new Secret(text))
  const read = SCHEMA.safeParse(textsOf(settings), { reportInput: true })
  if (!read.success) {
    return {
      kind: 'invalid',
      problem: { code: 'config.invalid', mistakes: mistakesOf(read.error, settings, secretTexts) },
      secrets,
    }
  }
  const deferSource = settings.GATE_DEFER_SERVICES.kind === 'default' ? 'default' : 'given'
  return { kind: 'ok', config: assemble(read.data, deferSource), warnings: warningsOf(environment), secrets }
}

function textsOf(settings: GivenSettings): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, given]) => [name, given.kind === 'given' ? given.text : undefined]),
  )
}

/** Every secret as a whole and each of its lines, since a log shows one line at a time. */
function secretTextsOf(settings: GivenSettings): readonly string[] {
  const texts = SETTING_NAMES.filter((name) => privacyOf(name) === 'secret').flatMap((name) => {
    const given = settings[name]
    return given.kind === 'given' ? [given.text, ...given.text.split(/[\r\n]+|\\n/)] : []
  })
  const masked = texts.flatMap((text) => [text, text.trim()]).filter((text) => text.trim() !== '')
  return [...new Set(masked)]
}

/** One mistake for every wrong value, in the order of the schema: of several about the same one, the first. */
function mistakesOf(
  error: z.ZodError,
  settings: GivenSettings,
  secrets: readonly string[],
): readonly ConfigMistake[] {
  const places = error.issues.map(placeOf)
  const first = error.issues.filter((issue, index) => places.indexOf(placeOf(issue)) === index)
  return SETTING_NAMES.flatMap((name) =>
    first
      .filter((issue) => issue.path[0] === name)
      .map((issue) => ({
        name,
        got: renderingOf(name, settings[name], issue, secrets),
        expected: issue.message,
      })),
  )
}

function placeOf(issue: z.core.$ZodIssue): string {
  return issue.path.join('.')
}

function renderingOf(
  name: SettingName,
  given: Given,
  issue: z.core.$ZodIssue,
  secrets: readonly string[],
): string {
  if (given.kind === 'not-set') return 'nothing'
  const shape = shapeOf(wrongPartOf(given.text, issue, secrets), privacyOf(name), secrets)
  if (given.kind === 'default') return `${shape}, its default`
  return given.source === 'variables' ? `${shape}, from \`variables\`` : shape
}

/** In a list, the word that is wrong, unless it may be a piece of a secret with spaces. */
function wrongPartOf(text: string, issue: z.core.$ZodIssue, secrets: readonly string[]): string {
  const isWord = issue.path.length > 1 && typeof issue.input === 'string'
  return isWord && !secrets.some((secret) => text.includes(secret)) ? issue.input : text
}

function warningsOf(environment: Environment): readonly Warning[] {
  return unknownVariables(environment).map((name) => ({
    kind: 'unknown-variable',
    name: /^\w+$/.test(name) ? name : preview(name),
    nearest: nearestName(name, CLOSED_LOOP_VARIABLES),
  }))
}
