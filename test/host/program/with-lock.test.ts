import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { programText } from '../../support/host-program/program-text.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
const started: ChildProcess[] = []
let projects = 0

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})
afterAll(() => bench[Symbol.dispose]())

interface Asked {
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** A project directory with `host.sh` in it, and ways to call it as cron or a person would. */
function project(shell: ShellName) {
  projects += 1
  const directory = join(bench.directory, `the project ${projects}`)
  const stateDir = join(directory, '.closed-loop')
  mkdirSync(join(stateDir, 'bin'), { recursive: true })
  // Renewed every two seconds, so that nobody has to wait long for who renews it.
  const text = programText().replace('COMMAND_LEASE_SECONDS=60', 'COMMAND_LEASE_SECONDS=12')
  writeFileSync(join(stateDir, 'bin/abc.sh'), text)
  symlinkSync('bin/abc.sh', join(stateDir, 'host.sh'))
  const program = join(stateDir, 'host.sh')
  const environment = { PATH: bench.path(shell), HOME: directory }
  const locks = () =>
    existsSync(join(stateDir, 'lock')) ? readdirSync(join(stateDir, 'lock')).toSorted() : []
  return {
    directory,
    stateDir,
    locks,
    path: (name: string) => join(directory, name),
    ask: (words: readonly string[], { environment: more = {}, stdin = '' }: Asked = {}) => {
      const { status, stdout, stderr } = spawnSync('sh', [program, ...words], {
        cwd: directory,
        env: { ...environment, ...more },
        input: stdin,
        encoding: 'utf8',
        timeout: 30_000,
      })
      return { code: status, stdout, stderr }
    },
    begin: (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const child = spawn('sh', [program, ...words], { cwd: directory, env: { ...environment, ...more } })
      started.push(child)
      let text = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
      const ended = new Promise<number | string>((resolve) =>
        child.once('close', (code, signal) => resolve(signal ?? code ?? -1)),
      )
      return { child, ended, text: () => text }
    },
    /** Whether anybody has the lock, in the words of `status`. */
    users: () => spawnSync('sh', [program, 'status'], { env: environment, encoding: 'utf8' }).stdout.trim(),
    /** As if every second since the last renewal had been an hour. */
    letLeaseRunOut: () => {
      for (const name of locks()) {
        const file = join(stateDir, 'lock', name)
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^renewed\t.*/, 'renewed\tanother-boot 1 1'))
      }
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(20)
}

function alive(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid.trim()], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

const NOBODY = 'The project is free.'

describe.each(SHELLS)('host.sh with-lock under %s', (shell) => {
  it('ends with the exit code of the command, and gives the lock back', () => {
    const { ask, users, locks } = project(shell)
    expect(ask(['with-lock', 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    expect(ask(['with-lock', 'true'])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(ask(['with-lock', 'no-such-command']).code).toBe(127)
    expect(ask(['with-lock', 'sh', '-c', 'kill -KILL $$']).code).toBe(137)
    expect(users()).toBe(NOBODY)
    expect(locks().filter((name) => !name.includes('.'))).toEqual(['4'])
  })

  it('hands on stdin, arguments, umask and environment as they are, and one variable more', () => {
    const { ask, path } = project(shell)
    const seen = `printf '<%s>' "$@"; umask; cat; env >'${path('env')}'`
    const plain = { STATE_DIR: '/theirs', TAB: "it's\ntheirs", LC_ALL: '', LANG: 'C.UTF-8', EMPTY: '' }
    const words = ['two words', '', "it's", '"$HOME"', '*', '-x']
    const asked = { environment: plain, stdin: 'line\nlast' }
    expect(ask(['with-lock', 'sh', '-c', `umask 027; ${seen}`, 'sh', ...words], asked)).toEqual({
      code: 0,
      stdout: `<two words><><it's><"$HOME"><*><-x>0027\nline\nlast`,
      stderr: '',
    })
    const withoutLock = spawnSync('sh', ['-c', 'umask; env'], {
      cwd: path(''),
      env: { PATH: bench.path(shell), HOME: path('').replace(/\/$/, ''), ...plain },
      encoding: 'utf8',
    }).stdout
    const underLock = ask(['with-lock', 'sh', '-c', 'umask; env'], asked).stdout
    const sorted = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))
        .toSorted()
    expect(sorted(underLock).filter((line) => !/^CLOSED_LOOP_LOCK_TOKEN=[0-9a-f]{16}$/.test(line))).toEqual(
      sorted(withoutLock),
    )
    expect(underLock).toContain('CLOSED_LOOP_LOCK_TOKEN=')
  })

  it('waits for its turn, says for whom, and gets it', async () => {
    const { begin, path, users } = project(shell)
    const first = begin(['with-lock', 'sh', '-c', 'until [ -e go ]; do sleep 0.1; done; echo first >>order'])
    await until(() => users().includes('"sh -c until'))
    const second = begin(['with-lock', '--wait', '60', 'sh', '-c', 'echo second >>order'])
    await until(() =>
      second.text().includes('waiting up to 60 s: the project is in use by the command "sh -c until'),
    )
    writeFileSync(path('go'), '')
    expect(await first.ended).toBe(0)
    expect(await second.ended).toBe(0)
    expect(readFileSync(path('order'), 'utf8')).toBe('first\nsecond\n')
    expect(users()).toBe(NOBODY)
  })

  it('does not run what had no turn, and says who works there', () => {
    const { ask, path } = project(shell)
    expect(ask(['hold', 'moving the disks'])).toMatchObject({ code: 0, stderr: '' })
    const refused = ask(['with-lock', '--wait', '0', 'touch', 'ran'])
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toMatch(/busy, not run: .* a hold of \S+: moving the disks, since \d{4}-/)
    expect(existsSync(path('ran'))).toBe(false)
  })

  it('does not wait for itself, and runs nothing for who no longer has the lock', () => {
    const { ask, users, path } = project(shell)
    expect(
      ask(['with-lock', 'sh', '.closed-loop/host.sh', 'with-lock', 'sh', '-c', 'echo in; exit 4']),
    ).toEqual({
      code: 4,
      stdout: 'in\n',
      stderr: '',
    })
    const late = ask(['with-lock', 'touch', 'ran'], {
      environment: { CLOSED_LOOP_LOCK_TOKEN: '0123456789abcdef' },
    })
    expect(late.code).toBe(75)
    expect(late.stderr).toContain('no longer holds the lock')
    expect(existsSync(path('ran'))).toBe(false)
    expect(users()).toBe(NOBODY)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'hands a %s on, and waits until the command has ended',
    async (signal) => {
      const { begin, path, users } = project(shell)
      const script = `trap 'sleep 0.3; echo cleaned >cleaned; exit 9' TERM; echo $$ >pid; while :; do sleep 0.1; done`
      const { child, ended } = begin(['with-lock', 'sh', '-c', script])
      await until(() => existsSync(path('pid')))
      child.kill(signal)
      expect(await ended).toBe(9)
      expect(readFileSync(path('cleaned'), 'utf8')).toBe('cleaned\n')
      expect(users()).toBe(NOBODY)
    },
  )

  it('keeps the lock for a command that goes on although with-lock was killed, and for a lease after both', async () => {
    const { begin, ask, path, users, letLeaseRunOut, stateDir } = project(shell)
    const { child } = begin(['with-lock', 'sh', '-c', 'echo $$ >pid; until [ -e go ]; do sleep 0.1; done'])
    await until(() => existsSync(path('pid')) && existsSync(join(stateDir, 'lock/1')))
    const killed = once(child, 'exit')
    child.kill('SIGKILL')
    await killed
    const command = readFileSync(path('pid'), 'utf8')
    expect(alive(command)).toBe(true)
    expect(ask(['with-lock', '--wait', '0', 'true']).code).toBe(75)
    const keepers = spawnSync('pgrep', ['-f', `${stateDir}/host.sh`], { encoding: 'utf8' }).stdout.trim()
    expect(keepers).not.toBe('')
    writeFileSync(path('go'), '')
    await until(() => !alive(command))
    // Nobody said that it is done: it may have been killed in the middle of something.
    expect(ask(['with-lock', '--wait', '0', 'true']).code).toBe(75)
    await until(() => spawnSync('pgrep', ['-f', `${stateDir}/host.sh`]).status === 1)
    letLeaseRunOut()
    expect(users()).toBe(NOBODY)
    expect(ask(['with-lock', '--wait', '0', 'true']).code).toBe(0)
  })

  it('leaves nothing of its own running', async () => {
    const { ask, stateDir } = project(shell)
    for (let time = 0; time < 20; time += 1)
      expect(ask(['with-lock', 'true'])).toMatchObject({ code: 0, stderr: '' })
    expect(spawnSync('pgrep', ['-f', `${stateDir}/host.sh`]).status).toBe(1)
  })

  it('is no wait for nobody where the lock cannot be written', () => {
    const { ask, stateDir, path } = project(shell)
    mkdirSync(join(stateDir, 'lock'))
    const broken = spawnSync(
      'sh',
      ['-c', `trap '' XFSZ; ulimit -f 0; exec sh .closed-loop/host.sh with-lock touch ran`],
      { cwd: path(''), env: { PATH: bench.path(shell) }, encoding: 'utf8', timeout: 20_000 },
    )
    expect(broken.status).toBe(1)
    expect(broken.stderr).not.toContain('in use')
    expect(existsSync(path('ran'))).toBe(false)
    expect(ask(['with-lock', 'true']).code).toBe(0)
  })

  it('refuses a call that names no command', () => {
    const { ask } = project(shell)
    for (const words of [[], ['--wait'], ['--wait', 'long', 'true'], ['--wait', '5']])
      expect(ask(['with-lock', ...words])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining('usage:'),
      })
  })
})

describe.each(SHELLS)('a hold under %s', (shell) => {
  it('keeps everybody off until it is released', () => {
    const { ask, users } = project(shell)
    expect(ask(['release'])).toEqual({ code: 0, stdout: 'There is no hold.\n', stderr: '' })
    const held = ask(['hold', 'disk is\tfull'])
    expect(held).toMatchObject({ code: 0, stderr: '' })
    expect(held.stdout).toMatch(/^Held: .* until: sh .*\/the project \d+\/\.closed-loop\/host\.sh release\n$/)
    expect(users()).toMatch(
      /^The project is in use by a hold of \S+: disk is full, since \d{4}-\d\d-\d\dT[\d:]+Z\.$/,
    )
    expect(ask(['hold', 'me too'])).toMatchObject({
      code: 75,
      stderr: expect.stringContaining('disk is full'),
    })
    expect(ask(['release'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Released') })
    expect(users()).toBe(NOBODY)
    expect(ask(['hold'])).toMatchObject({ code: 64 })
  })

  it('is all that release ends', async () => {
    const { ask, begin, users, path } = project(shell)
    const { ended } = begin(['with-lock', 'sh', '-c', 'until [ -e go ]; do sleep 0.1; done'])
    await until(() => users() !== NOBODY)
    expect(ask(['release'])).toMatchObject({ code: 75, stderr: expect.stringContaining('ends by itself') })
    expect(users()).not.toBe(NOBODY)
    writeFileSync(path('go'), '')
    expect(await ended).toBe(0)
  })
})
