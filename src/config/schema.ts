import * as z from 'zod'
import type { Action } from './action.ts'
import { INPUTS, type InputName } from './inputs.ts'
import { RUN_CONTEXT } from './run-context.ts'
import type { Privacy } from './shape.ts'
import { VARIABLES } from './variables.ts'

/**
 * The one schema: every input, every variable of the closed loop and what the runner tells about the
 * run, by name, each from text to a typed value; then the rules between them. A text that was left
 * empty is absent here.
 */
const FIELDS = z.object({ ...INPUTS, ...VARIABLES, ...RUN_CONTEXT })

/** The settings that lead to the project on the host. */
const WAY_TO_THE_PROJECT = {
  host: true,
  port: true,
  username: true,
  'private-key': true,
  passphrase: true,
  'known-hosts': true,
  'host-fingerprint': true,
  'bastion-host': true,
  'bastion-port': true,
  'bastion-username': true,
  'bastion-private-key': true,
  'bastion-known-hosts': true,
  'project-dir': true,
  'compose-files': true,
  'env-file': true,
  'project-name': true,
  variables: true,
  lease: true,
} as const

const THE_RUN = {
  RUNNER_TEMP: true,
  GITHUB_WORKSPACE: true,
  GITHUB_REPOSITORY: true,
  GITHUB_RUN_ID: true,
  GITHUB_RUN_ATTEMPT: true,
  GITHUB_JOB: true,
  GITHUB_SERVER_URL: true,
  GITHUB_RUN_NUMBER: true,
  GITHUB_WORKFLOW_REF: true,
  GITHUB_WORKFLOW: true,
  GITHUB_ACTOR: true,
  GITHUB_SHA: true,
} as const satisfies Readonly<Record<keyof typeof RUN_CONTEXT, true>>

/** What each action reads: it has these inputs and no others. */
const FIELDS_OF = {
  deploy: FIELDS.omit({ 'docs-map': true }),
  verify: FIELDS.pick({
    ...WAY_TO_THE_PROJECT,
    ...THE_RUN,
    CLOSED_LOOP_OUTPUT_ROOT: true,
    DEPLOY_SERVICES: true,
    GATE_SERVICE: true,
  }),
  check: FIELDS.pick({ 'docs-map': true, GITHUB_WORKSPACE: true }),
} as const satisfies Readonly<Record<Action, z.ZodObject>>

type Settings = z.output<typeof FIELDS>
export type SettingsOf<A extends Action> = z.output<(typeof FIELDS_OF)[A]>
export type SettingName = keyof Settings

export const SETTING_NAMES = FIELDS.keyof().options

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

/** The schema of each action: its fields, and the rules between them. */
export const SCHEMAS = {
  deploy: withRules(FIELDS_OF.deploy),
  verify: withRules(FIELDS_OF.verify),
  check: withRules(FIELDS_OF.check),
} as const satisfies Readonly<Record<Action, z.ZodObject>>

function withRules<Fields extends z.ZodObject>(fields: Fields): Fields {
  return RULES.filter(({ reads }) => reads.every((name) => name in fields.shape)).reduce(
    (schema, rule) =>
      schema.refine((settings) => rule.expected(settings as Settings) === undefined, {
        path: [rule.at],
        error: (issue) => rule.expected(issue.input as Settings),
        when: ({ issues }) => issues.every(({ path }) => !rule.reads.some((name) => name === path?.[0])),
      }),
    fields,
  )
}

/** How much of its value a setting may show in a message. */
export function privacyOf(name: SettingName): Privacy {
  const privacy = FIELDS.shape[name].meta()?.privacy
  return privacy === 'secret' || privacy === 'size-only' ? privacy : 'public'
}

/** What is used when a setting is left empty; undefined when there is no such text. */
export function defaultOf(name: SettingName): string | undefined {
  const field: z.ZodType = FIELDS.shape[name]
  return field instanceof z.ZodPrefault ? String(field.def.defaultValue) : undefined
}

/** The inputs of an action, in the order of its documentation. */
export function inputsOf(action: Action): readonly InputName[] {
  return (Object.keys(INPUTS) as InputName[]).filter((name) => name in FIELDS_OF[action].shape)
}

/** Whether whoever reads a setting needs it. */
export function isRequired(name: SettingName): boolean {
  return !FIELDS.shape[name].safeParse(undefined).success
}

/** What a setting means, for the documentation. */
export function descriptionOf(name: SettingName): string {
  return FIELDS.shape[name].description ?? ''
}
