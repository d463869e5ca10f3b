import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { repeatedKey } from '../../../../src/gate/reports/repeated-key.ts'
import { parseRuntimeAssess } from '../../../../src/gate/reports/reports.ts'

describe('repeatedKey', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":{"b":[{"c":1},{"c":1,"c":2}]}}', 'c'],
    ['{"verdict":"FAIL","\\u0076erdict":"PASS"}', 'verdict'],
    ['{"a":1,"":{"":0},"b":"}","":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['[{"a\\"b":1},{"x":"{","a\\"b":[],"a\\"b":2}]', 'a"b'],
  ])('finds it: %s', (text, key) => {
    expect(repeatedKey(text)).toBe(key)
  })

  it.each([
    '{}',
    '1',
    '"a"',
    '{"a":{"a":{"a":["a","a"]}},"b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1,","b":"\\\\"}',
  ])('finds none: %s', (text) => {
    expect(repeatedKey(text)).toBeUndefined()
  })

  it('finds none in what a serialiser writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        expect(repeatedKey(JSON.stringify(value, null, indent))).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  it('makes a report invalid, whichever of the two a reader would have believed', () => {
    expect(parseRuntimeAssess('{"stage":"S3","verdict":"FAIL","verdict":"PASS"}')).toEqual({
      kind: 'invalid',
      detail: '"verdict": expected it once in an object, got it twice',
    })
  })
})
