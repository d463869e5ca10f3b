import { afterAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { printable } from '../../../src/output/clean-text.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** White space to Go, beyond ASCII: where it ends a value, Compose takes it away. */
const SPACES = '\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000'

describe.each(SHELLS)('the redactor under %s', (shell) => {
  const redacted = (environmentText: string, text: string | Buffer, ...moreEnvironmentTexts: string[]) => {
    const files = [environmentText, ...moreEnvironmentTexts].map((content, index) =>
      bench.file(`env-${index}`, content),
    )
    const { stdout, stderr } = bench.run(shell, 'redact ""', {
      stdin: text,
      environment: { ENV_PATHS: files.join('\n'), PROJECT_DIR: '/opt/ai-trade' },
    })
    expect(stderr).toBe('')
    return stdout
  }

  it('leaves what the plan sets to the very value, under no name that sounds secret', () => {
    const env = bench.file(
      'set',
      "RELEASE='a long release'\nCOMMIT=0123456789abcdef\nAPI_TOKEN=0123456789\nOLD=hunter2-hunter2\n",
    )
    const plan = [
      'RELEASE\ta long release',
      'COMMIT\tanother-commit',
      'API_TOKEN\t0123456789',
      'NEW\thunter2-hunter2',
    ]
    const { stdout } = bench.run(shell, 'use_plan "$1"; ENV_PATHS=$2; redact ""', {
      stdin: 'a long release, 0123456789abcdef, 0123456789, hunter2-hunter2',
      words: [plan.map((line) => `env\t${line}`).join('\n'), env],
    })
    expect(stdout).toBe('a long release, ***, ***, ***\n')
  })

  it.each([
    ['plain', 'A=hunter2-hunter2', 'is hunter2-hunter2!'],
    ['exported, indented', '  export A = hunter2-hunter2', 'is hunter2-hunter2!'],
    ['with a colon', 'A: hunter2-hunter2', 'is hunter2-hunter2!'],
    ['CRLF', 'A=hunter2-hunter2\r\nB=1\r', 'is hunter2-hunter2!'],
    ['in single quotes', "A='hunter2 #hunter2'", 'is hunter2 #hunter2!'],
    ['in double quotes', 'A="hunter2 #hunter2"', 'is hunter2 #hunter2!'],
    ['before a comment', 'A=hunter2-hunter2 # mine', 'is hunter2-hunter2!'],
    ['with = in it', 'A=hunter2==hunter2', 'is hunter2==hunter2!'],
    ['with a backslash', "A='hunter2\\hunter2'", 'is hunter2\\hunter2!'],
    ['as an awk pattern', "A='.*[a-z]+&\\1(x'", 'is .*[a-z]+&\\1(x!'],
    ['with an escaped double quote', 'A="hunter2\\"hunter2"', 'is hunter2"hunter2!'],
    ['with an escaped single quote', "A='hun\\'ter2hunter2'", "is hun'ter2hunter2!"],
    ['with an escaped dollar', 'A="hunter2\\$hunter2"', 'is hunter2$hunter2!'],
    ['with a doubled dollar', 'A=hunter2$$hunter2', 'is hunter2$hunter2!'],
    ['with an escaped tab', 'A="hunter2\\thunter2"', 'is hunter2\thunter2!'],
    ['behind a tab that starts no comment', 'A=hunter2\t#hunter2', 'is hunter2\t#hunter2!'],
    ['with Chinese in it', 'A=交易密钥一二三', 'is 交易密钥一二三!'],
    ['short, under a name that sounds secret', 'API_KEY=abcd', 'is abcd!'],
    ['behind a quoted value on the same line', `B="1" A='hunter2-hunter2'`, 'is hunter2-hunter2!'],
    ['behind the end of several lines', `B="1\n2" A='hunter2-hunter2'`, 'is hunter2-hunter2!'],
    ['below a comment with a byte order mark', '\ufeff# B="\nA=hunter2-hunter2', 'is hunter2-hunter2!'],
    ['whose line has no end', 'B=1\nA=hunter2-hunter2', 'is hunter2-hunter2!'],
    ['behind a no-break space', 'A=\u00a0hunter2-hunter2', 'is hunter2-hunter2!'],
    ['before a no-break space', 'A=hunter2-hunter2\u00a0', 'is hunter2-hunter2!'],
    ['before an ideographic space', 'A=hunter2-hunter2\u3000', 'is hunter2-hunter2!'],
    ['before spaces of every kind', `A=hunter2-hunter2${SPACES}`, 'is hunter2-hunter2!'],
    ['before a next-line character', 'A=hunter2-hunter2\u0085', 'is hunter2-hunter2!'],
    ['before two carriage returns', 'A=hunter2-hunter2\r\r\nB=1', 'is hunter2-hunter2!'],
    ['before a vertical tab', 'A=hunter2-hunter2\v', 'is hunter2-hunter2!'],
    ['behind a form feed', 'A=\fhunter2-hunter2', 'is hunter2-hunter2!'],
    ['before a carriage return and a comment', 'A=hunter2-hunter2\r # c', 'is hunter2-hunter2!'],
    ['before a vertical tab and a comment', 'A=hunter2-hunter2\v # c', 'is hunter2-hunter2!'],
    ['before a no-break space and a comment', 'A=hunter2-hunter2\u00a0 # c', 'is hunter2-hunter2!'],
    ['in quotes, behind a no-break space', 'A = \u00a0"hunter2-hunter2"', 'is hunter2-hunter2!'],
    ['with a no-break space around its name', '\u00a0API_KEY\u00a0=\u00a0abcd', 'is abcd!'],
    ['behind a quoted one and a no-break space', `B="1"\u00a0A='hunter2-hunter2'`, 'is hunter2-hunter2!'],
    ['that is a line of its own, before a no-break space', 'hunter2-hunter2+\u00a0', 'is hunter2-hunter2+!'],
    ['a line of several, before a no-break space', 'A="1\n hunter2 hunter2\u00a0\n"', 'is hunter2 hunter2!'],
  ])('hides a value: %s', (_, environmentText, text) => {
    expect(redacted(environmentText, `${text}\n`)).toBe('is ***!\n')
  })

  it.each(
    [
      'KEY API_KEY API_KEYS API_KEY_2 KEY2 APIKEY ACCESSKEY SECRETKEY BYBITAPIKEY HMAC_KEY_V1 S3KEY SSHKEY PRIVATEKEY',
      'SECRET CLIENT_SECRET MYSECRET TOKEN BOTTOKEN AUTHTOKEN TOKENS DB_PASS DBPASS SMTPPASS PASSWORD DB_PASSWORD',
      'MYSQLPASSWORD PASSPHRASE PASSCODE PASSWD PWD DBPWD CRED CREDS CREDENTIALS AUTH OAUTH OAUTH2 AUTHORIZATION PRIVATE',
      'SALT SIGN SIGNATURE SIGNING_SECRET SIGNKEY WEBHOOK WEBHOOK_URL SENTRY_DSN COOKIE SESSION SESSIONID SESSION_ID',
      'apiKey APIKey dbPassword secretkey api-key db.pass clientSecret MySecretToken accessToken session_cookie jwtSecret',
    ].flatMap((names) => names.split(' ')),
  )('takes a value of 4 characters for a secret under the name %s', (name) => {
    expect(redacted(`${name}=live\n`, 'alive\n')).toBe('a***\n')
  })

  it.each(
    [
      'SIGNAL AI_TRADE_SIGNAL_MODE DESIGN ASSIGNED CAMPAIGN KEYBOARD MONKEY HOTKEYS KEYWORD PASSIVE BYPASS COMPASS',
      'CREDIT_MODE AUTHOR AUTHORITY OBSESSION TOKENIZER SECRETARY SALTY PASSENGER signalMode design monkeyBars',
    ].flatMap((names) => names.split(' ')),
  )('takes a short value for none under the name %s', (name) => {
    expect(redacted(`${name}=live\n`, 'alive\n')).toBe('alive\n')
  })

  it.each([
    ['quotes', `A='hunter2"hunter2'`, 'hunter2"hunter2'],
    ['a backslash', `A='hunter2\\hunter2'`, 'hunter2\\hunter2'],
    ['both, side by side', `A='hunter2\\"hunter2'`, 'hunter2\\"hunter2'],
  ])('hides a value that JSON writes with escapes: %s', (_, environmentText, value) => {
    expect(redacted(environmentText, `${JSON.stringify({ value })}\n`)).toBe('{"value":"***"}\n')
  })

  it.each([
    ['Go: angle brackets and ampersands', `A='hunter2<&>hunter2'`, 'hunter2\\u003c\\u0026\\u003ehunter2'],
    ['.NET: upper case hex, quotes and plus', `A="hunter2+'hunter2"`, 'hunter2\\u002B\\u0027hunter2'],
    ['a quote as \\u0022', `A='hunter2"hunter2'`, 'hunter2\\u0022hunter2'],
    ['PHP: an escaped slash', 'A=hunter2/hunter2', 'hunter2\\/hunter2'],
    ['a tab', 'A="hunter2\\thunter2"', 'hunter2\\thunter2'],
    ['a control character', 'A=hunter2\u0001hunter2', 'hunter2\\u0001hunter2'],
    ['Python: Chinese', 'A=交易密钥一二三', '\\u4ea4\\u6613\\u5bc6\\u94a5\\u4e00\\u4e8c\\u4e09'],
    ['upper case Chinese', 'A=hunter2交hunter2', 'hunter2\\u4EA4hunter2'],
    ['a surrogate pair', 'A=hunter2🔑hunter2', 'hunter2\\ud83d\\udd11hunter2'],
    ['JSON in JSON', `A='hunter2"hunter2'`, 'hunter2\\\\\\"hunter2'],
    ['JSON in JSON, Go', `A='hunter2<hunter2'`, 'hunter2\\\\u003chunter2'],
    ['an address', `A='hunter2<交>hunter2'`, 'hunter2%3C%E4%BA%A4%3ehunter2'],
    ['a shell', `A='hunter2 &hunter2'`, 'hunter2\\ \\&hunter2'],
    ['every character of a pattern', `A='h\\^$.[]|()?*+{}-2'`, 'h\\\\^$.[]|()?*+{}\\u002d2'],
    ['a longer value first', `A=hunter2\nB='hunter2"more'`, 'hunter2\\"more'],
  ])('hides a value that others write with escapes: %s', (_, environmentText, shown) => {
    expect(redacted(environmentText, `is ${shown}!\n`)).toBe('is ***!\n')
  })

  it.each([
    'hunter2-hunter2',
    'hunter2-hunter',
    'hunter2-hunte',
    '交易密钥一二三',
    '~~~???>>>~~~',
    '8-chars!',
  ])('hides the base64 of %s, alone and at any place in a longer one', (value) => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const alone = Buffer.from(value).toString(alphabet)
      expect(redacted(`A=${value}`, `is ${alone}!\n`).replace(/=*!/, '!')).toBe('is ***!\n')
      for (const before of ['', 'x', 'xy', 'xyz']) {
        const text = redacted(`A=${value}`, `${Buffer.from(`${before}${value}z`).toString(alphabet)}\n`)
        expect(text).toContain('***')
        expect(Buffer.from(text.split('***').join(''), alphabet).length).toBeLessThan(7)
      }
    }
  })

  it('hides the base64 of a short value that sounds secret', () => {
    expect(redacted('API_KEY=abcd', 'is YWJjZA==!\n')).toBe('is ***==!\n')
  })

  it('hides base64 in a long line, soon', () => {
    const noise = '"a":"b\\\\n", '.repeat(300_000)
    const secret = Buffer.from('xhunter2-hunter2x').toString('base64')
    expect(redacted('A=hunter2-hunter2', `${noise}${secret}${noise}\n`)).not.toContain(secret.slice(4, -4))
  })

  it.each([
    ['as it is', 'hunter2 #hunter2'],
    ['with escapes', 'hunter2 \\u0023hunter2'],
    ['escaped over and over', `hunter2 ${'\\'.repeat(64)}#hunter2`],
  ])('hides what a line of 10 MB consists of, in a time that grows with its length: %s', (_, written) => {
    const times = Math.floor(10_000_000 / (written.length + 1))
    const line = `${written},`.repeat(times)
    expect(redacted("A='hunter2 #hunter2'", `${line}\nthe next\n`)).toBe(
      `${'***,'.repeat(times)}\nthe next\n`,
    )
  })

  it('hides a value at any place of a long line', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'hunter2 #hunter2',
        'hunter2 \\u0023hunter2',
        'hunter2 %23hunter2',
        'hunter2',
        '#',
        ' ',
      ),
      fc.nat(3000).map((length) => '.'.repeat(length)),
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 20, maxLength: 60 }), (parts) => {
        const line = parts.join('')
        const wanted = line.replace(/hunter2 (?:#|\\u0023|%23)hunter2/gu, '***')
        expect(redacted("A='hunter2 #hunter2'", `${line}\n`)).toBe(`${wanted}\n`)
      }),
      {
        numRuns: 30,
        // Two forms of the value that overlap.
        examples: [[['hunter2 %23hunter2', ' ', '#', 'hunter2 #hunter2']]],
      },
    )
  })

  it('hides base64 in a word that was harmless a line before', () => {
    const line = Buffer.from('xhunter2-hunter2x').toString('base64')
    expect(redacted('A=hunter2-hunter2', `${line.slice(0, 12)}\n${line}\n${line}\n`)).not.toContain(
      line.slice(4, -4),
    )
  })

  it('hides the lines of a value of several lines', () => {
    const key =
      'A="-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWeJCrze8S\n-----END KEY-----"\nB=other-secret-value\n'
    expect(redacted(key, 'x MIIEowIBAAKCAQEA y\nq83vEjRWeJCrze8S\nother-secret-value\n')).toBe(
      'x *** y\n***\n***\n',
    )
    expect(
      redacted('A="first-line-of-it\\nsecond-line-of-it"', 'second-line-of-it\nfirst-line-of-it\n'),
    ).toBe('***\n***\n')
  })

  it('hides what follows an escaped quote in a value of several lines', () => {
    const environmentText = 'A="first line\nsecond \\"line\\" here\nthird-line-of-it"\nB=another-secret\n'
    expect(redacted(environmentText, 'third-line-of-it\nanother-secret\n')).toBe('***\n***\n')
  })

  it('knows the values of all env files in play', () => {
    expect(redacted('A=value-before', 'value-before value-after\n', 'A=value-after')).toBe('*** ***\n')
  })

  it('hides the longer of two values first', () => {
    expect(redacted('A=abcdefgh\nB=abcdefghijkl', 'abcdefghijkl abcdefgh\n')).toBe('*** ***\n')
    expect(redacted('B=abcdefghijkl\nA=abcdefgh', 'abcdefghijkl abcdefgh\n')).toBe('*** ***\n')
  })

  it('leaves no whole value where two overlap', () => {
    const text = redacted('A=abcdefghij\nB=ghijklmnopqr', 'abcdefghijklmnopqr\n')
    expect(text).not.toContain('abcdefghij')
    expect(text).not.toContain('ghijklmnopqr')
  })

  it.each([
    ['colours', 'hunter2-\u001b[1;36mhunter2\u001b[0m'],
    ['colours, in one character', 'hunter2-\u009b1;36mhunter2\u009b0m'],
    ['a link', 'hunter2-\u001b]8;;https://a.example\u001b\\hunter2\u001b]8;;\u0007'],
    ['a title with a secret in it', '\u001b]0;hunter2-hunter2\u0007hunter2-hunter2'],
    ['a choice of characters', 'hunter2-\u001b(Bhunter2'],
    ['an escape that is cut off', 'hunter2-\u001bhunter2\u001b'.replace('\u001bh', '\u001b\u001b[mh')],
    ['a zero-width space', 'hunter2-\u200bhunter2'],
    ['a soft hyphen', 'hunter2\u00ad-hunter2'],
    ['a change of direction', '\u202ehunter2-\u2066hunter2\u2069\u061c'],
    ['a byte order mark', 'hunter2-\ufeffhunter2'],
    ['a backspace', 'hunter2-\bhunter2'],
    ['other controls', 'h\u0001u\u0007n\u000bt\u000ce\u007fr\u00802-hunter2'],
  ])('hides a value that %s run through', (_, shown) => {
    expect(redacted('A=hunter2-hunter2', `is ${shown}!\n`)).toBe('is ***!\n')
  })

  it('hides a value that has such characters itself', () => {
    const value = 'hunter2-\u200bhun\u001b[1mter2\u0001'
    expect(redacted(`A=${value}`, `is ${value}!\n`)).toBe('is ***!\n')
    expect(redacted(`A=${value}`, `is ${printable(value)}!\n`)).toBe('is ***!\n')
  })

  it('leaves nothing that is taken away later, however it came about', () => {
    const part = fc.constantFrom(
      ...['\u001b', '\u001b[', '1m', '\u001b]', '\u001b\\', '\u0007', '\n', 'hunter2', '-', ';'],
      ...['\u200b', '\u00ad', '\u009b', '\b', '密', '\u001b[0m'],
    )
    const bytes = fc
      .constantFrom('c2', 'ad', 'e2', '80', '8b', '9b', '1b5b6d')
      .map((hex) => Buffer.from(hex, 'hex'))
    fc.assert(
      fc.property(fc.array(fc.oneof(part, bytes), { maxLength: 40 }), (parts) => {
        const text = redacted('A=hunter2-hunter2', Buffer.concat(parts.map((one) => Buffer.from(one))))
        expect(printable(text)).toBe(text)
        expect(text).not.toContain('hunter2-hunter2')
      }),
      { numRuns: 80 },
    )
  })

  it('takes escapes and invisible characters out of 3 MB soon', () => {
    for (const unseen of ['\u001b[1m', '\u200b', '\u001b]0;t\u001b\\', '\u001b[1m\n', '\u001b\\']) {
      const times = Math.floor(3_000_000 / (40 + Buffer.byteLength(unseen)))
      const text = redacted('A=hunter2-hunter2', `${'x'.repeat(40)}${unseen}`.repeat(times))
      expect(text.replaceAll('\n', '') === 'x'.repeat(40 * times)).toBe(true)
    }
  })

  it('hides a value that NUL bytes run through', () => {
    expect(redacted('A=hunter2-hunter2', Buffer.from('is hunter2\0-hunter2\0!\n'))).toBe('is ***!\n')
  })

  it.each([
    ['image references', 'AI_TRADE_IMAGE=registry.example/app:1', 'pulling registry.example/app:1'],
    ['paths of the project', 'A=/opt/ai-trade/data/x', 'wrote /opt/ai-trade/data/x'],
    ['short plain values', 'STAGE=S3\nMODE=verbose', 'stage S3, verbose'],
    ['numbers and truth values', 'PORT=8080\nLIMIT=-1.5\nPASS_ON=true', '8080 -1.5 true'],
    ['comments', '# A=not-a-value-here', 'not-a-value-here'],
    ['Chinese text', 'A=hunter2-hunter2', 'RUNTIME_STATUS 条数不足: 0 < 10；未检测到 Gate 窗口判定'],
    ['bytes that are no UTF-8 text', 'A=hunter2-hunter2', 'a\u{FFFD}b'],
  ])('leaves as they are: %s', (_, environmentText, text) => {
    expect(redacted(environmentText, `${text}\n`)).toBe(`${text}\n`)
  })

  it('keeps every line apart, with its prefix', () => {
    const { stdout } = bench.run(shell, `printf 'a\\n\\nb' | redact 'text\\t'`)
    expect(stdout).toBe('text\ta\ntext\t\ntext\tb\n')
  })

  it('lets no value of 8 characters or more through, however it is written', () => {
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 1, maxLength: 5 }), filler, (values, noise) => {
        const environmentText = values.map(({ line }, index) => `MY_VALUE_${index}=${line}\n`).join('')
        const shown = values.flatMap(({ value }) => [
          ...[value, jsonText(value), jsonText(value).replaceAll(/[<>&]|[^\0-\x7f]/g, unicodeEscape)],
          Buffer.from(value).toString('base64').replace(/=+$/, ''),
        ])
        const text = redacted(environmentText, shown.map((one) => `${noise}${one}${noise}\n`).join(''))
        for (const one of shown) expect(text).not.toContain(one)
      }),
      { numRuns: 80 },
    )
  })
})

const filler = fc.string({ unit: fc.constantFrom(...'ab中 :={}'), maxLength: 4 })
const visible = fc.string({
  unit: fc.constantFrom(...'abcABC123-_.:/+=,;!?()[]{}<>|&%@^~#中文'),
  minLength: 8,
  maxLength: 24,
})
/** A value, and the ways to write it. A star could join the redactor's own stars to a value. */
const secrets = fc.oneof(
  // A comment or a quote cannot start an unquoted value.
  visible.filter((value) => !/^[#\d.+-]/.test(value)).map((value) => ({ value, line: value })),
  fc.tuple(visible, visible).map(([first, second]) => {
    const value = `${first} "${second}\\$`
    return { value, line: `'${value}'` }
  }),
  fc.tuple(visible, visible).map(([first, second]) => ({
    value: `${first}"$ \\${second}`,
    line: `"${first}\\"\\$ \\\\${second}" # a comment`,
  })),
)

function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
