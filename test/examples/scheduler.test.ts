/** The scheduler's loop with a runner that is played: it ends with the codes that the test writes down. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { EXAMPLE } from './runner-bench.ts'

/** The n-th call ends with the n-th code; one that is to `wait` lasts until it is told to end. */
const RUNNER = `
printf '%s\\n' "$*" >>"$AI_TRADE_PROJECT_DIR/calls"
code=$(sed -n "$(wc -l <"$AI_TRADE_PROJECT_DIR/calls")p" "$AI_TRADE_PROJECT_DIR/codes")
[ "$code" != wait ] || { trap 'echo runner told to end; exit 1' TERM; echo runner waits; while :; do sleep 0.1; done; }
exit "\${code:-0}"
`

describe.each([[['dash']], ...casesOf('ci', [[['busybox', 'sh']]])])('the scheduler under %j', (shell) => {
  let project = ''
  let scheduler: ChildProcess | undefined
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'ai-trade-scheduler-'))
    mkdirSync(join(project, 'tools'))
    writeFileSync(join(project, 'tools/closed_loop_runner.sh'), RUNNER)
  })
  afterEach(async () => {
    // With what it waits for.
    const { pid } = scheduler ?? {}
    if (scheduler?.exitCode === null && pid !== undefined && process.kill(-pid, 'SIGKILL'))
      await once(scheduler, 'exit')
    rmSync(project, { recursive: true })
  })

  /** Its lines, without their times, as they come. */
  function started(codes: readonly string[], settings: Readonly<Record<string, string>>) {
    writeFileSync(join(project, 'codes'), codes.map((code) => `${code}\n`).join(''))
    const [command = '', ...args] = shell
    const child = spawn(command, [...args, join(EXAMPLE, 'ops/scheduler.sh')], {
      env: { PATH: process.env.PATH, AI_TRADE_PROJECT_DIR: project, ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    scheduler = child
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return {
      child,
      lines: async (count: number) => {
        const read: string[] = []
        while (read.length < count) {
          const { value, done } = await lines.next()
          if (done) break
          read.push(String(value).replace(/^\S+ (?=\[Scheduler\])/, ''))
        }
        return read
      },
    }
  }

  it('runs `full` after its delay, and again and again, whatever a run ends with', async () => {
    const settings = { AI_TRADE_SCHEDULER_DELAY_SECONDS: '0', AI_TRADE_SCHEDULER_INTERVAL_SECONDS: '1' }
    const { lines } = started(['0', '1', '137', '75', '0'], settings)
    expect(await lines(12)).toEqual([
      '[Scheduler] closed loop full every 1s, first run in 0s',
      ...['[Scheduler] closed loop full started', '[Scheduler] closed loop full ended: exit 0'],
      ...['[Scheduler] closed loop full started', '[Scheduler] closed loop full ended: exit 1'],
      ...['[Scheduler] closed loop full started', '[Scheduler] closed loop full ended: exit 137'],
      ...['[Scheduler] closed loop full started', '[Scheduler] closed loop full ended: exit 75'],
      '[Scheduler] somebody else worked on the project all the time: next try in 1s',
      ...['[Scheduler] closed loop full started', '[Scheduler] closed loop full ended: exit 0'],
    ])
    const [call] = readFileSync(join(project, 'calls'), 'utf8').split('\n')
    expect(call).toBe(
      `full --compose-file ${project}/docker-compose.prod.yml --env-file ${project}/.env.runtime`,
    )
  })

  it('ends at once when it is told to, and its run with it', async () => {
    const waiting = started([], { AI_TRADE_SCHEDULER_DELAY_SECONDS: '86400' })
    await waiting.lines(1)
    waiting.child.kill('SIGTERM')
    expect(await once(waiting.child, 'exit')).toEqual([0, null])

    const running = started(['wait'], { AI_TRADE_SCHEDULER_DELAY_SECONDS: '0' })
    expect((await running.lines(3)).at(-1)).toBe('runner waits')
    running.child.kill('SIGTERM')
    expect((await running.lines(2)).toSorted()).toEqual(['[Scheduler] stopping', 'runner told to end'])
    expect(await once(running.child, 'exit')).toEqual([0, null])
  })

  it('says what is wrong where its paths are not those of the host', async () => {
    rmSync(join(project, 'tools'), { recursive: true })
    const { lines } = started([], { AI_TRADE_SCHEDULER_DELAY_SECONDS: '86400' })
    expect((await lines(1))[0]).toContain('AI_TRADE_PROJECT_DIR must be the absolute path')
  })
})
