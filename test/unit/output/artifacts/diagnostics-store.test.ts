import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { fileNames } from '../../../../src/output/artifacts/diagnostics-store.ts'

describe('fileNames', () => {
  it.each([
    ['journal', 'journal.txt'],
    ['logs-shop_app.1', 'logs-shop_app.1.txt'],
    ['../../etc/passwd', '_.._etc_passwd.txt'],
    ['a\\b:c', 'a_b_c.txt'],
    ['.hidden', 'hidden.txt'],
    ['-option', 'option.txt'],
    ['', 'unnamed.txt'],
    ['..', 'unnamed.txt'],
    ['交易', '__.txt'],
  ])('%j becomes %s', (name, file) => {
    expect(fileNames([name])).toEqual([file])
  })

  it('keeps names apart, also where upper and lower case are one', () => {
    expect(fileNames(['a', 'A', 'a', 'a-2'])).toEqual(['a.txt', 'A-2.txt', 'a-3.txt', 'a-2-2.txt'])
  })

  it('gives plain, short, different names for any', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('a', 'A', '/', '.'.repeat(200)))),
        (names) => {
          const files = fileNames(names)
          expect(files).toHaveLength(names.length)
          expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length)
          for (const file of files) {
            expect(file).toMatch(/^[A-Za-z0-9_][\w.-]*\.txt$/)
            expect(file.length).toBeLessThanOrEqual(100)
          }
        },
      ),
    )
  })
})
