import { execFileSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { quoted } from '../../src/host/protocol/quoted.ts'

describe('quoted', () => {
  it.each([
    ['', "''"],
    ['ai-trade', "'ai-trade'"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ["''", "''\\'''\\'''"],
    ['$(reboot) `x` "y" \\', '\'$(reboot) `x` "y" \\\''],
    ['line\nend', "'line\nend'"],
  ])('%j', (text, word) => {
    expect(quoted(text)).toBe(word)
  })

  const shellText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', '!', ' ', '*', '~', '\t', '(', '#', 'ä'),
    }),
  )
  const words = fc.array(
    shellText.map((text) => text.replaceAll('\0', '')),
    { minLength: 300, maxLength: 300 },
  )

  it.each([
    ['dash', []],
    ['busybox', ['sh']],
  ])('makes exactly one word of any text, to %s', (shell, before) => {
    const separator = '\0'
    fc.assert(
      fc.property(words, (texts) => {
        // Each word is printed with a count of the arguments it became, and ended by NUL.
        const script = texts.map((text) => `set -- ${quoted(text)}; printf '%s:%s\\000' "$#" "$1"`).join('\n')
        const output = execFileSync(shell, [...before, '-s'], { input: script, env: {} })
        const expected = texts.map((text) => `1:${text}${separator}`).join('')
        expect(output.equals(Buffer.from(expected))).toBe(true)
      }),
      { numRuns: 20 },
    )
  })
})
