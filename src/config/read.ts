import type * as z from 'zod'
import type { Warning } from '../model/outcome.ts'
import type { ConfigMistake, ConfigurationProblem } from '../model/problem.ts'
import type { ReleaseEntry } from '../model/release-files.ts'
import { Secret, SHORTEST_PART } from '../model/secret.ts'
import type { Action } from './action.ts'
import {
  type CheckConfig,
  checkConfig,
  type DeployConfig,
  deployConfig,
  type RollbackConfig,
  rollbackConfig,
  type VerifyConfig,
  verifyConfig,
} from './config.ts'
import { INPUTS } from './inputs.ts'
import { nearestName } from './nearest.ts'
import { RUN_CONTEXT } from './run-context.ts'
import { hiddenValues } from './runner-env.ts'
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
export type ConfigResult<Read = unknown> =
  | {
      readonly kind: 'ok'
      readonly config: Read
      readonly warnings: readonly Warning[]
      readonly secrets: readonly Secret[]
    }
  | {
      readonly kind: 'invalid'
      readonly problem: ConfigurationProblem
      readonly secrets: readonly Secret[]
    }

/** Reads inputs, variables and the run's context of a deployment from a step's environment. Never throws. */
export function readDeployConfig(environment: Environment): ConfigResult<DeployConfig> {
  return readAs(environment, 'deploy', (settings, given) => deployConfig(settings, deferSourceOf(given)))
}

/** The same for `actions/plan`, which has all settings of a deployment. */
export function readPlanConfig(environment: Environment): ConfigResult<DeployConfig> {
  return readAs(environment, 'plan', (settings, given) => deployConfig(settings, deferSourceOf(given)))
}

/** The same for `actions/rollback`. */
export function readRollbackConfig(environment: Environment): ConfigResult<RollbackConfig> {
  return readAs(environment, 'rollback', (settings, given) => rollbackConfig(settings, deferSourceOf(given)))
}

/** The same for `actions/verify`. */
export function readVerifyConfig(environment: Environment): ConfigResult<VerifyConfig> {
  return readAs(environment, 'verify', verifyConfig)
}

/** The same for `actions/check`. */
export function readCheckConfig(environment: Environment): ConfigResult<CheckConfig> {
  return readAs(environment, 'check', checkConfig)
}

function deferSourceOf({ GATE_DEFER_SERVICES }: GivenSettings): 'default' | 'given' {
  return GATE_DEFER_SERVICES.kind === 'default' ? 'default' : 'given'
}

/** What a step's `files` name in its workspace, also where something else is wrong; nothing where these are. */
export function readReleaseEntries(environment: Environment): {
  readonly workspace: string
  readonly entries: readonly ReleaseEntry[]
} {
  const { files, GITHUB_WORKSPACE } = textsOf(givenSettings(environment))
  const workspace = RUN_CONTEXT.GITHUB_WORKSPACE.reads.safeParse(GITHUB_WORKSPACE)
  const entries = INPUTS.files.reads.safeParse(files)
  return workspace.success && entries.success
    ? { workspace: workspace.data, entries: entries.data }
    : { workspace: '', entries: [] }
}

function readAs<A extends Action, Read>(
  environment: Environment,
  action: A,
  assemble: (settings: SettingsOf<A>, given: GivenSettings) => Read,
): ConfigResult<Read> {
  const settings = givenSettings(environment)
  const secretTexts = secretTextsOf(settings)
  const secrets = secretTexts.map((text) => new Secret(text))
  const read = SCHEMAS[action].safeParse(textsOf(settings), { reportInput: true })
  if (!read.success) {
    return {
      kind: 'invalid',
      problem: { code: 'config.invalid', mistakes: mistakesOf(read.error, settings, secretTexts) },
      secrets,
    }
  }
  const config = assemble(read.data as unknown as SettingsOf<A>, settings)
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
  const { 'runner-env': runnerEnv, 'project-dir': projectDir } = settings
  if (runnerEnv.kind === 'given')
    texts.push(...hiddenValues(runnerEnv.text, projectDir.kind === 'not-set' ? '' : projectDir.text))
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
        expected: withoutSecrets(issue.message, secrets),
      })),
  )
}

/** Some say what they found in a value, which may be a secret in the wrong place. */
function withoutSecrets(expected: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), expected)
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
