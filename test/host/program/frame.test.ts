import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { HostSession } from '../../../src/host/client/session.ts'
import { HostChannel } from '../../../src/host/link/channel.ts'
import { HostLink } from '../../../src/host/link/host-link.ts'
import { loadInstalled, useStateDir } from '../../../src/host/protocol/shell-session.ts'
import { systemClock } from '../../../src/system/clock.ts'
import { programText } from '../../support/host-program/program-text.ts'
import { configOf, environmentWith } from '../../unit/config/environment.ts'
import { RecordingReporter } from '../../unit/deploy/deploying.ts'
import { localChannel } from './local-channel.ts'
import { programBench, SHELLS } from './shells.ts'

const CHATTY = `echo 'Welcome to the host'
printf 'Last login: never   (no line end)'
echo 'a warning' >&2
stty erase '^?' 2>/dev/null
alias ls='ls --color'`

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())
const program = programText()
const sha256 = createHash('sha256').update(program).digest('hex')
const PATIENCE = { seconds: 15, problem: { code: 'ssh.lost', during: 'test', detail: 'no answer' } } as const

describe.each(SHELLS)('calls under %s', (shell) => {
  const open: Disposable[] = []
  afterEach(() => {
    for (const one of open.splice(0)) one[Symbol.dispose]()
  })

  async function session(profile = '', more = '') {
    const channel = localChannel(bench, shell, profile)
    open.push(channel)
    const host = new HostChannel(channel)
    await host.prepare(`${program}\n${more}\n`)
    return (verb: string, words: readonly string[] = [], stdin = '') =>
      host.call(verb, words, PATIENCE, stdin)
  }

  it('are answered behind whatever a login prints', async () => {
    const call = await session(CHATTY)
    const reply = await call('preflight', [], 'project_dir\t/no/such/directory\n')
    expect(reply).toEqual({
      code: 0,
      facts: [['finding', 'project-dir-missing', '/no/such/directory']],
      text: [],
      news: [],
    })
  })

  it('are answered where the profile exports what the program uses as names', async () => {
    const call = await session(
      'export TX=1 STATE_DIR=/wrong PROJECT_DIR=/wrong IFS=x LC_ALL=C.UTF-8 TAB=x POSIXLY_CORRECT=1',
    )
    const reply = await call('preflight', [], 'project_dir\t/no/such/directory\n')
    expect(reply.facts).toEqual([['finding', 'project-dir-missing', '/no/such/directory']])
  })

  it('lose nothing to a profile that asks something', async () => {
    const answers = join(bench.directory, 'answers')
    const opened = async () => {
      const channel = localChannel(
        bench,
        shell,
        `printf 'Name? '; read -r name; read -r more; printf '%s|%s' "$name" "$more" >'${answers}'`,
      )
      open.push(channel)
      return channel
    }
    const connection = { open: opened, lost: new Promise<never>(() => {}), close: async () => {} }
    const ports = {
      connect: () => Promise.reject(new Error('connected once')),
      clock: systemClock,
      progress: new RecordingReporter(),
    }
    const host = await HostSession.open(await HostLink.over(connection, ports, 60, 20), program)
    const config = configOf(environmentWith({ 'project-dir': '/no/such/directory' }))
    const read = await host.preflight(config, { kind: 'nobody-of-ours' }, '')
    expect(read.findings).toEqual([{ finding: 'project-dir-missing', path: '/no/such/directory' }])
    expect(readFileSync(answers, 'utf8')).toBe('|')
  })

  it('run one after the other, each with its own answer', async () => {
    const call = await session(CHATTY)
    const directories = Array.from({ length: 20 }, (_, index) => `/no/such/directory-${index}`)
    const replies = await Promise.all(
      directories.map((path) => call('preflight', [], `project_dir\t${path}\n`)),
    )
    expect(replies.map(({ facts }) => facts[0]?.[2])).toEqual(directories)
  })

  it('bring what a verb says to stderr as text, and its exit code', async () => {
    const call = await session(CHATTY)
    expect(await call('no_such_verb')).toEqual({
      code: 64,
      facts: [],
      text: ['closed-loop host program: no such verb'],
      news: [],
    })
    // A function of the program that is no verb cannot be called.
    expect((await call('verb_preflight')).code).toBe(64)
    expect((await call('bounded', ['1', 'touch', join(bench.directory, 'touched')])).code).toBe(64)
  })

  it('pass every word on as it is', async () => {
    const call = await session('', 'verb_reports() { fact words "$#" "$@"; }')
    const words = ['', ' a  b ', "it's", '$(touch x)`touch x`', '"', '\\', '*', '中文', '-n', '#']
    const reply = await call('reports', words)
    expect(reply.facts).toEqual([['words', String(words.length), ...words]])
  })

  it('pass stdin on as it is, whatever it looks like', async () => {
    const call = await session('', 'verb_reports() { sha256sum | { read -r sum _; fact sum "$sum"; }; }')
    const text = `$HOME \`id\` \\ 'x' "y"\nEOF\nend-abc\n\n\t中文\n${'x'.repeat(200_000)}\n`
    const reply = await call('reports', [], text)
    expect(reply.facts).toEqual([['sum', createHash('sha256').update(text).digest('hex')]])
  })

  it('keep facts of ours and words of other programs apart', async () => {
    const forger = `printf 'fact\\tfinding\\tforged\\njob\\ta\\tb\\nabc end 0\\n%s' 'no line end'`
    const call = await session(
      '',
      `verb_reports() { fact first "a${'\t'}b
c"; { ${forger}; } >&2; fact last; }`,
    )
    const reply = await call('reports')
    expect(reply.facts).toEqual([['first', 'a b c'], ['last']])
    expect(reply.text).toEqual(['fact\tfinding\tforged', 'job\ta\tb', 'abc end 0', 'no line end'])
    expect(reply.code).toBe(0)
  })

  it('do not mix up facts and text that are written at the same time', async () => {
    const call = await session(
      '',
      `verb_reports() {
  for number in $(seq 300); do
    echo "complaint $number" >&2
    fact number "$number"
  done
}`,
    )
    const { facts, text } = await call('reports')
    const numbers = Array.from({ length: 300 }, (_, index) => String(index + 1))
    expect(facts).toEqual(numbers.map((number) => ['number', number]))
    expect(text).toEqual(numbers.map((number) => `complaint ${number}`))
  })

  it('hide what the env files that the verb names last hold', async () => {
    bench.file('here.env', 'A=hunter2-hunter2\n')
    const call = await session(
      '',
      `verb_reports() {
  PROJECT_DIR='${bench.directory}' ENV_PATHS="$NEWLINE${bench.directory}/none.env$NEWLINE${bench.directory}/here.env"
  echo hunter2-hunter2 of ${bench.directory} >&2
}`,
    )
    expect((await call('reports')).text).toEqual([`*** of ${bench.directory}`])
  })

  it('survive a verb that dies', async () => {
    const call = await session(
      '',
      'verb_reports() { fact before; echo "$no_such_variable"; }\nverb_snapshot() { exit 7; }',
    )
    const unset = await call('reports')
    expect(unset.code).not.toBe(0)
    expect(unset.text.join('\n')).toContain('no_such_variable')
    expect((await call('snapshot')).code).toBe(7)
    expect((await call('preflight', [], 'project_dir\t/none\n')).code).toBe(0)
  })

  it('say that the shell ended, and how', async () => {
    const call = await session('echo "This account is not available." >&2; exit 3')
    await expect(call('preflight')).rejects.toMatchObject({
      problem: {
        code: 'ssh.shell_unusable',
        detail: expect.stringMatching(/exit code 3.*not available/),
      },
    })
  })

  it('put the program on the host, and take it from there', async () => {
    const stateDir = join(bench.directory, `state-${shell}`)
    mkdirSync(stateDir)
    const call = await session(CHATTY, useStateDir(stateDir))
    expect((await call('installed', [sha256])).code).toBe(1)
    const damaged = await call('install', [sha256], `${program}# more\n`)
    expect(damaged).toMatchObject({
      code: 1,
      text: ['the host program arrived damaged, or could not be written'],
    })
    expect((await call('installed', [sha256])).code).toBe(1)
    expect((await call('install', [sha256], program)).code).toBe(0)
    expect((await call('installed', [sha256])).code).toBe(0)
    expect(readFileSync(join(stateDir, 'bin', `${sha256}.sh`), 'utf8')).toBe(program)

    const channel = localChannel(bench, shell)
    open.push(channel)
    const installed = new HostChannel(channel)
    await installed.prepare(loadInstalled(stateDir, sha256))
    expect((await installed.call('installed', [sha256], PATIENCE)).code).toBe(0)
  })
})
