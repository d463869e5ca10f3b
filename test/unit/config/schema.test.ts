import { describe, expect, it } from '@jest/globals'
import { INPUTS } from '../../../src/config/inputs.ts'
import type { Mode } from '../../../src/config/mode.ts'
import { OUTPUTS } from '../../../src/config/outputs.ts'
import {
  defaultOf,
  descriptionOf,
  modesRequiring,
  privacyOf,
  SCHEMAS,
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
      const field = { ...SCHEMAS.check.shape, ...SCHEMAS.deploy.shape }[name]
      expect(field.safeParse(byDefault)).toEqual(field.safeParse(undefined))
    }
    expect(modesRequiring(name).length > 0 && byDefault !== undefined).toBe(false)
  })

  it('requires only what cannot be guessed', () => {
    const requiredIn = (mode: Mode) => documented.filter((name) => modesRequiring(name).includes(mode))
    expect(requiredIn('deploy')).toEqual(['host', 'username', 'private-key', 'image'])
    expect(requiredIn('verify')).toEqual(['host', 'username', 'private-key'])
    expect(requiredIn('check')).toEqual([])
  })

  it('keeps in each mode the rules between what it reads', () => {
    const contradicting = { 'known-hosts': 'a', 'host-fingerprint': `SHA256:${'A'.repeat(43)}` }
    for (const mode of ['deploy', 'verify'] as const) {
      const read = SCHEMAS[mode].safeParse({ ...contradicting })
      expect(read.error?.issues.map(({ path }) => path[0])).toContain('host-fingerprint')
    }
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
