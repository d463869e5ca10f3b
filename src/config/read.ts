import type * as z from 'zod'
import type { Warning } from '../model/outcome.ts'
import type { ConfigMistake, ConfigurationProblem } from '../model/problem.ts'
import { Secret, SHORTEST_PART } from '../model/secret.ts'
import { assembleCheck, assembleDeploy, assembleVerify } from './assemble.ts'
import type { Config, DeployConfig } from './config.ts'
import type { Mode } from './mode.ts'
import { nearestName } from './nearest.ts'
import { privacyOf, SCHEMAS, SETTING_NAMES, type SettingName, type SettingsOf } from './schema.ts'
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
export type ConfigResult<Read extends Config = Config> =
  | {
      readonly kind: 'ok'
      readonly config: Read
      readonly warnings: readonly Warning[]
      readonly secrets: readonly Secret[]
    }
  | {
      readonly kind: 'invalid'
      /** `unknown` where the mode itself is a mistake. */
      readonly mode: Mode | 'unknown'
      readonly problem: ConfigurationProblem
      readonly secrets: readonly Secret[]
    }

/** Reads inputs, variables and the run's context from a step's environment, as its mode needs them. Never throws. */
export function readConfig(environment: Environment): ConfigResult {
  const { mode } = givenSettings(environment)
  const asked = SCHEMAS.deploy.shape.mode.safeParse(mode.kind === 'given' ? mode.text : undefined)
  if (!asked.success) return modeMistaken(environment)
  switch (asked.data) {
    case 'deploy':
      return readDeployConfig(environment)
    case 'verify':
      return readAs(environment, 'verify', assembleVerify)
    case 'check':
      return readAs(environment, 'check', assembleCheck)
  }
}

/** The same for the mode `deploy`, whichever is asked for. */
export function readDeployConfig(environment: Environment): ConfigResult<DeployConfig> {
  return readAs(environment, 'deploy', (settings, given) =>
    assembleDeploy(settings, given.GATE_DEFER_SERVICES.kind === 'default' ? 'default' : 'given'),
  )
}

/** Without a mode nobody knows what must be given: beside the mode, only what is wrong in what is there. */
function modeMistaken(environment: Environment): ConfigResult<never> {
  const read = readAs(environment, 'deploy', () => undefined as never)
  if (read.kind === 'ok') return read
  const isGiven = ({ got }: ConfigMistake) => got !== NOTHING
  const mistakes = read.problem.mistakes.filter(isGiven)
  return { ...read, mode: 'unknown', problem: { ...read.problem, mistakes } }
}

function readAs<M extends Mode, Read extends Config>(
  environment: Environment,
  mode: M,
  assemble: (settings: SettingsOf<M>, given: GivenSettings) => Read,
): ConfigResult<Read> {
  const settings = givenSettings(environment)
  const secretTexts = secretTextsOf(settings)
  const secrets = secretTexts.map((text) => new Secret(text))
  const read = SCHEMAS[mode].safeParse(textsOf(settings), { reportInput: true })
  if (!read.success) {
    return {
      kind: 'invalid',
      mode,
      problem: { code: 'config.invalid', mistakes: mistakesOf(read.error, settings, secretTexts) },
      secrets,
    }
  }
  const config = assemble(read.data as SettingsOf<M>, settings)
  return { kind: 'ok', config, warnings: warningsOf(environment), secrets }
}

function textsOf(settings: GivenSettings): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, given]) => [name, given.kind === 'given' ? given.text : undefined]),
  )
}

/** Every secret as a whole and each of its lines that tells something, since a log shows one line at a time. */
function secretTextsOf(settings: GivenSettings): readonly string[] {
  const texts = SETTING_NAMES.filter((name) => privacyOf(name) === 'secret').flatMap((name) => {
    const given = settings[name]
    if (given.kind !== 'given') return []
    const lines = given.text.split(/[\r\n]+|\\n/).filter((line) => line.trim().length >= SHORTEST_PART)
    return [given.text, ...lines]
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
  if (given.kind === 'not-set') return NOTHING
  const shape = shapeOf(wrongPartOf(given.text, issue, secrets), privacyOf(name), secrets)
  if (given.kind === 'default') return `${shape}, its default`
  return given.source === 'variables' ? `${shape}, from \`variables\`` : shape
}

/** What was given where nothing was. */
const NOTHING = 'nothing'

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
