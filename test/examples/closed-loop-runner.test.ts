import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { eventLine, GATE_PASSED, statusLines } from './log-text.ts'
import { type RunnerBench, runnerBench } from './runner-bench.ts'

const GOOD_LOG = [...statusLines(10), GATE_PASSED, ''].join('\n')
const BAD_LOG = [...statusLines(10), GATE_PASSED, eventLine('crossed book', 'CRITICAL'), ''].join('\n')

describe.each([[['dash']], ...casesOf('ci', [[['busybox', 'sh']]])])('the runner under %j', (shell) => {
  let bench: RunnerBench
  beforeEach(() => {
    bench = runnerBench(shell)
  })
  afterEach(() => bench[Symbol.dispose]())

  it('leaves every report of a run that passes, and ends with the line that names it', () => {
    const ended = bench.run(GOOD_LOG, 'assess')
    const [runId = ''] = bench.runIds()
    expect(ended.code).toBe(0)
    expect(ended.lines.at(-1)).toBe(`[INFO] closed loop assess finished: ${bench.inReports(runId)}`)
    expect(readFileSync(bench.inReports(`${runId}/runtime.log`), 'utf8')).toBe(GOOD_LOG)
    for (const name of ['runtime_assess.json', 'closed_loop_report.json']) {
      expect(readFileSync(bench.inReports(`latest_${name}`), 'utf8')).toBe(
        readFileSync(bench.inReports(`${runId}/${name}`), 'utf8'),
      )
    }
    expect(JSON.parse(readFileSync(bench.inReports('latest_run_meta.json'), 'utf8'))).toMatchObject({
      run_id: runId,
      runtime_verdict: 'PASS',
      run_dir: bench.inReports(runId),
    })
    expect(readFileSync(bench.inReports('latest_run_id'), 'utf8')).toBe(`${runId}\n`)
    expect(readlinkSync(bench.inReports('latest'))).toBe(runId)
  })

  it('stops before latest_* when the verdict is FAIL', () => {
    bench.run(GOOD_LOG, 'assess')
    const [passed = ''] = bench.runIds()
    const ended = bench.run(BAD_LOG, 'assess')
    const failed = bench.runIds().find((runId) => runId !== passed) ?? ''
    expect(ended.code).toBe(1)
    expect(ended.lines.join('\n')).not.toContain('finished:')
    expect(ended.complaint).toContain('verdict is FAIL')
    expect(JSON.parse(readFileSync(bench.inReports(`${failed}/runtime_assess.json`), 'utf8')).verdict).toBe(
      'FAIL',
    )
    expect(existsSync(bench.inReports(`${failed}/closed_loop_report.json`))).toBe(false)
    expect(JSON.parse(readFileSync(bench.inReports('latest_run_meta.json'), 'utf8')).run_id).toBe(passed)
    expect(readlinkSync(bench.inReports('latest'))).toBe(passed)
  })

  it('hands on what it was asked for', () => {
    const ended = bench.run(
      GOOD_LOG,
      ...[
        'assess',
        '--compose-file',
        bench.inProject('docker-compose.prod.yml'),
        '--env-file',
        bench.inProject('.env.runtime'),
      ],
      ...[
        '--output-root',
        'elsewhere/reports',
        '--stage',
        'S5',
        '--since',
        '6h',
        '--min-runtime-status',
        '3',
      ],
    )
    expect(ended.code).toBe(1)
    const [runId = ''] = readdirSync(bench.inProject('elsewhere/reports'))
    const assessed = JSON.parse(
      readFileSync(bench.inProject(`elsewhere/reports/${runId}/runtime_assess.json`), 'utf8'),
    )
    expect(assessed).toMatchObject({
      stage: 'S5',
      fail_reasons: ['未检测到自进化初始化（SELF_EVOLUTION_INIT）'],
    })
    expect(bench.calls()).toContain('logs --no-color --no-log-prefix --since 6h ai-trade')
  })

  it('takes the lock of the project, handing on what it was asked for', () => {
    const program = bench.placeHostProgram()
    const asked = [
      '--output-root',
      'some where',
      '--stage',
      'S5',
      '--since',
      '6h',
      '--min-runtime-status',
      '3',
    ]
    const ended = bench.run(GOOD_LOG, 'assess', ...asked)
    expect(ended.code).toBe(1)
    const { directory: state, during } = program.seen()
    expect(during).toMatch(
      /^The project is in use by the command "sh .*closed_loop_runner\.sh assess .*--since 6h/,
    )
    const [runId = ''] = readdirSync(bench.inProject('some where'))
    expect(readFileSync(join(bench.inProject('some where'), runId, 'runtime_assess.json'), 'utf8')).toContain(
      'S5',
    )
    expect(readFileSync(join(state, 'lock/1'), 'utf8')).toMatch(/^renewed\t\S+ released/)
  })

  it('just runs where its caller has the lock', () => {
    const program = bench.placeHostProgram()
    spawnSync('sh', [program.path, 'hold', 'a test'])
    expect(bench.runIn({ CLOSED_LOOP_LOCK_TOKEN: 'of-the-caller' }, GOOD_LOG, 'assess').code).toBe(0)
    expect(program.seen().during).toContain('a hold of')
  })

  it('does nothing and ends with 75 where it never is its turn', () => {
    const program = bench.placeHostProgram(0)
    spawnSync('sh', [program.path, 'hold', 'moving the disks'])
    const ended = bench.run(GOOD_LOG, 'assess')
    expect(ended.code).toBe(75)
    expect(ended.complaint).toContain('moving the disks')
    expect(existsSync(bench.inReports(''))).toBe(false)
  })

  it('says that it is called wrongly without waiting for anybody', () => {
    const program = bench.placeHostProgram()
    spawnSync('sh', [program.path, 'hold', 'a test'])
    expect(bench.run(GOOD_LOG, 'assess', '--stage', 'a b').code).toBe(2)
  })

  it('fails when the log cannot be read', () => {
    writeFileSync(join(bench.directory, 'logs-fail'), '')
    expect(bench.run('', 'assess')).toMatchObject({
      code: 1,
      complaint: '[ERROR] cannot read the log of ai-trade\n',
    })
  })

  it.each([
    [[], 'usage:'],
    [['judge'], "unknown action 'judge'"],
    [['assess', '--stage', 'a/b'], "--stage cannot be 'a/b'"],
    [['assess', '--stage', '-x'], "--stage cannot be '-x'"],
    [['assess', '--min-runtime-status', '-1'], "--min-runtime-status must be a whole number, not '-1'"],
    [['assess', '--keep', '3'], "unknown option '--keep'"],
    [['assess', '--run-id', '../elsewhere'], "--run-id cannot be '../elsewhere'"],
    [['assess', '--run-id', 'latest_run'], "--run-id cannot be 'latest_run'"],
    [['assess', '--stage'], "option '--stage' is unknown or has no value"],
    [['assess', '--compose-file', '/nowhere.yml'], 'compose file not found: /nowhere.yml'],
    [['assess', '--env-file', '/nowhere.env'], 'env file not found: /nowhere.env'],
  ])('refuses %j', (args, complaint) => {
    const ended = bench.run(GOOD_LOG, ...args)
    expect(ended.code).toBe(2)
    expect(ended.complaint).toContain(complaint)
    expect(existsSync(bench.inReports(''))).toBe(false)
  })
})
