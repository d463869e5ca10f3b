import { afterAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** COMPOSE: the compose file of the plan, or none that is known. */
const redactedBy =
  (shell: (typeof SHELLS)[number]) =>
  (environmentText: string, text: string, compose = '') => {
    const path = bench.file('env', environmentText)
    if (compose !== '') bench.file('compose.yml', compose)
    const { stdout, stderr } = bench.run(shell, 'redact ""', {
      stdin: text,
      environment: {
        ENV_PATHS: path,
        PROJECT_DIR: compose === '' ? '/opt/ai-trade' : bench.directory,
        COMPOSE_FILES: compose === '' ? '' : 'compose.yml',
      },
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
    [
      'a default with a brace that nothing closes',
      'A=ab@{Q:-pa{ssword1}-mor',
      'is abpa{ssword1-mor',
      'is ***',
    ],
    ['a default with several', 'A=ab@{Q:-pa{s{w}1}-more', 'is abpa{s{w}1-more', 'is ***'],
    ['a default with two side by side', 'A=ab@{Q:-a{{b}c}defg}', 'is aba{{b}cdefg}', 'is ***'],
    ['a default behind an escaped backslash', 'A="hun\\\\@{Q:-ter}hunter"', 'is hun\\terhunter', 'is ***'],
    ['a default with a pair of them', 'A=ab@{Q:-a{}bcd}ef', 'is aba{}bcdef', 'is ***'],
    ['a reason', 'A=@{X:?hunter2why}', 'is hunter2why', 'is ***'],
    ['another variable of the file', 'B=1234\nA=ab@{B}cd$B', 'is ab1234cd1234', 'is ***'],
    ['an alternative', 'B=1\nA=ab@{B:+alternat}cd', 'is abalternatcd', 'is ***'],
    ['what Compose prints of a dollar', "A='ab$cd$efgh'", 'is ab$$cd$$efgh', 'is ***'],
    ['an octal escape', 'A="a\\0101bcdefgh"', 'is aAbcdefgh', 'is ***'],
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

  const COMPOSE =
    'services:\n  a:\n    image: i:@{tag}@app_mode\n    environment:\n      A: @{dbPassword-@{in_side_it:?}} $APPMODE\n      B: x@@{no_variable} $2y$10$pieceOfAHash\n'

  it.each([
    ['of a value of another env file', 'abcdefghijklmnopqrstuv', COMPOSE, '***'],
    ['short, of another env file', 'a7b', COMPOSE, '***'],
    ['in upper case, of another env file', 'ABCD_EFGH', COMPOSE, '***'],
    ['of a value of the compose file', 'pieceOfAHash', COMPOSE, '***'],
    ['behind a doubled dollar of the compose file', 'no_variable', COMPOSE, '***'],
    ['of a compose file', 'app_mode', COMPOSE, 'app_mode'],
    ['of a compose file, short', 'tag', COMPOSE, 'tag'],
    ['of a compose file, in camel case', 'dbPassword', COMPOSE, 'dbPassword'],
    ['of a default of a compose file', 'in_side_it', COMPOSE, 'in_side_it'],
    ['of a compose file, in upper case', 'APPMODE', COMPOSE, 'APPMODE'],
    ['of the env file', 'assigned_here', COMPOSE, 'assigned_here'],
    ['that a deployment sets', 'AI_TRADE_IMAGE', COMPOSE, 'AI_TRADE_IMAGE'],
    [
      'in upper case, of what a compose file includes',
      'ABCD_EFGH',
      `include: [b.yml]\n${COMPOSE}`,
      'ABCD_EFGH',
    ],
    ['of another env file, beside an included file', 'abcdefghijk', `include: [b.yml]\n${COMPOSE}`, '***'],
    ['where no compose file is known', 'abcdefghijk', '', '***'],
    ['in upper case, where no compose file is known', 'BYBIT_API_KEY', '', 'BYBIT_API_KEY'],
  ])('tells of the names that Compose misses only those of variables: one %s', (_, name, compose, wanted) => {
    for (const said of [warning, missing]) {
      expect(redacted('assigned_here=1\n', said(name), braced(compose))).toBe(said(wanted))
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

  it.each([
    [
      'failed to read /x/.env: line 2: unexpected character "+" in variable name "MIIEow+ab"',
      'failed to read /x/.env: line 2: unexpected character in variable name ***',
    ],
    [
      'unexpected character "-" in variable name near "ab-c\\nB=d"',
      'unexpected character in variable name ***',
    ],
    ['line 3: unterminated quoted value "abc', 'line 3: unterminated quoted value ***'],
    ['failed to read /x/.env: Invalid template: "x${bad y"', 'failed to read /x/.env: Invalid template: ***'],
    ['required variable P_Q is missing a value: hunter2', 'required variable P_Q is missing a value: ***'],
    [
      'failed to read /x/.env: Invalid template: "a\nhunter2${\nhunter3"\n$ docker compose up',
      'failed to read /x/.env: Invalid template: ***\n***\n***\n$ docker compose up',
    ],
    [
      'failed to read /x/.env: Invalid template: "a"\nmore',
      'failed to read /x/.env: Invalid template: ***\nmore',
    ],
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
      .run(shell, `ENV_PATHS=$1; { complaint; env_flaws "$1"; } | redact`, { words: [path], stdin: said })
      .stdout.replaceAll(path, 'ENV')
      .trimEnd()
  }

  it('names line and key, and quotes nothing', () => {
    const text = 'A=1\nMII+hunter2\n\nB="hunter2\nC=2\n'
    expect(
      told('failed to read ENV: line 2: unexpected character "+" in variable name "MII+hunter2"\n', text),
    ).toBe(
      [
        'failed to read ENV: line 2: this is no assignment (KEY=value)',
        'line 2 of ENV is no assignment (KEY=value)',
        'the value of B, from line 4 of ENV on, has no closing quote',
      ].join('\n'),
    )
  })

  it.each([
    ['line 3: unterminated quoted value "abc def\n', 'line 3: a quote before this line is never closed'],
    ['required variable P_Q is missing a value: hunter2\n', 'required variable P_Q is missing a value'],
    [
      'failed to read ENV: Invalid template: "a\nhunter2${\nhunter3"\n',
      'failed to read ENV: a dollar that begins nothing Compose knows',
    ],
    ['cannot unmarshal !!str `hunter2` into int\n', 'cannot unmarshal !!str (not shown) into int'],
    ['service "app" depends on "db"\n', 'service "app" depends on "db"'],
    ["couldn't find env file: /x/o.env\n", "couldn't find env file: /x/o.env"],
    [
      'invalid interpolation format for services.app.labels.l.\nYou may need to escape any $ with another $.\nhunter2${ x\n',
      'invalid interpolation format for services.app.labels.l.\nYou may need to escape any $ with another $ (not shown).',
    ],
    [
      'invalid interpolation format for l.\nYou may need to escape any $ with another $.\nhunter2${\nhunter3\n\nhunter4\n',
      'invalid interpolation format for l.\nYou may need to escape any $ with another $ (not shown).',
    ],
  ])('%s', (said, wanted) => {
    expect(told(said)).toBe(wanted)
  })

  const DOLLAR = 'has a dollar that begins no variable (write $$, or put the value in single quotes)'

  it.each([
    ['a brace without end', 'Y=1\nX=ab@{hunter2hunter2\n', `line 2 of ENV: the value of X ${DOLLAR}`],
    ['nothing in braces', 'export X = ab@{}\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['no name in braces', 'X="ab@{1}"\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['an operator that is none', 'X=ab@{Y!x}\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['a brace in a default', 'X=ab@{Q:-pa@{ssword1}-more-2\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['behind an escaped backslash', 'X="a\nb@{Y?\n}"\nZ=1\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['behind a dollar', 'X=ab@@@{Y\n', `line 1 of ENV: the value of X ${DOLLAR}`],
    ['in a default', 'X=ab@{Y:-@{Z:?no}}\n', 'line 1 of ENV: the value of X needs Z, which is not set'],
    [
      'required',
      'X=ab@{APP_TOKEN:?why}\n',
      'line 1 of ENV: the value of X needs APP_TOKEN, which is not set',
    ],
    [
      'required, and set behind it',
      'X=a@{Y?no}b\nY=3\n',
      'line 1 of ENV: the value of X needs Y, which is not set',
    ],
    [
      'required, and empty',
      'Y=\nX=a@{Y?}@{Y:?no}\n',
      'line 2 of ENV: the value of X needs Y, which is not set',
    ],
    [
      'required by a piece',
      'X=a@{hunter2:?no}\n',
      'line 1 of ENV: the value of X needs a variable that is not set',
    ],
    ['in single quotes', "X='ab@{Y'\n", ''],
    ['escaped', 'X="ab\\@{Y"\n', ''],
    ['doubled', 'X=ab@@{Y\n', ''],
    ['in a comment', 'X=ab # @{Y\n# @{Z\n', ''],
    ['of no variable', 'X=ab$ cd$-$1$\n', ''],
    ['balanced', 'X=ab@{Q:-pa{ssword1}-more-2\n', ''],
    ['required and set', 'Y=1\nX=ab@{Y:?why}@{PATH?}\n', ''],
  ])('names line and key of a dollar that Compose cannot read: %s', (_, environmentText, wanted) => {
    expect(told('', braced(environmentText))).toBe(wanted)
  })

  it('names the variable that a value of the env file requires', () => {
    const said = 'failed to read ENV: required variable APP_TOKEN is missing a value: why\n'
    expect(told(said, braced('X=ab@{APP_TOKEN:?hunter2-hunter2}\n')).split('\n')).toEqual([
      'failed to read ENV: required variable APP_TOKEN is missing a value',
      'line 1 of ENV: the value of X needs APP_TOKEN, which is not set',
    ])
  })

  it('names the line of the env file behind what Compose says of the compose file', () => {
    const said =
      'invalid interpolation format for l.\nYou may need to escape any $ with another $.\nhunter2${\nx\n'
    expect(told(said, 'MII+hunter2\n').split('\n')).toEqual([
      'invalid interpolation format for l.',
      'You may need to escape any $ with another $ (not shown).',
      'line 1 of ENV is no assignment (KEY=value)',
    ])
  })
})
