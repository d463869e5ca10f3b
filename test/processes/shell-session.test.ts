import { execFileSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { call, loadInstalled, sessionCommand, useStateDir } from '../../src/host/protocol/shell-session.ts'

const NONCE = '0123456789abcdef01234567'

describe('sessionCommand', () => {
  it('starts a shell that reads commands, in an environment of its own', () => {
    const kept = [
      'DOCKER_HOST',
      'DOCKER_CONTEXT',
      'XDG_RUNTIME_DIR',
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'NO_PROXY',
      'http_proxy',
      'https_proxy',
      'no_proxy',
    ]
    expect(sessionCommand()).toBe(
      "exec sh -c 'exec env -i CLOSED_LOOP_CLEAN=yes CLOSED_LOOP_LIBRARY=yes " +
        `"PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" ` +
        `"HOME=\${HOME-/}" "USER=\${USER-}" LANG=C.UTF-8 ` +
        `${kept.map((name) => `\${${name}:+"${name}=$${name}"}`).join(' ')} sh -s'`,
    )
  })

  const LOGINS: readonly (readonly [string, ...string[]])[] = [['dash'], ['bash'], ['busybox', 'sh']]

  it.each(LOGINS)('hands on nothing that Compose would read, under the login shell %s', (shell, ...words) => {
    const environment = {
      PATH: process.env.PATH,
      HOME: "/home/it's me",
      USER: 'deploy',
      AI_TRADE_IMAGE: 'exported:1',
      COMPOSE_FILE: 'other.yml',
      COMPOSE_PROJECT_NAME: 'other',
      ENV: '/nowhere',
      DOCKER_HOST: 'unix:///run/user/1 000/docker.sock',
      NO_PROXY: '',
      https_proxy: 'http://proxy:3128',
    }
    const output = execFileSync(shell, [...words, '-c', sessionCommand()], {
      env: environment,
      input: 'env -0\n',
    })
    const seen = Object.fromEntries(
      output
        .toString()
        .split('\0')
        .filter((line) => line !== '')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    // What a shell sets by itself.
    for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete seen[name]
    expect(seen).toEqual({
      CLOSED_LOOP_CLEAN: 'yes',
      CLOSED_LOOP_LIBRARY: 'yes',
      PATH: `${environment.PATH}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: environment.HOME,
      USER: 'deploy',
      LANG: 'C.UTF-8',
      DOCKER_HOST: environment.DOCKER_HOST,
      https_proxy: environment.https_proxy,
    })
  })
})

describe('the shell text of a session', () => {
  it('names the state directory and the installed program', () => {
    expect(useStateDir("/opt/it's here")).toBe("STATE_DIR='/opt/it'\\''s here'\n")
    expect(loadInstalled('/opt/ai-trade/.closed-loop', 'ab12')).toBe(
      "STATE_DIR='/opt/ai-trade/.closed-loop'\n. '/opt/ai-trade/.closed-loop/bin/ab12.sh'\n",
    )
  })
})

describe('call', () => {
  it('quotes every word and closes stdin', () => {
    expect(call(NONCE, 'stop_job', ['ab12', "it's"], '')).toBe(
      `reply ${NONCE} stop_job 'ab12' 'it'\\''s' </dev/null\n`,
    )
    expect(call(NONCE, 'preflight', [], '')).toBe(`reply ${NONCE} preflight </dev/null\n`)
  })

  it('has the shell write stdin into a pipe: no secret is an argument, and no shell puts it into a file', () => {
    expect(call(NONCE, 'start_job', ['ab12', 'prefetch'], "to'ken")).toBe(
      `printf '%s' 'to'\\''ken\n' | reply ${NONCE} start_job 'ab12' 'prefetch'\n`,
    )
    expect(call(NONCE, 'begin', [], 'a\nb\n')).toBe(`printf '%s' 'a\nb\n' | reply ${NONCE} begin\n`)
  })

  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      "'",
      '$(exit 9)',
      '`x`',
      '\\',
      'EOF',
      '%s',
      'e\u0323',
      '条',
      `end-${NONCE} `,
      ` end-${NONCE}`,
      '',
      '#',
      '\t',
    ),
  )
  const stdin = fc
    .array(
      line.map((text) => text.replaceAll(/[\0\n]/gu, '')),
      { minLength: 1, maxLength: 20 },
    )
    .map((lines) => lines.join('\n'))
    .filter((text) => text !== '')

  it.each([
    ['dash', []],
    ['busybox', ['sh']],
    ['bash', []],
  ])('delivers words and stdin as they are, to %s', (shell, before) => {
    const word = line.map((text) => text.replaceAll('\0', ''))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), stdin, (words, text) => {
        const script = `reply() { for word in "$@"; do printf '%s\\000' "$word"; done; cat; }\n${call(NONCE, 'verb', words, text)}`
        const output = execFileSync(shell, [...before, '-s'], {
          input: script,
          env: { PATH: process.env.PATH },
        })
        const expected = [NONCE, 'verb', ...words].map((one) => `${one}\0`).join('')
        expect(output.toString()).toBe(`${expected}${text.endsWith('\n') ? text : `${text}\n`}`)
      }),
      { numRuns: 100 },
    )
  })
})
