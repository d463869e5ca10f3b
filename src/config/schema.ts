import * as z from 'zod'
import { INPUTS } from './inputs.ts'
import { RUN_CONTEXT } from './run-context.ts'
import type { Privacy } from './shape.ts'
import { VARIABLES } from './variables.ts'

/**
 * The one schema: every input, every variable of the closed loop and what the runner tells about the
 * run, by name, each from text to a typed value; then the rules between them. A text that was left
 * empty is absent here.
 */
const FIELDS = z.object({ ...INPUTS, ...VARIABLES, ...RUN_CONTEXT })

export type Settings = z.output<typeof FIELDS>
export type SettingName = keyof Settings

export const SETTING_NAMES = FIELDS.keyof().options

/** What is expected where two settings contradict each other, reported as a mistake in `at`. */
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

export const SCHEMA = RULES.reduce(
  (schema, rule) =>
    schema.refine((settings) => rule.expected(settings) === undefined, {
      path: [rule.at],
      error: (issue) => rule.expected(issue.input as Settings),
      when: ({ issues }) => issues.every(({ path }) => !rule.reads.some((name) => name === path?.[0])),
    }),
  FIELDS,
)

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

/** Whether a setting must be given. */
export function isRequired(name: SettingName): boolean {
  return !FIELDS.shape[name].safeParse(undefined).success
}

/** What a setting means, for the documentation. */
export function descriptionOf(name: SettingName): string {
  return FIELDS.shape[name].description ?? ''
}
