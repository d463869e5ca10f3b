import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { nodeForActions } from '../../support/runner/node-binary.ts'
import { runNodeProgram } from '../../support/runner/node-process.ts'
import { StepLog } from '../../support/runner/step-log.ts'
import type { LogCall, LogScript } from './emit-log.ts'
import { hostileText } from './hostile.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Runs the calls in a process of their own, and reads its stdout as the runner does. */
async function logOf(calls: readonly LogCall[], secrets: readonly string[] = []): Promise<StepLog> {
  const directory = await mkdtemp(join(tmpdir(), 'log-test-'))
  try {
    const script: LogScript = { secrets, calls }
    await writeFile(join(directory, 'script.json'), JSON.stringify(script))
    const log = new StepLog([], () => undefined)
    const end = await runNodeProgram({
      node: nodeForActions(ROOT),
      script: join(import.meta.dirname, 'emit-log.ts'),
      workingDirectory: ROOT,
      environment: { LOG_SCRIPT: join(directory, 'script.json') },
      timeoutSeconds: 60,
      onLine: (line) => log.write(line),
    })
    expect(end).toEqual({ how: 'exited', code: 0 })
    return log
  } finally {
    await rm(directory, { recursive: true })
  }
}

const remote = (text: string): LogCall => ({ call: 'remote', text })
const info = (text: string): LogCall => ({ call: 'info', text })
const bars = (log: StepLog) => log.lines.filter((line) => line.startsWith('  | '))

describe('the reporter', () => {
  it('lets no text become a command, whatever it holds and through whichever method it comes', async () => {
    const call = fc.oneof(
      hostileText.map(remote),
      hostileText.map(info),
      hostileText.map((text): LogCall => ({ call: 'startGroup', text })),
      hostileText.map((text): LogCall => ({ call: 'warning', text })),
      fc
        .tuple(fc.constantFrom('error' as const, 'notice' as const), hostileText)
        .map(([level, text]): LogCall => ({ call: 'annotate', level, text })),
      fc.constantFrom<LogCall>({ call: 'phase' }, { call: 'endGroup' }),
    )
    const calls =
      fc.sample(fc.array(call, { minLength: 3000, maxLength: 3000 }), { numRuns: 1, seed: 42 })[0] ?? []
    const log = await logOf([...calls, { call: 'close' }])

    expect(log.suspiciousLines).toEqual([])
    expect(log.runnerErrors).toEqual([])
    expect(log.masks).toEqual([])
    expect(log.outputs).toEqual({})
    expect(log.groups).toHaveLength(calls.filter((one) => one.call === 'startGroup').length)
    expect(log.rawLines.join('\n')).not.toMatch(/##\[|(?!\n)\p{Cc}/u)
    const commands = log.rawLines.filter((line) => line.startsWith('::'))
    const own =
      /^::(?:group|endgroup|warning|(?:error|notice) (?:title=[^:]*)?|stop-commands|[0-9a-f-]{36})::/u
    expect(commands.filter((line) => !own.test(line))).toEqual([])
  })

  it('holds foreign text between stop-commands and its token, a new one each time', async () => {
    const log = await logOf([
      remote('::error::forged'),
      remote('second'),
      info('ours'),
      remote('third'),
      { call: 'close' },
    ])
    const tokens = log.rawLines.flatMap((line) => /^::stop-commands::(.*)$/u.exec(line)?.[1] ?? [])
    expect(new Set(tokens).size).toBe(2)
    expect(log.rawLines).toEqual([
      `::stop-commands::${tokens[0]}`,
      '  | : :error::forged',
      '  | second',
      `::${tokens[0]}::`,
      'ours',
      `::stop-commands::${tokens[1]}`,
      '  | third',
      `::${tokens[1]}::`,
    ])
    expect(log.annotations).toEqual([])
  })

  it('issues its own commands even after foreign text', async () => {
    const log = await logOf([
      { call: 'startGroup', text: 'Last log lines of ai-trade' },
      remote('a'),
      { call: 'warning', text: 'x' },
      remote('b'),
      { call: 'phase' },
      remote('c'),
      { call: 'annotate', level: 'error', text: 'broken, badly: 100%' },
      info('d'),
    ])
    expect(log.annotations).toEqual([
      { level: 'warning', title: '', message: expect.stringContaining('could not upload the reports') },
      { level: 'error', title: 'broken, badly: 100%', message: 'broken, badly: 100%' },
    ])
    expect(log.groups.map(({ name }) => name)).toEqual(['Last log lines of ai-trade'])
    expect(log.groups[0]?.lines.filter((line) => line.startsWith('  | '))).toEqual(['  | a', '  | b'])
    expect(log.lines).toContain('▶ Deploy the release')
    expect(log.lines.at(-1)).toBe('d')
  })

  it('shows foreign text line by line, clean and bounded', async () => {
    const log = await logOf([
      remote('\u001b[31m10%\r20%\u001b[0m\r\n阶段 ##[error]x'),
      remote('y'.repeat(5000)),
      { call: 'close' },
    ])
    expect(bars(log)).toEqual(['  | 10%', '  | 20%', '  | 阶段 ## [error]x', `  | ${'y'.repeat(999)}…`])
  })

  it('masks secrets by itself, in every method, and asks the runner to', async () => {
    const key = '-----BEGIN KEY-----\nb3BlbnNzaC1rZXk\nAAAAB3NzaC1yc2E\n-----END KEY-----\n'
    const password = 'hunter2-hunter2'
    const long = `${'z'.repeat(990)}${password}`
    const text = `key b3BlbnNzaC1rZXk password ${password} hun\u001b[1mter2-hunter2 ${encodeURIComponent(key)}`
    const log = await logOf(
      [
        remote(text),
        info(text),
        remote(long),
        { call: 'warning', text },
        { call: 'annotate', level: 'error', text },
        { call: 'startGroup', text },
        remote(key),
        { call: 'close' },
      ],
      [key, password],
    )
    const written = log.rawLines.filter((line) => !line.startsWith('::add-mask::')).join('\n')
    for (const part of ['hunter2', 'b3BlbnNzaC1rZXk', 'AAAAB3NzaC1yc2E', 'zhun'])
      expect(written).not.toContain(part)
    expect(written).toContain('key *** password *** ***')
    expect(log.masks).toEqual(expect.arrayContaining([key, password, 'b3BlbnNzaC1rZXk']))
  })
})
