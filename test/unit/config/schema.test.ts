import { describe, expect, it } from '@jest/globals'
import { ACTIONS, type Action } from '../../../src/config/action.ts'
import { INPUTS } from '../../../src/config/inputs.ts'
import { CHECK_OUTPUTS, OUTPUTS, VERIFY_OUTPUTS } from '../../../src/config/outputs.ts'
import {
  defaultOf,
  descriptionOf,
  inputsOf,
  isRequired,
  privacyOf,
  SCHEMAS,
  SETTING_NAMES,
  SETTINGS,
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
      const { reads } = SETTINGS[name]
      expect(reads.safeParse(byDefault)).toEqual(reads.safeParse(undefined))
    }
    expect(isRequired(name) && byDefault !== undefined).toBe(false)
  })

  it('requires only what cannot be guessed', () => {
    const requiredIn = (action: Action) => inputsOf(action).filter(isRequired)
    expect(requiredIn('deploy')).toEqual(['host', 'username', 'private-key', 'image'])
    expect(requiredIn('verify')).toEqual(['host', 'username', 'private-key'])
    expect(requiredIn('check')).toEqual([])
  })

  it('has every input in some action, and the documents of the repository in that alone', () => {
    const inputs = ACTIONS.flatMap(inputsOf)
    expect(Object.keys(INPUTS).filter((name) => !inputs.some((input) => input === name))).toEqual([])
    expect(inputsOf('check')).toEqual(['docs-map'])
  })

  it('keeps in each action the rules between what it reads', () => {
    const contradicting = { 'known-hosts': 'a', 'host-fingerprint': `SHA256:${'A'.repeat(43)}` }
    for (const action of ['deploy', 'verify'] as const) {
      const read = SCHEMAS[action].safeParse({ ...contradicting })
      expect(read.error?.issues.map(({ path }) => path[0])).toContain('host-fingerprint')
    }
  })

  it('gives every setting a place of its own in the configuration', () => {
    const places = SETTING_NAMES.flatMap((name) => ('at' in SETTINGS[name] ? [`${SETTINGS[name].at}.`] : []))
    const taken = places.filter((place, index) =>
      places.some((other, at) => at !== index && other.startsWith(place)),
    )
    expect(taken).toEqual([])
  })

  it('knows the secrets', () => {
    expect(SETTING_NAMES.filter((name) => privacyOf(name) === 'secret')).toEqual([
      'private-key',
      'passphrase',
      'bastion-private-key',
      'registry-password',
    ])
  })

  it.each(Object.entries({ ...OUTPUTS, ...VERIFY_OUTPUTS, ...CHECK_OUTPUTS }))(
    'describes the output %s in a sentence',
    (_name, description) => {
      expect(description).toMatch(/^[A-Z`].*\.$/)
    },
  )
})
