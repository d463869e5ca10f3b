import * as z from 'zod'
import { KNOWN_STAGES } from '../model/assessment.ts'
import type { Action } from './action.ts'
import { expectedOfReports } from './gate-rules.ts'
import { INPUTS, type InputName } from './inputs.ts'
import { below } from './path.ts'
import { expectedState, expectedTargets, type ProjectPlaces } from './release-paths.ts'
import { RUN_CONTEXT } from './run-context.ts'
import { type PlacedOf, placed, type Setting, type ValuesOf } from './setting.ts'
import type { Privacy } from './shape.ts'
import { VARIABLES } from './variables.ts'

/**
 * The one schema: every input, every variable of the closed loop and what the runner tells about the
 * run, by name, each from text to a typed value; then the rules between them. A text that was left
 * empty is absent here.
 */
export const SETTINGS = { ...INPUTS, ...VARIABLES, ...RUN_CONTEXT } as const

export type SettingName = keyof typeof SETTINGS
/** The values of an action by the names of its settings: it has these inputs and no others. */
export type SettingsOf<A extends Action> = ValuesOf<typeof SETTINGS, A>

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]

type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['reads']> }

/** The values of an action at their places in the configuration. */
export function settingsPlaced<A extends Action>(
  action: A,
  settings: SettingsOf<A>,
): PlacedOf<typeof SETTINGS, A> {
  return placed(SETTINGS, action, settings)
}

/** What is expected where two settings contradict each other, reported as a mistake in `at`; kept in actions that read both. */
interface Rule {
  readonly at: SettingName
  /** The settings that it compares: it says nothing while one of them is a mistake by itself. */
  readonly reads: readonly SettingName[]
  /** What was expected, or undefined when the rule is kept. */
  readonly expected: (settings: Settings) => string | undefined
}

const RULES: readonly Rule[] = [
  {
    at: 'host-fingerprint',
    reads: ['known-hosts', 'host-fingerprint'],
    expected: (settings) =>
      settings['known-hosts'] !== undefined && settings['host-fingerprint'] !== undefined
        ? 'nothing, because `known-hosts` is set: only one of the two can decide'
        : undefined,
  },
  ...(['bastion-port', 'bastion-username', 'bastion-private-key', 'bastion-known-hosts'] as const).map(
    (name): Rule => ({
      at: name,
      reads: ['bastion-host', name],
      expected: (settings) =>
        settings['bastion-host'] === undefined && settings[name] !== undefined
          ? 'nothing, because `bastion-host` is not set'
          : undefined,
    }),
  ),
  {
    at: 'bastion-known-hosts',
    reads: ['bastion-host', 'bastion-known-hosts', 'host-fingerprint'],
    expected: (settings) =>
      settings['bastion-host'] !== undefined &&
      settings['host-fingerprint'] !== undefined &&
      settings['bastion-known-hosts'] === undefined
        ? 'the known_hosts line of the bastion: `host-fingerprint` vouches for the host alone'
        : undefined,
  },
  {
    at: 'registry-username',
    reads: ['registry', 'registry-username', 'registry-password'],
    expected: (settings) => {
      const needing = (['registry', 'registry-password'] as const).find(
        (name) => settings[name] !== undefined,
      )
      return settings['registry-username'] === undefined && needing !== undefined
        ? `an account, because \`${needing}\` is set`
        : undefined
    },
  },
  {
    at: 'registry-password',
    reads: ['registry-username', 'registry-password'],
    expected: (settings) =>
      settings['registry-username'] !== undefined && settings['registry-password'] === undefined
        ? 'a password or token, because `registry-username` is set'
        : undefined,
  },
  {
    at: 'preflight-retry-codes',
    reads: ['preflight-command', 'preflight-retry-codes'],
    expected: (settings) =>
      settings['preflight-command'] === undefined && settings['preflight-retry-codes'].length > 0
        ? 'nothing, because `preflight-command` is not set'
        : undefined,
  },
  {
    at: 'manage-env',
    reads: ['images', 'manage-env'],
    expected: (settings) => {
      const taken = settings['manage-env'].others.find(({ key }) =>
        settings.images?.some((image) => image.key === key),
      )
      return taken && `another key than ${taken.key}, which \`images\` sets`
    },
  },
  {
    at: 'gate-rules',
    reads: ['gate-rules', 'extra-reports'],
    expected: (settings) => expectedOfReports(settings['gate-rules'], settings['extra-reports']),
  },
  {
    at: 'CLOSED_LOOP_MIN_RUNTIME_STATUS',
    reads: ['variables', 'CLOSED_LOOP_MIN_RUNTIME_STATUS', 'CLOSED_LOOP_STAGE'],
    expected: (settings) =>
      settings.CLOSED_LOOP_MIN_RUNTIME_STATUS === 0 &&
      KNOWN_STAGES.some((stage) => stage === settings.CLOSED_LOOP_STAGE)
        ? 'a whole number from 1 to 1000000, because the stages S3 and S5 need evidence'
        : undefined,
  },
  {
    at: 'files',
    reads: ['variables', 'project-dir', 'env-file', 'files', 'CLOSED_LOOP_OUTPUT_ROOT'],
    expected: (settings) => expectedTargets(settings.files, placesOf(settings)),
  },
  {
    at: 'state-files',
    reads: ['variables', 'project-dir', 'env-file', 'files', 'state-files', 'CLOSED_LOOP_OUTPUT_ROOT'],
    expected: (settings) => expectedState(settings['state-files'], settings.files, placesOf(settings)),
  },
  {
    at: 'host-lock-file',
    reads: ['host-lock-file', 'project-dir', 'compose-files', 'env-file'],
    expected: (settings) =>
      isBelow(settings, [settings['env-file'], ...settings['compose-files'], '.closed-loop'])
        ? 'a file of its own: a deployment replaces its env file and compose files, and keeps its records in `.closed-loop`'
        : undefined,
  },
  {
    at: 'host-lock-file',
    reads: ['host-lock-file', 'project-dir', 'files'],
    expected: (settings) =>
      isBelow(
        settings,
        settings.files.map(({ target }) => target),
      )
        ? 'a file outside of the targets of `files`, which a deployment replaces as a whole'
        : undefined,
  },
  {
    at: 'GATE_SERVICE',
    reads: ['variables', 'GATE_SERVICE', 'DEPLOY_SERVICES'],
    expected: (settings) =>
      settings.DEPLOY_SERVICES.includes(settings.GATE_SERVICE)
        ? undefined
        : 'one of DEPLOY_SERVICES, since the gate judges what was deployed',
  },
  {
    at: 'GATE_SERVICE',
    reads: ['variables', 'GATE_SERVICE', 'GATE_DEFER_SERVICES'],
    expected: (settings) =>
      settings.GATE_DEFER_SERVICES.includes(settings.GATE_SERVICE)
        ? 'none of GATE_DEFER_SERVICES, which do not run while the gate judges'
        : undefined,
  },
]

/** Whether the lock file is, or lies in, one of these paths of the project. */
function isBelow(settings: Settings, paths: readonly string[]): boolean {
  const absolute = (path: string) => `${below(settings['project-dir'], path)}/`
  const lockFile = settings['host-lock-file']
  return lockFile !== undefined && paths.some((path) => absolute(lockFile).startsWith(absolute(path)))
}

/** The schema of each action: its settings, and the rules between them. */
export const SCHEMAS: Readonly<Record<Action, z.ZodObject>> = {
  deploy: schemaOf('deploy'),
  verify: schemaOf('verify'),
  check: schemaOf('check'),
  rollback: schemaOf('rollback'),
  plan: schemaOf('plan'),
}

function schemaOf(action: Action): z.ZodObject {
  const names = SETTING_NAMES.filter((name) => settingOf(name).actions.includes(action))
  const fields = z.object(Object.fromEntries(names.map((name) => [name, SETTINGS[name].reads])))
  return RULES.filter(({ reads }) => reads.every((name) => names.includes(name))).reduce(
    (schema, rule) =>
      schema.refine((settings) => rule.expected(settings as Settings) === undefined, {
        path: [rule.at],
        error: (issue) => rule.expected(issue.input as Settings),
        when: ({ issues }) => issues.every(({ path }) => !rule.reads.some((name) => name === path?.[0])),
      }),
    fields,
  )
}

function placesOf(settings: Settings): ProjectPlaces {
  return {
    projectDir: settings['project-dir'],
    envFile: settings['env-file'],
    outputRoot: settings.CLOSED_LOOP_OUTPUT_ROOT,
  }
}

/** How much of its value a setting may show in a message. */
export function privacyOf(name: SettingName): Privacy {
  return settingOf(name).privacy ?? 'public'
}

/** What is used when a setting is left empty; undefined when there is no such text. */
export function defaultOf(name: SettingName): string | undefined {
  const { reads } = settingOf(name)
  return reads instanceof z.ZodPrefault ? String(reads.def.defaultValue) : undefined
}

/** The inputs of an action, in the order of its documentation. */
export function inputsOf(action: Action): readonly InputName[] {
  return (Object.keys(INPUTS) as InputName[]).filter((name) => settingOf(name).actions.includes(action))
}

/** Whether whoever reads a setting needs it. */
export function isRequired(name: SettingName): boolean {
  return !settingOf(name).reads.safeParse(undefined).success
}

/** What a setting means, for the documentation; empty where no person sets it. */
export function descriptionOf(name: SettingName): string {
  return settingOf(name).says ?? ''
}

function settingOf(name: SettingName): Setting {
  return SETTINGS[name]
}
