import { INPUTS } from './inputs.ts'
import { RUN_CONTEXT } from './run-context.ts'
import { defaultOf, privacyOf, SETTING_NAMES, type SettingName } from './schema.ts'
import { VARIABLES, type VariableName } from './variables.ts'
import type { Variables } from './variables-json.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A setting as it was given, or that it was not. `source` is for people. */
export type Given =
  | { readonly kind: 'given'; readonly text: string; readonly source: 'input' | 'env' | 'variables' }
  | { readonly kind: 'default'; readonly text: string }
  | { readonly kind: 'not-set' }

export type GivenSettings = Readonly<Record<SettingName, Given>>

/**
 * Where every setting comes from. Inputs arrive as `INPUT_<NAME>`, upper case with hyphens kept.
 * Variables: the step's `env:`, then the input `variables`, then the default. Text that is empty but
 * for spaces counts as not set at its level, because an unset `vars.X` arrives as an empty text.
 */
export function givenSettings(environment: Environment): GivenSettings {
  const variables = readableVariables(inputText(environment, 'variables'))
  const entries = SETTING_NAMES.map((name): [SettingName, Given] => {
    if (Object.hasOwn(INPUTS, name)) return [name, given(name, inputText(environment, name), 'input')]
    if (Object.hasOwn(RUN_CONTEXT, name) || trimmed(environment[name]) !== '') {
      return [name, given(name, trimmed(environment[name]), 'env')]
    }
    return [name, given(name, trimmed(variables.get(name)), 'variables')]
  })
  return Object.fromEntries(entries) as GivenSettings
}

/** Names that look like ours and are not: nobody reads them, so they are most likely misspelt. */
export function unknownVariables(environment: Environment): readonly string[] {
  const variables = readableVariables(inputText(environment, 'variables'))
  const names = new Set([...Object.keys(environment), ...variables.keys()])
  return [...names].filter((name) => name.startsWith('CLOSED_LOOP_') && !Object.hasOwn(VARIABLES, name))
}

/** The variables of the closed loop whose names start like those that a person may misspell. */
export const CLOSED_LOOP_VARIABLES = Object.keys(VARIABLES).filter((name) =>
  name.startsWith('CLOSED_LOOP_'),
) as [VariableName, ...VariableName[]]

function given(name: SettingName, text: string, source: 'input' | 'env' | 'variables'): Given {
  if (text !== '') return { kind: 'given', text, source }
  const byDefault = defaultOf(name)
  return byDefault === undefined ? { kind: 'not-set' } : { kind: 'default', text: byDefault }
}

/** The text of an input. Spaces around a secret may be part of it; around anything else they are not. */
function inputText(environment: Environment, name: SettingName): string {
  const text = environment[`INPUT_${name.toUpperCase()}`] ?? ''
  return privacyOf(name) === 'secret' && text.trim() !== '' ? text : text.trim()
}

function trimmed(text: string | undefined): string {
  return (text ?? '').trim()
}

function readableVariables(text: string): Variables {
  const read = INPUTS.variables.reads.safeParse(text === '' ? undefined : text)
  return read.success ? read.data : new Map()
}
