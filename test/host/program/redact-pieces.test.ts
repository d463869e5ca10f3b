import { afterAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

const redactedBy = (shell: (typeof SHELLS)[number]) => (environmentText: string, text: string) => {
  const { stdout, stderr } = bench.run(shell, 'redact ""', {
    stdin: text,
    environment: { ENV_PATHS: bench.file('env', environmentText), PROJECT_DIR: '/opt/ai-trade' },
  })
  expect(stderr).toBe('')
  return stdout
}

/** `@{` stands for a dollar and a brace. */
const braced = (text: string) => text.replaceAll('@', '$')

/** What compose-go makes of an unquoted value where none of its variables is set. */
function interpolated(value: string): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = []
  const text = value.replace(
    /\$(?:(\$)|([a-z_]\w*)|\{([a-z_]\w*)(?:(:?[-+?])([^{}]*))?\})/giu,
    (...match) => {
      const [, dollar, plain, braced, sign = '', operand = ''] = match as (string | undefined)[]
      if (dollar) return '$'
      // What a value requires is told, so that somebody sets it.
      if (!sign.endsWith('?') || !/^[A-Z][A-Z0-9_]*$/.test(braced ?? '')) names.push(plain ?? braced ?? '')
      return sign.endsWith('-') ? operand : ''
    },
  )
  return { text, names }
}

describe.each(SHELLS)('pieces of values, under %s', (shell) => {
  const redacted = redactedBy(shell)

  it.each([
    ['a name in the middle', 'A=pre9$abcdEFGH-rest', 'x abcdEFGH pre9-rest y', 'x *** *** y'],
    [
      'bcrypt',
      'A=$2b$10$N9qo8uLOickgx2ZM.RZoMyeIjZAgcfl',
      'N9qo8uLOickgx2ZM $2b$10.RZoMyeIjZAgcfl',
      '*** ***',
    ],
    [
      'argon2',
      'A=$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$Rdesc+b2dWRWJ',
      'c29tZXNhbHQ =19=65536,t=3,p=4+b2dWRWJ',
      '*** ***',
    ],
    ['a default', 'A=ab@{X:-hunter2def}cd', 'hunter2def abhunter2defcd', '*** ***'],
    ['a default in a default', 'A=@{X:-de@{Y:-hunter2in}f}x}', 'hunter2in dehunter2infx}', '*** ***'],
    ['a default behind an escaped backslash', 'A="hun\\\\@{Q:-ter}hunter"', 'is hun\\terhunter', 'is ***'],
    ['a reason', 'A=@{X:?hunter2why}', 'is hunter2why', 'is ***'],
    ['another variable of the file', 'B=1234\nA=ab@{B}cd$B', 'is ab1234cd1234', 'is ***'],
    ['an alternative', 'B=1\nA=ab@{B:+alternat}cd', 'is abalternatcd', 'is ***'],
    ['what Compose prints of a dollar', "A='ab$cd$efgh'", 'is ab$$cd$$efgh', 'is ***'],
    ['a quote that YAML doubles', `A="it's a secret"`, "is 'it''s a secret'", "is '***'"],
  ])('hides %s', (_, environmentText, text, wanted) => {
    expect(redacted(`${braced(environmentText)}\n`, `${text}\n`)).toBe(`${wanted}\n`)
  })

  it('does not take the name of another variable for a secret', () => {
    const text = 'AI_TRADE_PROJECT_DIR is not set\n'
    expect(
      redacted(braced('AI_TRADE_PROJECT_DIR=/opt/ai-trade\nA=@{AI_TRADE_PROJECT_DIR}/data\n'), text),
    ).toBe(text)
  })

  const warning = (name: string) =>
    `time="2026-11-27T12:42:21Z" level=warning msg="The \\"${name}\\" variable is not set. Defaulting to a blank string."\n`
  const missing = (name: string) => `required variable ${name} is missing a value\n`

  it('hides a short name that Compose warns of, and leaves that of a compose file', () => {
    expect(redacted('A=x$abc$de\n', warning('abc') + warning('de') + warning('APP_MODE'))).toBe(
      warning('***') + warning('***') + warning('APP_MODE'),
    )
  })

  it.each([
    ['of a value of another env file', 'abcdefghijklmnopqrstuv', '***'],
    ['short, of another env file', 'a7b', '***'],
    ['of a value of this one, in upper case', 'PIECE_TWO', '***'],
    ['of a value of this one, in one word', 'PIECE', '***'],
    ['in camel case', 'dbPassword', '***'],
    ['of the env file', 'assigned_here', 'assigned_here'],
    ['that a value requires', 'APP_TOKEN', 'APP_TOKEN'],
    ['that a deployment sets', 'AI_TRADE_IMAGE', 'AI_TRADE_IMAGE'],
    ['in upper case', 'BYBIT_API_KEY', 'BYBIT_API_KEY'],
    ['in upper case, of one word', 'TAG', 'TAG'],
  ])('tells of the names that Compose misses only those of variables: one %s', (_, name, wanted) => {
    for (const said of [warning, missing]) {
      expect(
        redacted(braced('assigned_here=1\nA=x$PIECE_TWO$PIECE\nB=@{APP_TOKEN:?why}\n'), said(name)),
      ).toBe(said(wanted))
    }
  })

  it.each([
    ['a wrapped token', 'A=1\nMIIEow+abcdefgh/12\n', 'near MIIEow+abcdefgh/12!', 'near ***!'],
    [
      'a key without quotes',
      'A=-----BEGIN KEY-----\nMIIEowIBAAKC\nq83vEjRWeJ=\n-----END KEY-----\nB=2\n',
      'MIIEowIBAAKC q83vEjRWeJ=',
      '*** ***',
    ],
    ['the words of a line', 'words: 1\nhunter2-hunter2 (one)\n', 'is hunter2-hunter2', 'is ***'],
    ['the end of a token that looks like a key', 'A=1\nabcdefghIJKLMN0123==\n', 'abcdefghIJKLMN0123', '***'],
    [
      'values behind a quote that is never closed',
      'A="abc\nB=hunter2-hunter2\n',
      'is hunter2-hunter2',
      'is ***',
    ],
  ])('hides %s, which is no assignment', (_, environmentText, text, wanted) => {
    expect(redacted(environmentText, `${text}\n`)).toBe(`${wanted}\n`)
  })

  const DOLLAR = 'a dollar that begins nothing Compose knows'

  it.each([
    [
      'failed to read /x/.env: line 2: unexpected character "+" in variable name "MIIEow+ab"',
      'failed to read /x/.env: line 2: this is no assignment (KEY=value)',
    ],
    ['unexpected character "-" in variable name near "ab-c\\nB=d"', 'this is no assignment (KEY=value)'],
    ['line 3: unterminated quoted value "abc', 'line 3: a quote before this line is never closed'],
    ['failed to read /x/.env: Invalid template: "x${bad y"', `failed to read /x/.env: ${DOLLAR}`],
    ['required variable P_Q is missing a value: hunter2', 'required variable P_Q is missing a value'],
    [
      'failed to read /x/.env: Invalid template: "a\nhunter2${\nhunter3"\n$ docker compose up',
      `failed to read /x/.env: ${DOLLAR}\n***\n***\n$ docker compose up`,
    ],
    ['failed to read /x/.env: Invalid template: "a"\nmore', `failed to read /x/.env: ${DOLLAR}\nmore`],
    ['invalid interpolation format for a.b: hunter2', 'invalid interpolation format for a.b: ***'],
    [
      'You may need to escape any $ with another $.\nhunter2${ x\nafter',
      'You may need to escape any $ with another $.\n***\n***',
    ],
    [
      'You may need to escape any $ with another $\nhunter2\n\nhunter2${\n$ docker compose up\nhunter3',
      'You may need to escape any $ with another $\n***\n***\n***\n$ docker compose up\nhunter3',
    ],
    [
      'You may need to escape any $ with another $.\nhunter2${\ntime="2026-11-27" level=warning msg="W"\nafter',
      'You may need to escape any $ with another $.\n***\ntime="2026-11-27" level=warning msg="W"\nafter',
    ],
  ])('does not repeat what Compose quotes of any file: %s', (said, wanted) => {
    expect(redacted('A=1\n', `${said}\n`)).toBe(`${wanted}\n`)
  })

  it('lets nothing of 8 characters through that interpolation makes', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'abXY12-_./+,'), minLength: 1, maxLength: 9 }),
      fc.string({ unit: fc.constantFrom(...'abXY_'), minLength: 1, maxLength: 9 }).map((name) => `$${name}`),
      fc
        .tuple(
          fc.string({ unit: fc.constantFrom(...'abXY_'), minLength: 1, maxLength: 9 }),
          fc.constantFrom('', ':-', '-', ':+', ':?'),
          fc.string({ unit: fc.constantFrom(...'cdZ3-/'), minLength: 1, maxLength: 9 }),
        )
        .map(([name, sign, operand]) => `\${${name}${sign}${sign === '' ? '' : operand}}`),
      fc.constant('$$'),
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 6 }), (parts) => {
        const value = `x${parts.join('')}`
        const { text, names } = interpolated(value)
        const said = [text, text.replaceAll('$', '$$$$'), ...names].filter((one) => one.length >= 8)
        const shown = redacted(`MY=${value}\n`, said.map((one) => `<${one}>\n`).join(''))
        for (const one of said) expect(shown).not.toContain(`<${one}>`)
      }),
      { numRuns: 120 },
    )
  })
})

describe.each(SHELLS)('what Compose says of files, under %s', (shell) => {
  const told = (said: string, environmentText = 'A=1\n') => {
    const path = bench.file('env', environmentText)
    return bench
      .run(shell, `ENV_PATHS=$1; complaint "$1"`, { words: [path], stdin: said })
      .stdout.replaceAll(path, 'ENV')
      .trimEnd()
  }

  const DOLLAR = 'has a dollar that begins no variable (write $$, or put the value in single quotes)'
  const QUOTED = 'You may need to escape any $ with another $.'

  it.each([
    [
      'failed to read ENV: line 2: unexpected character "+" in variable name "MII+hunter2"\n',
      'failed to read ENV: line 2: this is no assignment (KEY=value)',
    ],
    ['line 3: unterminated quoted value "abc def\n', 'line 3: a quote before this line is never closed'],
    ['required variable P_Q is missing a value: hunter2\n', 'required variable P_Q is missing a value'],
    [
      'failed to read ENV: Invalid template: "a\nhunter2${\nhunter3"\n',
      'failed to read ENV: a dollar that begins nothing Compose knows\n***\n***',
    ],
    ['cannot unmarshal !!str `hunter2` into int\n', 'cannot unmarshal !!str (not shown) into int'],
    ['service "app" depends on "db"\n', 'service "app" depends on "db"'],
    ["couldn't find env file: /x/o.env\n", "couldn't find env file: /x/o.env"],
    [
      `invalid interpolation format for services.app.labels.l.\n${QUOTED}\nhunter2\${ x\n`,
      `invalid interpolation format for services.app.labels.l.\n${QUOTED}\n***`,
    ],
    ['time="2026-11-27" level=warning msg="a"\nother\n', 'other'],
  ])('%s', (said, wanted) => {
    expect(told(said)).toBe(wanted)
  })

  it.each([
    ['a brace without end', 'Y=1\nX=ab@{hunter2hunter2\n', 'X'],
    ['nothing in braces', 'export X = ab@{}\n', 'X'],
    ['no name in braces', 'X="ab@{1}"\n', 'X'],
    ['an operator that is none', 'X=ab@{Y!x}\n', 'X'],
    ['a brace in a default', 'X=ab@{Q:-pa@{ssword1}-more-2\n', 'X'],
    ['behind an escaped backslash', 'X="a\\\\@{Y!\n}"\nZ=1\n', 'X'],
    ['behind a dollar', 'X=ab@@@{Y\n', 'X'],
    ['in single quotes', "X='ab@{Y'\n", ''],
    ['escaped', 'X="ab\\@{Y"\n', ''],
    ['doubled', 'X=ab@@{Y\n', ''],
    ['in a comment', 'X=ab # @{Y\n# @{Z\n', ''],
    ['of no variable', 'X=ab$ cd$-$1$\n', ''],
    ['balanced', 'X=ab@{Q:-pa{ssword1}-more-2@{Q:-@{R-}$S}\n', ''],
  ])('names the key of a dollar that Compose cannot read: %s', (_, environmentText, key) => {
    expect(told('', braced(environmentText))).toBe(key && `the value of ${key} ${DOLLAR}`)
  })

  it('names that key behind what Compose says of the compose file', () => {
    const said = `invalid interpolation format for l.\n${QUOTED}\nhunter2\${\nx\n`
    expect(told(said, braced('B=@{\n'))).toBe(
      `invalid interpolation format for l.\n${QUOTED}\n***\n***\nthe value of B ${DOLLAR}`,
    )
  })
})
