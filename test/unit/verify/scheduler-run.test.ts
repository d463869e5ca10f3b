import { describe, expect, it } from '@jest/globals'
import { newestRun } from '../../../src/verify/scheduler-run.ts'
import { ago, checksWith, logged } from './builders.ts'

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
    [
      'the failure of a run that two programs tell of',
      [
        'closed loop full started',
        '[ERROR] no data',
        'closed_loop_runner: exit code 1',
        'closed loop full ended: exit 1',
      ],
      { kind: 'code', code: 1 },
      '[ERROR] no data',
    ],
    [
      'nothing of a run that ended before the newest, which finished',
      ['closed loop full failed with exit code 3', '[INFO] closed loop full finished: /x'],
      { kind: 'finished' },
      '',
    ],
    [
      'nothing of a run that ended before the newest, which failed otherwise',
      ['[ERROR] no data', 'closed loop full ended: exit 3', 'closed loop full ended: exit 4'],
      { kind: 'code', code: 4 },
      '',
    ],
    [
      'nothing of a run that ended before the newest in the same way',
      [
        '[ERROR] no data',
        'closed loop full ended: exit 3',
        'closed loop: training',
        'closed loop full ended: exit 3',
      ],
      { kind: 'code', code: 3 },
      '',
    ],
    [
      'nothing of a run that ended before one under way',
      ['[ERROR] no data', 'closed loop full ended: exit 3', 'closed loop full: training'],
      { kind: 'untold' },
      '',
    ],
  ] as const)('tells %s', (_, texts, end, error) => {
    expect(newestRun(lines(...texts))).toMatchObject({ kind: 'run', end, error })
  })

  it.each([
    ['closed loop full ended in 245 s, rc=0', { kind: 'finished' }],
    ['closed loop full exited after 12 s with status 0', { kind: 'finished' }],
    ['closed loop full ended: exit 0 in 245 s', { kind: 'finished' }],
    ['closed loop full ended with code 3', { kind: 'code', code: 3 }],
    ['closed loop full: Exited (2)', { kind: 'code', code: 2 }],
    ['closed_loop_runner failed, exit status: 7', { kind: 'code', code: 7 }],
    ['closed loop full ended, returncode=-9', { kind: 'code', code: -9 }],
    ['closed loop full: exit code 1 of the training, exit code 4', { kind: 'code', code: 4 }],
    ['closed loop full failed', { kind: 'failed' }],
    ['closed_loop_runner.sh full: FAILED', { kind: 'failed' }],
    ['closed loop full run was aborted', { kind: 'failed' }],
    ['closed loop full status: stage 5 done', { kind: 'untold' }],
    ['closed loop full status 5/10', { kind: 'untold' }],
    ['closed loop full exits 5 s after the last file', { kind: 'untold' }],
    ['closed loop full: the exchange answered with HTTP status 200', { kind: 'untold' }],
    ['closed loop full: exchange error code 12', { kind: 'untold' }],
    ['closed loop full: request failed, retrying (1/5)', { kind: 'untold' }],
    ['closed loop full failed with exit code 1, retrying', { kind: 'untold' }],
    ['closed loop full: drift test failed, the champion stays', { kind: 'untold' }],
    ['[WARN] champion model not found, training the first one', { kind: 'untold' }],
    ['request failed, retrying (1/5)', { kind: 'untold' }],
  ] as const)('reads "%s" behind the start of a run', (line, end) => {
    const told = newestRun(lines('closed loop full started', line))
    expect(told).toMatchObject({ kind: 'run', end })
    // What may be an error is told beside it, and not as the end.
    if (end.kind === 'untold' && /failed|not found|error/u.test(line)) expect(told.error).toBe(line)
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
  const checked = (...texts: readonly string[]) =>
    checksWith({
      logs: [
        ...logged('watchdog', ago(30), 'All systems operational.'),
        ...logged('scheduler'),
        ...lines(...texts).map(({ at, text }) => ['log_line', 'scheduler', at, text] as const),
      ],
    }).find(({ name }) => name === 'scheduler')

  it('fails where the runner never named a run, and tells how the run that there was ended', () => {
    const texts = [
      '[scheduler] closed_loop_runner.sh started',
      '[ERROR] no data',
      'closed_loop_runner exit code 1',
    ]
    expect(checked(...texts)).toMatchObject({
      result: 'failed',
      evidence: { kind: 'scheduler-run', end: { kind: 'code', code: 1 }, error: '[ERROR] no data' },
    })
  })

  it('passes on the record of a run, and tells that it ended badly', () => {
    expect(checked(...EXAMPLE_FAILED)).toMatchObject({
      result: 'ok',
      evidence: { kind: 'scheduler-run', end: { kind: 'code', code: 2 }, error: EXAMPLE_FAILED[2] },
    })
  })

  it('tells the last error of a log without any run', () => {
    expect(checked('sh: docker: not found')).toMatchObject({
      result: 'failed',
      evidence: { kind: 'no-scheduler-run', upSeconds: 3600, error: 'sh: docker: not found' },
    })
  })
})
