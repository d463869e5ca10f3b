import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { nodeForActions } from '../../support/runner/node-binary.ts'
import { type ActionRun, runStep, type StepInvocation } from '../../support/runner/run-step.ts'
import { createStepDirectories } from '../../support/runner/step-directories.ts'

const node = nodeForActions(fileURLToPath(new URL('../../../../', import.meta.url)))
const runs: ActionRun[] = []
let directory: string
let scripts = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'step-'))
})

afterEach(() => Promise.all(runs.splice(0).map((run) => run.dispose())))
afterAll(() => rm(directory, { recursive: true }))

/** Runs the body of a CommonJS program as a step. */
async function step(program: string, options: Partial<StepInvocation> = {}): Promise<ActionRun> {
  scripts += 1
  const script = join(directory, `step-${scripts}.cjs`)
  await writeFile(script, program)
  const run = await runStep({
    node,
    script,
    environment: {},
    secrets: [],
    warnings: [],
    timeoutSeconds: 30,
    onLine: () => undefined,
    directories: await createStepDirectories(),
    cancellation: { how: 'none' },
    ...options,
  })
  runs.push(run)
  return run
}

describe('what the step gets', () => {
  it('is Node 24, an empty workspace, stdin at its end and nothing of our own environment', async () => {
    process.env.LEAKED_FROM_THE_TEST = 'yes'
    const run = await step(
      `const fs = require('node:fs')
      console.log(JSON.stringify({
        node: process.versions.node, cwd: process.cwd(), stdin: fs.readFileSync(0, 'utf8'),
        files: fs.readdirSync('.'), environment: process.env }))`,
      { environment: { 'INPUT_PRIVATE-KEY': 'k' } },
    )
    delete process.env.LEAKED_FROM_THE_TEST
    const seen = JSON.parse(run.rawLog)
    expect(seen).toMatchObject({
      node: expect.stringMatching(/^24\./),
      cwd: run.workspace,
      stdin: '',
      files: [],
      environment: {
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: run.workspace,
        GITHUB_SERVER_URL: 'https://github.com',
        RUNNER_TEMP: run.runnerTemp,
        'INPUT_PRIVATE-KEY': 'k',
        NO_PROXY: 'localhost,127.0.0.1',
      },
    })
    expect(
      Object.keys(seen.environment).filter((name) => /LEAKED|NODE_OPTIONS|JEST|^npm/.test(name)),
    ).toEqual([])
  })
})

describe('how it ends', () => {
  it('reports the exit code', async () => {
    expect(await step('process.exitCode = 3')).toMatchObject({
      exitCode: 3,
      ended: { how: 'exited', code: 3 },
      conclusion: 'failure',
    })
    expect(await step('')).toMatchObject({ exitCode: 0, conclusion: 'success' })
  })

  it('reports a signal', async () => {
    expect(await step(`process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 9000)`)).toMatchObject({
      exitCode: 143,
      ended: { how: 'signalled', signal: 'SIGTERM' },
    })
  })

  it('gives up on one that hangs, with the end of its log, and leaves nothing of it', async () => {
    const script = `require('node:fs').writeFileSync(${JSON.stringify(directory)} + '/pid', String(process.pid))
      console.log('waiting for Godot ' + process.env.RUNNER_TEMP); setInterval(() => {}, 1000)`
    const error = await step(script, { timeoutSeconds: 1 }).then(
      () => undefined,
      (reason: Error) => reason,
    )
    expect(error?.message).toContain('did not end within 1 s')
    const runnerTemp = /waiting for Godot (.*)/.exec(error?.message ?? '')?.[1] ?? ''
    await expect(stat(runnerTemp)).rejects.toThrow('ENOENT')
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('waits 5 s at most for a child that holds the streams', async () => {
    const run = await step(
      `require('node:child_process').spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref()
      console.log('done')`,
    )
    expect(run.log).toBe('done\n')
    expect(run.durationMilliseconds).toBeGreaterThan(4_500)
    expect(run.durationMilliseconds).toBeLessThan(9_000)
  })

  it('keeps RUNNER_TEMP until disposed of', async () => {
    const run = await step(`require('node:fs').writeFileSync(process.env.RUNNER_TEMP + '/report', '报告')`)
    expect(await readFile(join(run.runnerTemp, 'report'), 'utf8')).toBe('报告')
    await run.dispose()
    await expect(stat(run.runnerTemp)).rejects.toThrow('ENOENT')
  })
})

describe('the log', () => {
  it('interprets commands as a person sees them', async () => {
    const run = await step(`
      console.log('plain')
      console.log('::group::Images')
      console.log('old -> new')
      console.error('::warning title=Careful::two%0Alines')
      setTimeout(() => {
        console.log('::endgroup::')
        console.log('::debug::hidden')
        console.log('  ::error title=Failed::100%25 wrong')
        console.log('::notice::by the way')
      }, 100)`)
    expect(run.log).toBe(
      'plain\n▼ Images\nold -> new\nWarning: two\nlines\nError: 100% wrong\nNotice: by the way\n',
    )
    expect(run.rawLog).toContain('::warning title=Careful::two%0Alines\n')
    expect(run.groups).toEqual([{ name: 'Images', lines: ['old -> new', 'Warning: two', 'lines'] }])
    expect(run.annotations).toEqual([
      { level: 'warning', title: 'Careful', message: 'two\nlines' },
      { level: 'error', title: 'Failed', message: '100% wrong' },
      { level: 'notice', title: '', message: 'by the way' },
    ])
    expect(run.forgedOrUnknownCommands).toEqual([])
  })

  it('masks from the line after add-mask, everywhere, and given secrets from the start', async () => {
    const run = await step(
      `console.log('early pass-one, given')
      console.log('::add-mask::pass-one%0A  pass-two  ')
      console.log('::group::pass-two')
      console.log('::error title=pass-two::is pass-two')
      console.log('late pass-two')`,
      { secrets: ['given'] },
    )
    expect(run.log).toBe('early pass-one, ***\n▼ ***\nError: is ***\nlate ***\n')
    expect(run.annotations).toEqual([{ level: 'error', title: '***', message: 'is ***' }])
    expect(run.groups).toEqual([{ name: '***', lines: ['Error: is ***', 'late ***'] }])
    expect(run.masks).toEqual(['pass-one\n  pass-two  '])
  })

  it('leaves commands alone between stop-commands and its token', async () => {
    const run = await step(`
      console.log('::stop-commands::token-1234')
      console.log('::error::forged')
      console.log('x ##[error]forged')
      console.log('::add-mask::x')
      console.log('::token-1234::')
      console.log('::error::real')`)
    expect(run.annotations).toEqual([{ level: 'error', title: '', message: 'real' }])
    expect(run.masks).toEqual([])
    expect(run.forgedOrUnknownCommands).toEqual([])
    expect(run.log).toBe(
      '::stop-commands::***\n::error::forged\nx ##[error]forged\n::add-mask::x\n::***::\nError: real\n',
    )
  })

  it('lets a guessable token stop nothing and holds it against the step', async () => {
    const run = await step(`console.log('::stop-commands::error'); console.log('::notice::read')`)
    expect(run).toMatchObject({ exitCode: 0, conclusion: 'failure' })
    expect(run.annotations.at(-1)).toEqual({ level: 'notice', title: '', message: 'read' })
  })

  it('executes and names commands that the toolkit would not print', async () => {
    const run = await step(`
      console.log('ai-trade | ##[error]forged')
      console.log('progress 10%\\r::warning::behind a carriage return')
      console.log('::set-output name=outcome::promoted')
      console.log('::save-state name=id::7')
      console.log('::set-env name=A::b')
      console.log('::no-such-command::x')`)
    expect(run.annotations.map((annotation) => annotation.message)).toEqual([
      'forged',
      'behind a carriage return',
      "Unable to process command '::set-env name=A::b' successfully.",
    ])
    expect(run.outputs).toEqual({ outcome: 'promoted' })
    expect(run.state).toEqual({ id: '7' })
    expect(run.environment.variables).toEqual({})
    expect(run.forgedOrUnknownCommands).toEqual([
      'ai-trade | ##[error]forged',
      '::set-output name=outcome::promoted',
      '::save-state name=id::7',
      '::set-env name=A::b',
      '::no-such-command::x',
    ])
    expect(run.conclusion).toBe('failure')
  })

  it('keeps characters whole that arrive in pieces', async () => {
    const run = await step(`
      const bytes = Buffer.from('条数不足\\n')
      process.stdout.write(bytes.subarray(0, 4))
      setTimeout(() => process.stdout.write(bytes.subarray(4)), 100)`)
    expect(run.log).toBe('条数不足\n')
  })

  it('gives each line as it appears', async () => {
    const lines: string[] = []
    await step(`console.log('::add-mask::pw'); console.log('pw'); console.log('::error::a')`, {
      onLine: (line) => lines.push(line),
      warnings: ['Unexpected input'],
    })
    expect(lines).toEqual(['Warning: Unexpected input', '***', 'Error: a'])
  })

  it('has the limits of the page: ten annotations of a level, 4096 characters', async () => {
    const run = await step(`for (let i = 0; i < 12; i++) console.log('::error::' + 'x'.repeat(5000) + i)`)
    expect(run.annotations).toHaveLength(10)
    expect(run.annotations[0]?.message).toHaveLength(4096)
    expect(run.log.match(/^Error: /gm)).toHaveLength(12)
  })
})

describe('command files', () => {
  const append = (variable: string, text: string) =>
    `require('node:fs').appendFileSync(process.env.${variable}, ${JSON.stringify(text)});`

  it('give outputs, state, summary and what later steps inherit', async () => {
    const run = await step(
      append('GITHUB_OUTPUT', 'outcome<<D\nrolled_back\nD\nrun-id=1\n') +
        append('GITHUB_STATE', 'transaction=t\n') +
        append('GITHUB_ENV', 'A=b\n') +
        append('GITHUB_PATH', '/opt/x\n') +
        append('GITHUB_STEP_SUMMARY', '# 结果\n'),
    )
    expect(run.outputs).toEqual({ outcome: 'rolled_back', 'run-id': '1' })
    expect(run.state).toEqual({ transaction: 't' })
    expect(run.environment).toEqual({ variables: { A: 'b' }, path: ['/opt/x'] })
    expect(run.summary).toBe('# 结果\n')
    expect(run.conclusion).toBe('success')
  })

  it('that are half written fail the step', async () => {
    const run = await step(append('GITHUB_OUTPUT', 'a<<D\nb'))
    expect(run).toMatchObject({ exitCode: 0, conclusion: 'failure', outputs: {} })
    expect(run.runnerErrors).toEqual([expect.stringContaining('matching delimiter not found')])
  })

  it('hold a summary of 1 MiB at most; more is an error beside a step that passes', async () => {
    const run = await step(
      `require('node:fs').writeFileSync(process.env.GITHUB_STEP_SUMMARY, 'x'.repeat(1048577))`,
    )
    expect(run.conclusion).toBe('success')
    expect(run.annotations).toEqual([
      { level: 'error', title: '', message: expect.stringContaining('upload aborted') },
    ])
  })
})

it('understands what the real toolkit prints and writes', async () => {
  const script = fileURLToPath(new URL('./steps/toolkit.mjs', import.meta.url))
  const run = await step('', { script })
  expect(run.outputs).toEqual({ reason: '多行\nvalue=<<x' })
  expect(run.state).toEqual({ id: 'abc' })
  expect(run.masks).toEqual(['秘密 100%\nsecond'])
  expect(run.annotations).toEqual([{ level: 'error', title: 'a:b,c', message: '100%\nbad' }])
  expect(run.groups).toEqual([{ name: 'Logs', lines: ['*** 条'] }])
  expect(run.summary).toBe(`<h1>Outcome</h1>\n`)
  expect(run.forgedOrUnknownCommands).toEqual([])
  expect(run).toMatchObject({ exitCode: 1, conclusion: 'failure' })
})
