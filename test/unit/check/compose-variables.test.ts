import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { composeVariables } from '../../../src/check/compose-variables.ts'

const service = (lines: string) => `services:\n  app:\n${lines.replace(/^/gm, '    ')}\n`

describe('the variables of a compose file', () => {
  it.each<[what: string, text: string, names: readonly string[]]>([
    ['a plain one', service(`image: \${A}`), ['A']],
    ['without braces', service('image: $A:$B_2-x'), ['A', 'B_2']],
    ['defaults of every form', service(`image: \${A:-x}\${B-x}\${C:+x}\${D+x}`), ['A', 'B', 'C', 'D']],
    ['required ones, with a message', service(`image: \${A:?set A, please}\${B?}`), ['A', 'B']],
    ['nested', service(`image: \${A:-\${B:-\${C}}}/\${D:?\${E} is missing}`), ['A', 'B', 'C', 'D', 'E']],
    ['dollar signs', service(`command: echo $$A $\${B} $$$C $$$$D`), ['C']],
    ['what is no name', service(`command: cost $5 \${} $ {A} \${1}`), []],
    ['quotes of both kinds', service(`image: "\${A}"\nuser: '\${B}'`), ['A', 'B']],
    ['comments', service(`image: "\${A}#\${B}" # \${C}\n# user: \${D}\nuser: x#\${E}`), ['A', 'B', 'E']],
    ['lists', service(`ports: ["\${A}:80", {target: "\${B}"}]\nvolumes:\n  - \${C}:/c`), ['A', 'B', 'C']],
    ['blocks of text', service(`command: |\n  # $A is text here\n  echo \${B}\n\nuser: $C`), ['A', 'B', 'C']],
    ['keys, which are not interpolated', service(`labels:\n  \${A}: \${B}`), ['B']],
    ['each once', service(`image: \${B}\${A}\${B}`), ['B', 'A']],
    ['set to a value', service(`environment:\n  A: x\n  B: \${C}`), ['C']],
    ['passed on', service('environment:\n  A:\n  B: ""\n  C: null'), ['A', 'C']],
    ['passed on in a list', service(`environment:\n  - A\n  - B=\n  - C=\${D}`), ['D', 'A']],
    ['passed on to a build', service('build:\n  context: .\n  args: [A, B=1]'), ['A']],
    [
      'secrets and configs that are variables',
      'secrets: {a: {environment: A}, b: {file: ./B}}\nconfigs:\n  c:\n    environment: C\n',
      ['A', 'C'],
    ],
    [
      'an anchor that is used as what is passed on, and as something else',
      'x: &x [A]\ny: {command: *x, args: *x}',
      ['A'],
    ],
    ['an anchor within itself', `a: &a\n  b: *a\n  image: \${A}\n`, ['A']],
    [
      'anchors',
      `x-env: &env\n  A:\n  B: \${C}\nservices:\n  app:\n    environment:\n      <<: *env\n`,
      ['C', 'A'],
    ],
    ['several documents', [service(`image: \${A}`), service(`image: \${B}`)].join('---\n'), ['A', 'B']],
    ['tags of compose', service(`ports: !override ["\${A}:80"]\nenvironment: !reset null`), ['A']],
    ['Windows line ends and a byte order mark', `\ufeffservices:\r\n  app:\r\n    image: \${A}\r\n`, ['A']],
    ['Chinese', service(`labels: ["说明=使用\${A}和$B。"]`), ['A', 'B']],
  ])('%s', (_what, text, names) => {
    expect(composeVariables(text)).toEqual({ kind: 'found', names })
  })

  it.each([
    ['no YAML', 'services: {app: [\n'],
    ['nothing', ''],
    ['comments alone', `# image: \${A}\n`],
    ['a text', `\${A}\n`],
    ['a list', `- \${A}\n`],
    ['what is nested without end', '['.repeat(20_000)],
    ['a key twice', 'services:\n  a: 1\n  a: 2\n'],
    ['an alias without its anchor', 'services: *none\n'],
    [
      'aliases that grow without end',
      `a: &a [x]\n${[...'bcdefghij'].map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]},`.repeat(9)}]`).join('\n')}\n`,
    ],
  ])('%s is told', (_what, text) => {
    expect(composeVariables(text)).toEqual({ kind: 'unreadable', why: expect.stringMatching(/^[^\n]{5,}$/) })
  })

  it('has many keys, and many aliases of something large, read at once', () => {
    const large = Array.from({ length: 20_000 }, (_, index) => `$V${index}`)
    const text = `a: &a ["${large.join('", "')}"]\nb: [${'*a,'.repeat(5000)}]\n${large.map((one) => `${one}: x`).join('\n')}\n`
    expect(composeVariables(text)).toMatchObject({ names: { length: large.length } })
  })

  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/)
  const use = name.chain((inner) =>
    fc.constantFrom(`$${inner}`, `\${${inner}}`, `\${${inner}:-a b}`, `\${${inner}:?${inner}}`),
  )

  it('finds every one that is there, in whatever quotes, and none that is escaped', () => {
    const quotes = fc.constantFrom(
      (text: string) => JSON.stringify(text),
      (text: string) => `'${text}'`,
      (text: string) => `|-\n      ${text}`,
    )
    fc.assert(
      fc.property(fc.array(use, { minLength: 1 }), name, quotes, (uses, escaped, quoted) => {
        const text = uses.map((one) => `${one} $$${escaped}`).join(' ')
        const names = uses.map((one) => /[A-Z_][A-Z0-9_]*/.exec(one)?.[0])
        expect(composeVariables(service(`command: ${quoted(text)}`))).toEqual({
          kind: 'found',
          names: [...new Set(names)],
        })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a: \n-$}{"\'&*|#!') }), (text) => {
        expect(composeVariables(text).kind).toMatch(/^(found|unreadable)$/)
      }),
    )
  })
})
