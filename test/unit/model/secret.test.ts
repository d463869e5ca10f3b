import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { Secret } from '../../../src/model/secret.ts'

describe('Secret', () => {
  it.each([
    ['a template string', (secret: Secret) => `${secret}`],
    ['JSON', (secret: Secret) => JSON.stringify({ secret })],
    ['console output', (secret: Secret) => inspect({ nested: { secret } }, { depth: 5 })],
    ['concatenation', (secret: Secret) => `${'x'}${String(secret)}`],
  ])('is not shown by %s', (_where, show) => {
    const shown = show(new Secret('hunter2-value'))
    expect(shown).not.toContain('hunter2')
    expect(shown).toContain('[REDACTED]')
  })

  it('gives its value only on request', () => {
    expect(new Secret('hunter2-value').reveal()).toBe('hunter2-value')
  })
})
