import { describe, expect, it } from '@jest/globals'
import { preview, shapeOf } from '../../../src/config/shape.ts'

describe('shapeOf', () => {
  it.each([
    ['3o', 'public', '"3o" (2 characters)'],
    ['x', 'public', '"x" (1 character)'],
    ['a\nb', 'public', '"a\\nb" (3 characters in 2 lines)'],
    ['my-secret-1', 'public', 'a text of 11 characters that holds a secret'],
    ['{"a":1}', 'size-only', 'a text of 7 characters'],
    ['anything', 'secret', 'a secret of 8 characters'],
    ['one\ntwo', 'secret', 'a secret of 7 characters in 2 lines'],
  ] as const)('shows %j (%s) as %s', (value, privacy, shape) => {
    expect(shapeOf(value, privacy, ['secret-1'])).toBe(shape)
  })
})

describe('preview', () => {
  it.each([
    ['', '""'],
    ['a"b\\', '"a\\"b\\\\"'],
    ['\u001b[31m\u007f', '"\\u001b[31m\\u{7f}"'],
    ['\u202e\u2028\u200b', '"\\u{202e}\\u{2028}\\u{200b}"'],
    ['报告', '"报告"'],
    ['x'.repeat(24), `"${'x'.repeat(24)}"`],
    ['😀'.repeat(25), `"${'😀'.repeat(24)}"…`],
  ])('of %j is %s', (value, shown) => {
    expect(preview(value)).toBe(shown)
  })
})
