import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { HostChannel } from '../../../src/host/link/channel.ts'
import { JobRecord } from '../../../src/host/link/job-run.ts'
import { JobFollower } from '../../../src/host/link/jobs.ts'
import { loadInstalled, useStateDir } from '../../../src/host/protocol/shell-session.ts'
import { programText } from '../../support/host-program/program-text.ts'
import { holdLock } from './held-lock.ts'
import { localChannel } from './local-channel.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
const program = programText()
const sha256 = createHash('sha256').update(program).digest('hex')
const PATIENCE = { seconds: 60, problem: { code: 'ssh.lost', during: 'test', detail: 'no answer' } } as const
const ID = 'abc123'
const open: Disposable[] = []
let directories = 0

afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]()
})
afterAll(() => bench[Symbol.dispose]())

/**
 * A project whose runner is the given shell script, and a transaction in it. The runner is what these jobs
 * run, since it needs no Docker; it finds its own words in `$@` and writes to the directory `$WORK`.
 */
async function transaction(shell: ShellName, runner: string, environmentText: string | Buffer = 'A=1\n') {
  directories += 1
  const projectDir = join(bench.directory, `project ${directories}`)
  mkdirSync(join(projectDir, 'tools'), { recursive: true })
  mkdirSync(join(projectDir, '.closed-loop'))
  writeFileSync(join(projectDir, '.env.runtime'), environmentText)
  writeFileSync(
    join(projectDir, 'tools', 'closed_loop_runner.sh'),
    `#!/bin/sh\nWORK='${projectDir}'\n${runner}\n`,
    {
      mode: 0o755,
    },
  )
  const stateDir = join(projectDir, '.closed-loop')
  const first = localChannel(bench, shell)
  open.push(first)
  const channel = new HostChannel(first)
  await channel.prepare(`${program}\n${useStateDir(stateDir)}`)
  const call = (verb: string, words: readonly string[] = [], stdin = '') =>
    channel.call(verb, words, PATIENCE, stdin)
  const plan = `project_dir\t${projectDir}\ncompose_file\tcompose.yml\nenv_file\t.env.runtime\nproject_name\tp\n`
  expect((await call('install', [sha256], program)).code).toBe(0)
  holdLock(stateDir, ID)
  expect((await call('begin', [ID, sha256, '3600'], plan)).code).toBe(0)
  // An assessment may only start while the release is in.
  writeFileSync(join(stateDir, 'transactions', ID, 'state'), 'applied\n')

  const second = localChannel(bench, shell)
  open.push(second)
  const following = new HostChannel(second)
  await following.prepare(loadInstalled(stateDir, sha256))
  const follower = new JobFollower(following, ID, 60)
  return {
    call,
    projectDir,
    path: (name: string) => join(projectDir, name),
    jobDir: (job: string) => join(stateDir, 'transactions', ID, 'jobs', job),
    /** Starts the runner as a job and follows it; `lines` grows as it is heard. */
    start: async (job = 'assess', stdin = '') => {
      const lines: string[] = []
      const record = new JobRecord({ text: (line) => lines.push(line) })
      const ended = follower.follow(job, record)
      const started = await call(
        'start_job',
        [ID, job, 'assess', 'assess', 'S3', '30m', '10', join(projectDir, 'reports')],
        stdin,
      )
      return { started, ended, lines, record }
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Whether a process whose number a script wrote to a file still runs (a zombie does not). */
function runs(file: string): boolean {
  const number = readFileSync(file, 'utf8').trim()
  expect(number).toMatch(/^\d+$/)
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', number], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

describe.each(SHELLS)('jobs under %s', (shell) => {
  it('are heard line by line, in order, and end with their code', async () => {
    const { start } = await transaction(shell, 'echo one; echo two >&2; echo 中文; exit 3')
    const { started, ended, lines, record } = await start()
    expect(started).toEqual({ code: 0, facts: [], text: [], news: [] })
    expect(await ended).toBe(0)
    expect(lines).toEqual(['one', 'two', '中文'])
    expect(record.facts.map(([name]) => name)).toEqual(['runner_exit'])
    expect(record.facts.at(-1)).toEqual(['runner_exit', '3'])
  })

  it('are heard while they run', async () => {
    const { start, path } = await transaction(
      shell,
      'echo first; until [ -e "$WORK/go" ]; do sleep 0.1; done; echo last',
    )
    const { ended, lines } = await start()
    await until(() => lines.length > 0)
    expect(lines).toEqual(['first'])
    writeFileSync(path('go'), '')
    expect(await ended).toBe(0)
    expect(lines).toEqual(['first', 'last'])
  })

  it('are heard to the last byte where the last line has no end', async () => {
    const { start } = await transaction(shell, `printf 'whole\\nhalf'`)
    const { ended, lines } = await start()
    await ended
    expect(lines).toEqual(['whole', 'half'])
  })

  it('are heard from where the last call stopped, nothing twice and nothing left out', async () => {
    const count = 9000
    const { start } = await transaction(
      shell,
      `awk 'BEGIN { for (i = 1; i <= ${count}; i++) print "line", i, "${'x'.repeat(90)}" }'`,
    )
    const { ended, lines } = await start()
    await ended
    expect(lines.length).toBe(count)
    expect(lines.map((line) => Number(line.split(' ')[1]))).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    )
  })

  it('may print a line that is too long to hand on: it is left out, and said so', async () => {
    const { start } = await transaction(
      shell,
      `echo before; head -c 300000 /dev/zero | tr '\\0' x; echo; head -c 200000 /dev/zero | tr '\\0' y; echo; echo after`,
    )
    const { ended, lines } = await start()
    await ended
    expect(lines.map((line) => (line.length > 100 ? `${line[0]} ${line.length}` : line))).toEqual([
      'before',
      '(a line of 300001 bytes was left out)',
      'y 200000',
      'after',
    ])
  })

  it('are redacted by what the env file holds', async () => {
    const { start } = await transaction(shell, 'echo "key is hunter2-hunter2"', 'API_KEY=hunter2-hunter2\n')
    const { ended, lines } = await start()
    await ended
    expect(lines).toEqual(['key is ***'])
  })

  it('are redacted where the env file is no UTF-8', async () => {
    const { start } = await transaction(
      shell,
      `printf 'key is hunter\\376hunter\\n'`,
      Buffer.from('API_KEY=hunter\xfehunter\n', 'latin1'),
    )
    const { ended, lines } = await start()
    await ended
    expect(lines).toEqual(['key is ***'])
  })

  it('cannot pass their words for facts', async () => {
    const { start } = await transaction(
      shell,
      `printf 'fact\\trunner_exit\\t0\\nended\\tassess\\t0\\n'; exit 1`,
    )
    const { ended, record, lines } = await start()
    await ended
    expect(lines).toEqual(['fact\trunner_exit\t0', 'ended\tassess\t0'])
    expect(record.facts.filter(([name]) => name === 'runner_exit')).toEqual([['runner_exit', '1']])
  })

  it('are started once', async () => {
    const { start, call, path } = await transaction(shell, 'echo x >>"$WORK/count"')
    await (await start()).ended
    const again = await call('start_job', [
      ID,
      'assess',
      'assess@again',
      'assess',
      'S3',
      '30m',
      '10',
      '/none',
    ])
    expect(again).toMatchObject({ code: 65, text: [`job assess of transaction ${ID} was started before`] })
    expect((await call('start_job', [ID, 'other', 'rm'])).code).toBe(64)
    expect(readFileSync(path('count'), 'utf8')).toBe('x\n')
  })

  it('outlive the channel that started them', async () => {
    const { start, path } = await transaction(
      shell,
      'until [ -e "$WORK/go" ]; do sleep 0.1; done; echo done; echo done >"$WORK/done"',
    )
    const { ended } = await start()
    ended.catch(() => undefined)
    for (const one of open.splice(0)) one[Symbol.dispose]()
    writeFileSync(path('go'), '')
    await until(() => existsSync(path('done')))
    expect(readFileSync(path('done'), 'utf8')).toBe('done\n')
  })

  it('that die by SIGKILL are reported as ended', async () => {
    const { start, jobDir } = await transaction(shell, 'echo alive; sleep 60')
    const { ended, lines } = await start()
    await until(() => lines.includes('alive'))
    const [leader = ''] = readFileSync(join(jobDir('assess'), 'pid'), 'utf8').split(' ')
    spawnSync('pkill', ['-KILL', '-s', leader])
    expect(await ended).toBe(137)
  })

  it('are stopped with everything they started', async () => {
    const { start, call, path } = await transaction(
      shell,
      `timeout 60 sh -c 'echo $$ >"$0/grouped"; sleep 60' "$WORK" &
sh -c 'trap "" TERM; echo $$ >"$0/stubborn"; while :; do sleep 1; done' "$WORK" &
echo up; wait`,
    )
    const { ended, lines } = await start()
    await until(() => lines.includes('up') && existsSync(path('grouped')) && existsSync(path('stubborn')))
    expect((await call('stop_job', [ID, 'assess'])).code).toBe(0)
    expect(runs(path('grouped'))).toBe(false)
    expect(runs(path('stubborn'))).toBe(false)
    expect(await ended).not.toBe(0)
    // Once more is harmless.
    expect((await call('stop_job', [ID, 'assess'])).code).toBe(0)
  })

  it('are stopped also where only the process that leads them was killed', async () => {
    const { start, call, path, jobDir } = await transaction(
      shell,
      'echo $$ >"$WORK/runner"; echo up; sleep 60; :',
    )
    const { ended, lines } = await start()
    await until(() => lines.includes('up'))
    const [leader = ''] = readFileSync(join(jobDir('assess'), 'pid'), 'utf8').split(' ')
    process.kill(Number(leader), 'SIGKILL')
    expect(await ended).toBe(137)
    await call('stop_job', [ID, 'assess'])
    expect(runs(path('runner'))).toBe(false)
  })

  it('can trap TERM and clean up before they end', async () => {
    const { start, call, path } = await transaction(
      shell,
      `trap 'echo cleaned >"$WORK/cleaned"; exit 1' TERM; echo up; while :; do sleep 0.1; done`,
    )
    const { ended, lines } = await start()
    await until(() => lines.includes('up'))
    await call('stop_job', [ID, 'assess'])
    await ended
    expect(readFileSync(path('cleaned'), 'utf8')).toBe('cleaned\n')
  })
})
