import { describe, expect, it } from '@jest/globals'
import { newestRun } from '../../../src/verify/scheduler-run.ts'
import { ago, checksWith, GOOD } from './builders.ts'

const lines = (...texts: readonly string[]) =>
  texts.map((text, index) => ({ at: ago(100 * (texts.length - index)), text }))

const EXAMPLE_FAILED = [
  '2026-02-14T15:00:00Z [Scheduler] closed loop full every 86400s, first run in 900s',
  '2026-02-14T15:01:00Z [Scheduler] closed loop full started',
  "[ERROR] compose file not found: /srv/app's/docker-compose.prod.yml",
  '2026-02-14T15:01:01Z [Scheduler] closed loop full ended: exit 2',
]

describe('the newest run that a log tells of', () => {
  it.each([
    ['its exit code and its last error', EXAMPLE_FAILED, { kind: 'code', code: 2 }, EXAMPLE_FAILED[2]],
    [
      'that it finished, whatever was said of earlier ones',
      [...EXAMPLE_FAILED, '[Scheduler] closed loop full started', '[INFO] closed loop full finished: /d/1'],
      { kind: 'finished' },
      '',
    ],
    [
      'an exit code of 0',
      ['closed loop full started', 'closed loop full ended: exit 0'],
      { kind: 'finished' },
      '',
    ],
    [
      'that it failed, where no code is named',
      [
        '[scheduler] running closed_loop_runner full',
        'sh: docker: not found',
        '[WARN] closed_loop_runner failed',
      ],
      { kind: 'failed' },
      '[WARN] closed_loop_runner failed',
    ],
    ['that it began', ['[Scheduler] closed loop full started'], { kind: 'untold' }, ''],
    [
      'the run before one that was never its turn',
      [...EXAMPLE_FAILED, 'closed loop full started', 'closed loop full ended: exit 75'],
      { kind: 'code', code: 2 },
      EXAMPLE_FAILED[2],
    ],
  ] as const)('tells %s', (_, texts, end, error) => {
    expect(newestRun(lines(...texts))).toMatchObject({ kind: 'run', end, error })
  })

  it('takes what is to come, and an error alone, for no run', () => {
    const announced = '[Scheduler] closed loop full every 5s, first run in 5s'
    expect(newestRun(lines(announced))).toEqual({ kind: 'none', error: '' })
    expect(newestRun(lines(announced, 'sh: permission denied'))).toEqual({
      kind: 'none',
      error: 'sh: permission denied',
    })
    expect(newestRun([])).toEqual({ kind: 'none', error: '' })
  })
})

describe('the check of the scheduler', () => {
  const checked = (log: readonly [at: string, text: string], texts: readonly string[]) =>
    checksWith({
      logs: [
        GOOD.logs[0],
        ['log', 'scheduler', ...log],
        ...lines(...texts).map(({ at, text }) => ['run_line', at, text] as const),
      ],
    }).find(({ name }) => name === 'scheduler')

  it('fails where the runner never named a run, and tells how the run that there was ended', () => {
    const texts = [
      '[scheduler] closed_loop_runner.sh started',
      '[ERROR] no data',
      'closed_loop_runner exit code 1',
    ]
    expect(checked(['', ''], texts)).toMatchObject({
      result: 'failed',
      evidence: { kind: 'scheduler-run', end: { kind: 'code', code: 1 }, error: '[ERROR] no data' },
    })
  })

  it('passes on the record of a run, and tells that it ended badly', () => {
    expect(checked([ago(60), 'closed loop full ended: exit 2'], EXAMPLE_FAILED)).toMatchObject({
      result: 'ok',
      evidence: { kind: 'scheduler-run', end: { kind: 'code', code: 2 }, error: EXAMPLE_FAILED[2] },
    })
  })

  it('tells the last error of a log without any run', () => {
    expect(checked(['', ''], ['sh: docker: not found'])).toMatchObject({
      result: 'failed',
      evidence: { kind: 'no-scheduler-run', upSeconds: 3600, error: 'sh: docker: not found' },
    })
  })
})
