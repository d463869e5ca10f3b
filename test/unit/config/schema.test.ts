import { describe, expect, it } from '@jest/globals'
import { INPUTS } from '../../../src/config/inputs.ts'
import { OUTPUTS } from '../../../src/config/outputs.ts'
import {
  defaultOf,
  descriptionOf,
  isRequired,
  privacyOf,
  SCHEMA,
  SETTING_NAMES,
} from '../../../src/config/schema.ts'
import { VARIABLES } from '../../../src/config/variables.ts'

const documented = SETTING_NAMES.filter((name) => Object.hasOwn({ ...INPUTS, ...VARIABLES }, name))

describe('the schema', () => {
  it.each(documented)('describes %s in a sentence', (name) => {
    expect(descriptionOf(name)).toMatch(/^[A-Z`].*[.…]$/s)
  })

  it('does not document what the runner sets', () => {
    expect(descriptionOf('RUNNER_TEMP')).toBe('')
  })

  it.each(SETTING_NAMES)('reads the default of %s, or has none', (name) => {
    const byDefault = defaultOf(name)
    if (byDefault !== undefined) {
      expect(SCHEMA.shape[name].safeParse(byDefault)).toEqual(SCHEMA.shape[name].safeParse(undefined))
    }
    expect(isRequired(name) && byDefault !== undefined).toBe(false)
  })

  it('requires only what cannot be guessed', () => {
    expect(documented.filter(isRequired)).toEqual(['host', 'username', 'private-key', 'image'])
  })

  it('knows the secrets', () => {
    expect(SETTING_NAMES.filter((name) => privacyOf(name) === 'secret')).toEqual([
      'private-key',
      'passphrase',
      'bastion-private-key',
      'registry-password',
    ])
  })

  it.each(Object.entries(OUTPUTS))('describes the output %s in a sentence', (_name, description) => {
    expect(description).toMatch(/^[A-Z`].*\.$/)
  })
})
