import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type ActionRun, type Cancellation, runAction } from '../../support/runner/run-action.ts'

const runs: ActionRun[] = []
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cancelled-'))
  await writeFile(join(directory, 'action.yml'), 'runs: {using: node24, main: main.cjs}\n')
})

afterEach(() => Promise.all(runs.splice(0).map((run) => run.dispose())))
afterAll(() => rm(directory, { recursive: true }))

const HANGS = `setInterval(() => {}, 1000); console.log('ready');`
const ready = (line: string) => line === 'ready'

async function cancelled(program: string, cancel: Cancellation): Promise<ActionRun> {
  await writeFile(join(directory, 'main.cjs'), program)
  const run = await runAction({ inputs: {}, actionDirectory: directory, timeoutSeconds: 30, cancel })
  runs.push(run)
  return run
}

describe('a cancelled step', () => {
  it('gets SIGINT at its moment, and may end as it likes', async () => {
    const run = await cancelled(
      `process.on('SIGINT', () => { console.log('putting things away'); process.exit(0) }); ${HANGS}`,
      { how: 'cancel', when: ready },
    )
    expect(run).toMatchObject({
      log: 'ready\nputting things away\n',
      exitCode: 0,
      conclusion: 'cancelled',
      cancelled: { kind: 'sent', signals: ['SIGINT'] },
    })
  })

  it('gets SIGTERM and SIGKILL where it does not end', async () => {
    const run = await cancelled(
      `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log(signal)); ${HANGS}`,
      { how: 'cancel', when: ready },
    )
    expect(run).toMatchObject({
      log: 'ready\nSIGINT\nSIGTERM\n',
      ended: { how: 'signalled', signal: 'SIGKILL' },
      conclusion: 'cancelled',
      cancelled: { kind: 'sent', signals: ['SIGINT', 'SIGTERM', 'SIGKILL'] },
    })
    const took = run.cancelled.kind === 'sent' ? run.cancelled.endedAfterMilliseconds : 0
    expect(took).toBeGreaterThanOrEqual(9_900)
  })

  it('is killed at once where that is wanted', async () => {
    const run = await cancelled(`process.on('SIGINT', () => {}); ${HANGS}`, { how: 'kill', when: ready })
    expect(run).toMatchObject({
      exitCode: 137,
      conclusion: 'cancelled',
      cancelled: { kind: 'sent', signals: ['SIGKILL'] },
    })
  })

  it('alone is signalled, not its children', async () => {
    const pidFile = join(directory, 'pid')
    await cancelled(
      `const child = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' })
      require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); ${HANGS}`,
      { how: 'cancel', when: ready },
    )
    const child = Number(await readFile(pidFile, 'utf8'))
    // Throws if there is no such process.
    process.kill(child, 'SIGKILL')
  })

  it('has its command files read, and a half-written one fails it', async () => {
    const append = (text: string) =>
      `require('node:fs').appendFileSync(process.env.GITHUB_STATE, ${JSON.stringify(text)}); ${HANGS}`
    expect(await cancelled(append('transaction=t\n'), { how: 'kill', when: ready })).toMatchObject({
      conclusion: 'cancelled',
      state: { transaction: 't' },
    })
    expect(await cancelled(append('transaction<<D\nt'), { how: 'kill', when: ready })).toMatchObject({
      conclusion: 'failure',
      state: {},
      runnerErrors: [expect.stringContaining('matching delimiter not found')],
    })
  })

  it('is not cancelled if it ends first', async () => {
    expect(await cancelled(`console.log('done')`, { how: 'cancel', when: ready })).toMatchObject({
      conclusion: 'success',
      cancelled: { kind: 'too_late' },
    })
  })

  it('may wait for anything: a promise', async () => {
    const later = Promise.withResolvers<void>()
    setTimeout(() => later.resolve(), 500)
    expect(await cancelled(HANGS, { how: 'cancel', when: later.promise })).toMatchObject({
      ended: { how: 'signalled', signal: 'SIGINT' },
      cancelled: { kind: 'sent' },
    })
  })

  it('is ended, and the run given up, if its moment fails to come about', async () => {
    const failing = Promise.reject(new Error('the host never got there'))
    await expect(cancelled(HANGS, { how: 'cancel', when: failing })).rejects.toThrow('never got there')
    const throwing = () => {
      throw new Error('no such line')
    }
    await expect(cancelled(HANGS, { how: 'cancel', when: throwing })).rejects.toThrow('no such line')
  })
})
