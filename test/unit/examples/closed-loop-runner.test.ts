/**
 * The host's runner under two shells. Docker is played by a script that answers `compose logs` from a
 * file and starts the real research program for `compose run`.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { bundleImageContexts } from '../../../examples/ai-trade/build.ts'
import { programText } from '../../host/program/shells.ts'
import { eventLine, GATE_PASSED, statusLines } from './log-text.ts'

const DOCKER = `#!/bin/sh
printf '%s\\n' "$*" >>"$FAKE_DIR/calls"
case " $* " in
  *' logs '*) [ ! -e "$FAKE_DIR/logs-fail" ] || exit 1; cat "$FAKE_DIR/log" ;;
  *' run '*)
    while [ "$1" != node ]; do shift; done
    shift 2
    exec "$FAKE_NODE" "$FAKE_DIR/research.cjs" "$@" ;;
esac
`
const EXAMPLE = fileURLToPath(new URL('../../../examples/ai-trade', import.meta.url))
const GOOD_LOG = [...statusLines(10), GATE_PASSED, ''].join('\n')
const BAD_LOG = [...statusLines(10), GATE_PASSED, eventLine('crossed book', 'CRITICAL'), ''].join('\n')

let research = ''
let directory = ''

beforeAll(async () => {
  research = (await bundleImageContexts()).research['research.cjs'] ?? ''
})

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'closed-loop-runner-'))
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'bin/docker'), DOCKER)
  chmodSync(join(directory, 'bin/docker'), 0o755)
  writeFileSync(join(directory, 'research.cjs'), research)
  mkdirSync(join(directory, 'project'))
  for (const part of ['docker-compose.prod.yml', 'tools']) {
    cpSync(join(EXAMPLE, part), join(directory, 'project', part), { recursive: true })
  }
  writeFileSync(join(directory, 'project/.env.runtime'), '')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe.each([[['dash']], [['busybox', 'sh']]])('the runner under %j', (shell) => {
  function run(log: string, ...args: readonly string[]) {
    return runIn({}, log, ...args)
  }

  function runIn(environment: Readonly<Record<string, string>>, log: string, ...args: readonly string[]) {
    writeFileSync(join(directory, 'log'), log)
    const [command = '', ...shellArguments] = shell
    const ended = spawnSync(command, [...shellArguments, inProject('tools/closed_loop_runner.sh'), ...args], {
      encoding: 'utf8',
      cwd: join(directory, 'project'),
      env: {
        PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
        FAKE_DIR: directory,
        FAKE_NODE: process.execPath,
        ...environment,
      },
    })
    return { code: ended.status, lines: ended.stdout.trimEnd().split('\n'), complaint: ended.stderr }
  }

  function inProject(path: string): string {
    return join(directory, 'project', path)
  }

  /** The host program where a deployment leaves it; the runner's own wait can be another one. */
  function placeHostProgram(wait = '--wait 1800') {
    const state = inProject('.closed-loop')
    const path = join(state, 'host.sh')
    mkdirSync(state)
    writeFileSync(path, programText())
    const runner = inProject('tools/closed_loop_runner.sh')
    writeFileSync(runner, readFileSync(runner, 'utf8').replace('--wait 1800', wait))
    const docker = join(directory, 'bin/docker')
    const status = `sh '${path}' status >>'${directory}/during'`
    writeFileSync(docker, readFileSync(docker, 'utf8').replace('\n', `\n${status}\n`))
    return {
      path,
      /** What the host program said of the lock while the runner was at work. */
      seen: () => ({ directory: state, during: readFileSync(join(directory, 'during'), 'utf8') }),
    }
  }

  function inReports(path: string): string {
    return inProject(join('data/reports/closed_loop', path))
  }

  function runIds(): string[] {
    return readdirSync(inReports('')).filter((name) => /^\d{8}T\d{6}Z$/.test(name))
  }

  it('leaves every report of a run that passes, and ends with the line that names it', () => {
    const ended = run(GOOD_LOG, 'assess')
    const [runId = ''] = runIds()
    expect(ended.code).toBe(0)
    expect(ended.lines.at(-1)).toBe(`[INFO] closed loop assess finished: ${inReports(runId)}`)
    expect(readFileSync(inReports(`${runId}/runtime.log`), 'utf8')).toBe(GOOD_LOG)
    for (const name of ['runtime_assess.json', 'closed_loop_report.json']) {
      expect(readFileSync(inReports(`latest_${name}`), 'utf8')).toBe(
        readFileSync(inReports(`${runId}/${name}`), 'utf8'),
      )
    }
    expect(JSON.parse(readFileSync(inReports('latest_run_meta.json'), 'utf8'))).toMatchObject({
      run_id: runId,
      runtime_verdict: 'PASS',
      run_dir: inReports(runId),
    })
    expect(readFileSync(inReports('latest_run_id'), 'utf8')).toBe(`${runId}\n`)
    expect(readlinkSync(inReports('latest'))).toBe(runId)
  })

  it('stops before latest_* when the verdict is FAIL', () => {
    run(GOOD_LOG, 'assess')
    const [passed = ''] = runIds()
    const ended = run(BAD_LOG, 'assess')
    const failed = runIds().find((runId) => runId !== passed) ?? ''
    expect(ended.code).toBe(1)
    expect(ended.lines.join('\n')).not.toContain('finished:')
    expect(ended.complaint).toContain('verdict is FAIL')
    expect(JSON.parse(readFileSync(inReports(`${failed}/runtime_assess.json`), 'utf8')).verdict).toBe('FAIL')
    expect(existsSync(inReports(`${failed}/closed_loop_report.json`))).toBe(false)
    expect(JSON.parse(readFileSync(inReports('latest_run_meta.json'), 'utf8')).run_id).toBe(passed)
    expect(readlinkSync(inReports('latest'))).toBe(passed)
  })

  it('hands on what it was asked for', () => {
    const ended = run(
      GOOD_LOG,
      ...[
        'assess',
        '--compose-file',
        inProject('docker-compose.prod.yml'),
        '--env-file',
        inProject('.env.runtime'),
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
    const [runId = ''] = readdirSync(inProject('elsewhere/reports'))
    const assessed = JSON.parse(
      readFileSync(inProject(`elsewhere/reports/${runId}/runtime_assess.json`), 'utf8'),
    )
    expect(assessed).toMatchObject({
      stage: 'S5',
      fail_reasons: ['未检测到自进化初始化（SELF_EVOLUTION_INIT）'],
    })
    expect(readFileSync(join(directory, 'calls'), 'utf8')).toContain(
      'logs --no-color --no-log-prefix --since 6h ai-trade',
    )
  })

  it('takes the lock of the project, handing on what it was asked for', () => {
    const program = placeHostProgram()
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
    const ended = run(GOOD_LOG, 'assess', ...asked)
    expect(ended.code).toBe(1)
    const { directory: state, during } = program.seen()
    expect(during).toMatch(
      /^The project is in use by the command "sh .*closed_loop_runner\.sh assess .*--since 6h/,
    )
    const [runId = ''] = readdirSync(inProject('some where'))
    expect(readFileSync(join(inProject('some where'), runId, 'runtime_assess.json'), 'utf8')).toContain('S5')
    expect(existsSync(join(state, 'lock/1.released'))).toBe(true)
  })

  it('just runs where its caller has the lock', () => {
    const program = placeHostProgram()
    spawnSync('sh', [program.path, 'hold', 'a test'])
    expect(runIn({ CLOSED_LOOP_LOCK_TOKEN: 'of-the-caller' }, GOOD_LOG, 'assess').code).toBe(0)
    expect(program.seen().during).toContain('a hold of')
  })

  it('does nothing and ends with 75 where it never is its turn', () => {
    const program = placeHostProgram('--wait 0')
    spawnSync('sh', [program.path, 'hold', 'moving the disks'])
    const ended = run(GOOD_LOG, 'assess')
    expect(ended.code).toBe(75)
    expect(ended.complaint).toContain('moving the disks')
    expect(existsSync(inReports(''))).toBe(false)
  })

  it('says that it is called wrongly without waiting for anybody', () => {
    const program = placeHostProgram()
    spawnSync('sh', [program.path, 'hold', 'a test'])
    expect(run(GOOD_LOG, 'assess', '--stage', 'S4').code).toBe(2)
  })

  it('fails when the log cannot be read', () => {
    writeFileSync(join(directory, 'logs-fail'), '')
    expect(run('', 'assess')).toMatchObject({
      code: 1,
      complaint: '[ERROR] cannot read the log of ai-trade\n',
    })
  })

  it.each([
    [[], 'usage:'],
    [['judge'], "unknown action 'judge'"],
    [['train'], "'train' is not part of this version of the runner"],
    [['full'], "'full' is not part of this version of the runner"],
    [['assess', '--stage', 'S4'], "--stage must be S3 or S5, not 'S4'"],
    [['assess', '--min-runtime-status', '-1'], "--min-runtime-status must be a whole number, not '-1'"],
    [['assess', '--run-id', 'x'], "unknown option '--run-id'"],
    [['assess', '--stage'], "option '--stage' is unknown or has no value"],
    [['assess', '--compose-file', '/nowhere.yml'], 'compose file not found: /nowhere.yml'],
    [['assess', '--env-file', '/nowhere.env'], 'env file not found: /nowhere.env'],
  ])('refuses %j', (args, complaint) => {
    const ended = run(GOOD_LOG, ...args)
    expect(ended.code).toBe(2)
    expect(ended.complaint).toContain(complaint)
    expect(existsSync(inReports(''))).toBe(false)
  })
})
