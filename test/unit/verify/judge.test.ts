import { describe, expect, it } from '@jest/globals'
import type { Fact } from '../../../src/host/protocol/facts.ts'
import { type Check, failedRequired } from '../../../src/model/check.ts'
import {
  ASSESS,
  ago,
  checksWith,
  container,
  DEPLOYED,
  delivered,
  GOOD,
  logged,
  META,
  NOW,
  REPORT,
  RUN,
  type Topics,
} from './builders.ts'

const nameOf = ({ name, subject }: Check) => `${name} ${subject}`.trim()
const failed = (checks: readonly Check[]) => failedRequired(checks).map(nameOf)
const notChecked = (checks: readonly Check[]) =>
  checks.filter(({ result }) => result === 'not-checked').map(nameOf)

const app = (over: Parameters<typeof container>[1]) => [
  container('ai-trade', over),
  container('watchdog'),
  container('scheduler'),
]
/** So many starts of the gate service; `before`: further events that dockerd remembers from then on. */
const events = (starts: number, before: readonly Fact[] = []): Fact[] => [
  ['events_read'],
  ...before,
  ...Array.from({ length: starts }, (): Fact => ['event', String(NOW - 50), 'id-ai-trade']),
]
/** As many events as dockerd remembers, of something else. */
const full = (since: number) => Array.from({ length: 256 }, (): Fact => ['event', String(since), ''])
const made = (seconds: number): Fact[] => DEPLOYED.map((service) => ['made', `id-${service}`, ago(seconds)])
const watchdog = (at: string, text: string): Fact[] => [
  ...logged('watchdog', at, text),
  ...logged('scheduler', ago(600), 'closed loop full started'),
]
const GOOD_WATCHDOG = logged('watchdog', ago(30), 'All systems operational.')
/** The watchdog's log as it should be, and these lines of the scheduler's, of a minute ago. */
const scheduler = (...texts: readonly string[]): Topics => ({
  logs: [
    ...GOOD_WATCHDOG,
    ...logged('scheduler'),
    ...texts.map((text): Fact => ['log_line', 'scheduler', ago(60), text]),
  ],
})
/** `json`: how the watchdog's own environment has the interval of its rounds. */
const slow = (at: string, json: string): Topics => ({
  logs: watchdog(at, 'All systems operational.'),
  intervals: [['interval_in', 'watchdog', json]],
})
const latestWith = (kind: string, text: string | Buffer, age = 'new'): Fact[] => [
  ...Object.entries({ closedLoop: REPORT, runtimeAssess: ASSESS, runMeta: META })
    .filter(([other]) => other !== kind)
    .flatMap(([other, good]) => delivered(other, 'latest', good)),
  ...delivered(kind, 'latest', text, age),
]
const readWith = (assess: string): Fact[] => [
  ['delivered', RUN],
  ...delivered('runtimeAssess', 'run', assess),
  ...delivered('closedLoop', 'run', REPORT),
]

describe('a host', () => {
  it('that is as it should be fails nothing', () => {
    const checks = checksWith()
    expect(failed(checks)).toEqual([])
    expect(notChecked(checks)).toEqual([])
    expect(checks.map(nameOf)).toHaveLength(19)
  })

  it('of which nothing was looked at fails every required check but for what is not to be checked', () => {
    const nothing = Object.fromEntries(Object.keys(GOOD).map((topic) => [topic, []]))
    const checks = checksWith(nothing)
    expect(checks.filter(({ result }) => result === 'ok')).toEqual([])
    expect(checks.filter(({ need, result }) => need === 'required' && result !== 'failed')).toEqual([])
  })

  it.each<readonly [what: string, topics: Topics, failed: readonly string[]]>([
    // Up, without frequent restarts.
    ['no container', { containers: GOOD.containers.slice(1) }, ['service ai-trade']],
    ['exited', { containers: app({ state: 'exited' }) }, ['service ai-trade']],
    ['paused', { containers: app({ state: 'paused' }) }, ['service ai-trade']],
    ['a one-shot that is done', { containers: app({ state: 'exited', kind: 'one-shot' }) }, []],
    [
      'a watchdog that ended as if it had nothing more to do',
      {
        containers: [
          ...GOOD.containers.filter(([, name]) => name !== 'watchdog-1'),
          container('watchdog', { state: 'exited', kind: 'one-shot' }),
        ],
      },
      ['service watchdog', 'watchdog', 'docker-socket watchdog'],
    ],
    [
      'a one-shot that failed',
      { containers: app({ state: 'exited', kind: 'one-shot', exitCode: '1' }) },
      ['service ai-trade'],
    ],
    ['healthy', { containers: app({ health: 'healthy' }) }, []],
    ['unhealthy', { containers: app({ health: 'unhealthy' }) }, ['service ai-trade']],
    ['not yet healthy', { containers: app({ health: 'starting' }) }, ['service ai-trade']],
    ['between two restarts', { containers: app({ state: 'restarting' }) }, ['service ai-trade']],
    ['two starts in the window', { events: events(2) }, []],
    ['three restarts in the window', { events: events(3) }, ['service ai-trade']],
    ['made in the window and restarted twice', { events: events(3), made: made(600) }, []],
    ['made in the window and restarted thrice', { events: events(4), made: made(600) }, ['service ai-trade']],
    ['many restarts of long ago', { containers: app({ restarts: '9' }) }, []],
    [
      'many restarts, one lately, all starts known',
      { containers: app({ restarts: '9', startedAt: ago(60) }), events: events(1) },
      [],
    ],
    [
      'many restarts, one lately, not all starts known',
      { containers: app({ restarts: '9', startedAt: ago(60) }), events: events(1, full(NOW - 60)) },
      ['service ai-trade'],
    ],
    [
      'many restarts, one lately, as many events as are remembered, of the whole window',
      { containers: app({ restarts: '9', startedAt: ago(60) }), events: events(1, full(NOW - 900)) },
      [],
    ],
    [
      'three restarts of another container in the window',
      {
        events: [
          ['events_read'],
          ...Array.from({ length: 3 }, (): Fact => ['event', String(NOW), 'id-other']),
        ],
      },
      [],
    ],
    [
      'many restarts, one lately, no start known',
      { containers: app({ restarts: '3', startedAt: ago(60) }), events: [] },
      ['service ai-trade'],
    ],
    // The watchdog.
    ['a round that is due', { logs: watchdog(ago(240), 'All systems operational.') }, []],
    ['a round of long ago', { logs: watchdog(ago(241), 'All systems operational.') }, ['watchdog']],
    ['an alert', { logs: watchdog(ago(1), '[ALERT] container x is exited') }, ['watchdog']],
    [
      'an alert that quotes the good words',
      { logs: watchdog(ago(1), '[ALERT] no more All systems operational') },
      ['watchdog'],
    ],
    ['a round of a slow watchdog that is due', slow(ago(3660), '"1200"'), []],
    ['a round of a slow watchdog of long ago', slow(ago(3661), '"1200"'), ['watchdog']],
    ['a round of long ago of a watchdog that is fast', slow(ago(241), '"1"'), ['watchdog']],
    ['a round that is due, of a watchdog that is fast', slow(ago(240), '"1"'), []],
    ...['"soon"', '"Infinity"', '"***"', '""', '"-1200"', '1200"', '['].map(
      (json) =>
        [`a watchdog that makes its rounds every ${json}`, slow(ago(241), json), ['watchdog']] as const,
    ),
    [
      'the interval of another service',
      {
        ...{ logs: watchdog(ago(241), 'All systems operational.') },
        intervals: [['interval_in', 'ai-trade', '"1200"']],
      },
      ['watchdog'],
    ],
    ['a time that is none, of a slow watchdog', slow('yesterday', '"1e300"'), ['watchdog']],
    ['a time that is none', { logs: watchdog('yesterday', 'All systems operational.') }, ['watchdog']],
    [
      'a round of a watchdog that is gone',
      {
        containers: [
          GOOD.containers[0] as Fact,
          container('watchdog', { state: 'exited' }),
          container('scheduler'),
        ],
      },
      ['service watchdog', 'watchdog', 'docker-socket watchdog'],
    ],
    [
      'an alert, and then a good round',
      {
        logs: [...watchdog(ago(9), '[ALERT] x'), ['log_line', 'watchdog', ago(1), 'All systems operational']],
      },
      [],
    ],
    [
      'a good round, and then an alert',
      {
        logs: [...watchdog(ago(9), 'All systems operational'), ['log_line', 'watchdog', ago(1), '[ALERT] x']],
      },
      ['watchdog'],
    ],
    [
      'other words of the watchdog alone',
      {
        logs: [
          ...watchdog(ago(999), 'All systems operational'),
          ['log_line', 'watchdog', ago(1), 'an error'],
        ],
      },
      ['watchdog'],
    ],
    [
      'no word of the watchdog',
      { logs: [...logged('watchdog'), ...logged('scheduler', ago(60), 'closed loop full started')] },
      ['watchdog'],
    ],
    ['no run of the scheduler', scheduler(), ['scheduler']],
    [
      'a run of the scheduler that is to come',
      scheduler('closed loop full every 5s, first run in 5s'),
      ['scheduler'],
    ],
    ['a run of another action', scheduler('closed loop train ended: exit 0'), ['scheduler']],
    [
      'a run of the scheduler, and the next one',
      scheduler('closed loop full started', 'closed loop full every 5s'),
      [],
    ],
    [
      'a log that cannot be read',
      {
        logs: [
          ...GOOD_WATCHDOG,
          ['log_read', 'scheduler', '1', 'no such driver'],
          ['log_line', 'scheduler', ago(60), 'closed loop full started'],
        ],
      },
      ['scheduler'],
    ],
    // The reports.
    [
      'a report that is missing',
      { latest: latestWith('runMeta', '', 'absent') },
      ['report latest_run_meta.json'],
    ],
    [
      'a report that was cut',
      { latest: latestWith('runtimeAssess', ASSESS.slice(0, 20)) },
      ['report latest_runtime_assess.json'],
    ],
    [
      'a verdict that is none',
      { latest: latestWith('runtimeAssess', '{"stage":"S3","verdict":"GOOD"}') },
      ['report latest_runtime_assess.json'],
    ],
    ['a verdict that is bad', { latest: latestWith('runtimeAssess', '{"stage":"S3","verdict":"FAIL"}') }, []],
    [
      'no overall_status',
      { latest: latestWith('closedLoop', '{}') },
      ['report latest_closed_loop_report.json'],
    ],
    [
      'a status in words of the runner',
      { latest: latestWith('closedLoop', '{"overall_status":"NOT_READY"}') },
      [],
    ],
    [
      'a report that is no text',
      { latest: latestWith('closedLoop', Buffer.from([0xff, 0xfe])) },
      ['report latest_closed_loop_report.json'],
    ],
    ...['outside', 'unreadable', 'too_large', 'old'].map(
      (age) =>
        [
          `a report that is ${age}`,
          { latest: latestWith('closedLoop', '', age) },
          ['report latest_closed_loop_report.json'],
        ] as const,
    ),
    [
      'a report that changed while it was read',
      { latest: [...latestWith('closedLoop', REPORT), ['torn']] },
      ['report latest_closed_loop_report.json'],
    ],
    // The runs.
    ['no run', { runs: [], read: [] }, ['complete-run']],
    ['runs that cannot be listed', { runs: [['runs_unreadable']], read: [] }, ['complete-run']],
    ['a damaged run', { read: readWith('{') }, ['complete-run']],
    ['a complete run of 24 h ago', { runs: [['run', '20260213151200', 'complete', RUN]] }, []],
    [
      'a complete run of more than 24 h ago',
      { runs: [['run', '20260213151159', 'complete', RUN]] },
      ['complete-run'],
    ],
    ['a run that is to come', { runs: [['run', '20260214152000', 'complete', RUN]] }, ['complete-run']],
    ['a run of no time', { runs: [['run', '***', 'complete', RUN]] }, ['complete-run']],
    // The last deployment.
    ['no deployment', { transactions: [] }, []],
    ['deployments of another account', { transactions: [['transactions_unreadable']] }, ['last-deployment']],
    [
      'a rollback that failed',
      { transactions: [['transaction', 'a', '1', 'rollback_failed', '']] },
      ['last-deployment'],
    ],
    [
      'a rollback that failed before the last deployment',
      {
        transactions: [
          ['transaction', 'b', '2', 'promoted', ''],
          ['transaction', 'a', '1', 'rollback_failed', ''],
        ],
      },
      [],
    ],
    [
      'a rollback that failed before deployments that changed nothing',
      {
        transactions: [
          ['transaction', 'a', '1', 'rollback_failed', ''],
          ['transaction', 'b', '2', 'unchanged', ''],
          ['transaction', 'c', '3', 'snapshotted', ''],
        ],
      },
      ['last-deployment'],
    ],
    [
      'a deployment in the middle',
      {
        transactions: [
          ['unfinished', 'a', 'applied'],
          ['at_work', 'deployment a'],
        ],
      },
      ['last-deployment'],
    ],
    // Where the project is.
    ['a relative path', { projectDirs: [['project_dir_set', '.']] }, ['project-dir AI_TRADE_PROJECT_DIR']],
    [
      'another path in a container',
      {
        projectDirs: [
          ['project_dir_set', '/opt/ai-trade'],
          ['project_dir_in', 'scheduler', '"/srv"'],
        ],
      },
      ['project-dir AI_TRADE_PROJECT_DIR'],
    ],
    [
      'another path in a container of no concern',
      {
        projectDirs: [
          ['project_dir_in', 'other', '"/srv"'],
          ['project_dir_set', '/opt/ai-trade/'],
        ],
      },
      [],
    ],
    // What the containers and the runner need.
    ...(
      [
        ['absent', '3'],
        ['denied', '4'],
      ] as const
    ).map(
      ([use, code]) =>
        [
          `a socket that is ${use}`,
          {
            sockets: [
              ['socket', 'watchdog', code],
              ['socket', 'scheduler', '0'],
            ],
          },
          ['docker-socket watchdog'],
        ] as const,
    ),
    [
      'an image that is not there',
      { images: [...GOOD.images.slice(0, 3), ['image', 'ai-trade-research', 'research:1', '']] },
      ['image ai-trade-research'],
    ],
    [
      'an image of which Docker does not say',
      { images: [...GOOD.images.slice(0, 3), ['image', 'ai-trade-research', 'research:1', 'unknown']] },
      ['image ai-trade-research'],
    ],
    ['a service that the files lack', { images: GOOD.images.slice(1) }, ['image ai-trade']],
    ['Docker that does not answer', { findings: [['finding', 'docker-unreachable', 'refused']] }, ['host']],
  ])('with %s', (_what, topics, expected) => {
    expect(failed(checksWith(topics))).toEqual(expected)
  })

  it.each<readonly [what: string, topics: Topics, notChecked: readonly string[]]>([
    ['no deployment', { transactions: [] }, ['last-deployment']],
    ['no path', { projectDirs: [['project_dir_set', '']] }, ['project-dir AI_TRADE_PROJECT_DIR']],
    [
      'a container without a shell',
      {
        sockets: [
          ['socket', 'watchdog', '126'],
          ['socket', 'scheduler', '0'],
        ],
      },
      ['docker-socket watchdog'],
    ],
    [
      'no research service',
      { images: GOOD.images.slice(0, 3) },
      ['image ai-trade-research', 'research-tools ai-trade-research'],
    ],
  ])('with %s is not checked there, and passes', (_what, topics, expected) => {
    const checks = checksWith(topics)
    expect(failed(checks)).toEqual([])
    expect(notChecked(checks)).toEqual(expected)
  })

  it('is not asked about services that are not deployed', () => {
    const checks = checksWith({ logs: [], sockets: [] }, ['ai-trade'])
    expect(failed(checks)).toEqual([])
    expect(notChecked(checks)).toEqual(['watchdog', 'scheduler'])
  })

  it('does not say of a deployment that has not come to its boundary that it ended', () => {
    const [check] = checksWith({
      transactions: [
        ['transaction', 'a', '1', 'promoted', 'then'],
        ['transaction', 'b', '2', 'prefetched', 'now'],
      ],
    }).filter(({ name }) => name === 'last-deployment')
    expect(check?.evidence).toEqual({ kind: 'deployment', id: 'a', state: 'promoted', at: 'then' })
  })

  it('says what the last deployment came to, by who had the lock last', () => {
    expect(checksWith().find(({ name }) => name === 'last-deployment')?.evidence).toEqual({
      ...{ kind: 'deployment', id: 'newer', state: 'promoted', at: '2026-02-14T15:00:00Z' },
    })
  })

  it('says of each of the last seven days how many runs it had', () => {
    const evidence = checksWith().find(({ name }) => name === 'runs-per-day')?.evidence
    if (evidence?.kind !== 'runs-per-day') throw new Error('no runs per day')
    expect(evidence.days).toHaveLength(7)
    expect(evidence.days.slice(0, 3)).toEqual([
      { day: '2026-02-14', complete: 1, incomplete: 0 },
      { day: '2026-02-13', complete: 0, incomplete: 1 },
      { day: '2026-02-12', complete: 0, incomplete: 0 },
    ])
  })
})
