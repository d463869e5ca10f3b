import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { whyNotJson } from '../../../../src/gate/reports/not-json.ts'
import { parseRuntimeAssess } from '../../../../src/gate/reports/reports.ts'

describe('whyNotJson', () => {
  it.each([
    ['\ufeff{"a":1}', 'it begins with a byte order mark, which JSON does not have'],
    [' \n', 'it is empty'],
    ['<!DOCTYPE html><p>502', 'it is HTML or XML'],
    ['{"a":{"b":[1,\n NaN]}}', 'NaN at a.b.1, which JSON does not have, in line 2, character 2'],
    ['{"a":-Infinity}', '-Infinity at a, which JSON does not have, in line 1, character 6'],
    ['{"a":True}', 'True at a, which JSON does not have, in line 1, character 6'],
    ['{"a b hunter2":NaN}', 'NaN at …, which JSON does not have, in line 1, character 16'],
    ["{'a':1}", 'single quotes, where JSON has double ones, in line 1, character 2'],
    ['{"a":1,}', 'a comma with nothing behind it in line 1, character 7'],
    ['[1,]', 'a comma with nothing behind it in line 1, character 3'],
    ['{"a":1}\n{"a":2}', 'a second document, or something else, behind the first, in line 2, character 1'],
    ['{"a":1} // b', 'a second document, or something else, behind the first, in line 1, character 9'],
    ['{"a":1 /* b */}', 'a comment, which JSON does not have, in line 1, character 8'],
    ['{"a":"b', 'it breaks off in line 1, character 8'],
    ['{"a":[1,', 'it breaks off in line 1, character 9'],
    ['{"a":"b\nc"}', 'a control character (a line end, say) in a text in line 1, character 8'],
    ['{"a":"\\x"}', 'a backslash that means nothing in JSON in line 1, character 7'],
    ['{"a":***}', 'something that is hidden, because it is a value of the env file, in line 1, character 6'],
    ['{"a":1}***', 'something that is hidden, because it is a value of the env file, in line 1, character 8'],
    ['{"a" 1}', 'no colon behind a key in line 1, character 6'],
    ['{"a":1 "b":2}', 'no comma behind a value in line 1, character 8'],
    ['{"a":01}', 'no value of JSON in line 1, character 6'],
    ['{a:1}', 'no key in double quotes in line 1, character 2'],
  ])('%j', (text, why) => {
    expect(() => JSON.parse(text) as unknown).toThrow()
    expect(whyNotJson(text)).toBe(why)
    const parsed = parseRuntimeAssess(text)
    expect(parsed.kind === 'invalid' && parsed.detail).toContain(why === 'it is empty' ? 'empty' : why)
  })

  it('finds a reason in whatever is no JSON, and never one in what is', () => {
    const text = fc.oneof(
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, odd]) => {
        const cut = at % (json.length + 1)
        return json.slice(0, cut) + odd + json.slice(cut + 1)
      }),
    )
    fc.assert(
      fc.property(text, (one) => {
        let isJson = true
        try {
          JSON.parse(one)
        } catch {
          isJson = false
        }
        expect(whyNotJson(one) === 'it is nested too deeply, or too long').toBe(isJson)
      }),
      { numRuns: 5000 },
    )
  })
})
