import { describe, expect, it } from '@jest/globals'
import { SecretMasker } from '../../support/runner/secret-masker.ts'

function masked(text: string, ...secrets: string[]): string {
  const masker = new SecretMasker()
  for (const secret of secrets) masker.add(secret)
  return masker.mask(text)
}

describe('SecretMasker', () => {
  it('masks every occurrence, at both ends too', () => {
    expect(masked('pw and pw', 'pw')).toBe('*** and ***')
  })

  it('masks each line of a secret, trimmed', () => {
    expect(masked('saw second here', 'first\n  second  \n')).toBe('saw *** here')
  })

  it('makes one of secrets that overlap or touch', () => {
    expect(masked('xabcdx', 'abc', 'bcd')).toBe('x***x')
    expect(masked('ab', 'a', 'b')).toBe('***')
    expect(masked('aaa', 'aa')).toBe('***')
  })

  it('ignores blank secrets', () => {
    expect(masked('a b', ' ', '')).toBe('a b')
  })

  it('masks what has no minimum length, as the runner does', () => {
    expect(masked('{"a":1}', '{\n}')).toBe('***"a":1***')
  })
})
