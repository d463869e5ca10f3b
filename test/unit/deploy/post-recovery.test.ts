import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { reasonOfPostRecovery, runPostRecovery } from '../../../src/deploy/post-recovery.ts'
import type { Diagnostics, ReportStore } from '../../../src/model/ports.ts'
import { POST_SECONDS } from '../../../src/model/timeouts.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock } from '../health/hand-clock.ts'
import { KEEPS_ALL, RecordingReporter } from './deploying.ts'
import { type HostState, NEW_IMAGE, OLD_IMAGE, type Scene, ScriptedHost } from './scripted-host.ts'

const config = configOf(environmentWith({ image: 'registry.example.com/ai-trade:2' }))

/**
 * The post step of a deployment that was cancelled while the host stood at `state`: what it tells at once, and once the
 * diagnostics are kept.
 */
async function recovering(
  state: HostState,
  scene: Scene = {},
  keepDiagnostics: ReportStore['keepDiagnostics'] = KEEPS_ALL.keepDiagnostics,
) {
  const host = new ScriptedHost(scene)
  host.state = state
  const clock = new HandClock()
  const kept: Diagnostics[] = []
  const store: ReportStore = {
    ...KEEPS_ALL,
    keepDiagnostics: (id, diagnostics) => {
      kept.push(diagnostics)
      return keepDiagnostics(id, diagnostics)
    },
  }
  let over = false
  const settled = runPostRecovery(
    config,
    'ab12',
    { code: 'step.cancelled', phase: '' },
    {
      connect: () => host.connect(),
      hostProgram: 'echo the host program\n',
      clock,
      progress: new RecordingReporter(),
    },
  ).then(async ({ report, collectArtifacts }) => {
    const askedUntilThen = [...host.log]
    return {
      report: { ...report, warnings: [...report.warnings] },
      askedUntilThen,
      last: await collectArtifacts(store),
    }
  })
  void settled.finally(() => {
    over = true
  })
  // What waits before it connects again does so by this clock.
  for (let at = 0; at < 1000 && !over; at += 1) await clock.advance(100)
  return { host, kept, ...(await settled) }
}

afterEach(() => {
  jest.useRealTimers()
})

describe('a post-recovery', () => {
  it.each([
    ['none', 'unchanged', 'none'],
    ['unchanged', 'unchanged', 'unchanged'],
    ['begun', 'unchanged', 'unchanged'],
    ['snapshotted', 'unchanged', 'unchanged'],
    ['prefetched', 'unchanged', 'unchanged'],
    ['applying', 'rolled_back', 'rolled_back'],
    ['applied', 'rolled_back', 'rolled_back'],
    ['rolled_back', 'rolled_back', 'rolled_back'],
    ['rollback_failed', 'rolled_back', 'rolled_back'],
    ['promoted', 'promoted', 'promoted'],
  ] as const)('a transaction that stands at %s: %s', async (state, outcome, end) => {
    const { host, report } = await recovering(state)
    expect(report.ending.kind).toBe(outcome)
    expect(host).toMatchObject({ state: end, closed: 'closed' })
  })

  it('a transaction that stands before its boundary, on a host that can start no job: unchanged', async () => {
    const { report } = await recovering('prefetched', {
      fault: (call) => (call.verb === 'start_job' ? 'fails' : 'none'),
      abandon: 'untidy',
    })
    expect(report.ending.kind).toBe('unchanged')
  })

  it('reports the images as the host recorded them', async () => {
    const { report } = await recovering('applied')
    expect(report).toMatchObject({
      transactionId: 'ab12',
      gate: { kind: 'elsewhere' },
      image: { imageId: NEW_IMAGE },
      previousImage: { imageId: OLD_IMAGE },
      ending: { because: { code: 'step.cancelled' } },
    })
  })

  it('says that a rollback failed', async () => {
    const { report } = await recovering('applied', {
      jobs: {
        rollback(job, host) {
          host.state = 'rollback_failed'
          job.fact('rollback_failed')
          job.end(1)
        },
      },
    })
    expect(report.ending.kind).toBe('rollback_failed')
  })

  it('claims no failed rollback where the host did not say so', async () => {
    const { report } = await recovering('applied', { jobs: { rollback: (job) => job.end(1) } })
    expect(report.ending.kind).toBe('unknown')
  })

  it.each(['link-dies', 'shell-dies', 'fails'] as const)(
    'claims nothing untrue: %s at every call in turn',
    async (fault) => {
      for (let number = 0; number < 8; number += 1) {
        const { host, report } = await recovering('applied', {
          fault: (_call, at) => (at === number ? fault : 'none'),
        })
        if (report.ending.kind === 'rolled_back') expect(host.state).toBe('rolled_back')
        else expect(['unknown', 'rollback_failed']).toContain(report.ending.kind)
      }
    },
  )

  it('ends within its time, also where the host does not', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] })
    const settled = recovering('applied', { jobs: { rollback: () => undefined } })
    await jest.advanceTimersByTimeAsync((POST_SECONDS + 1) * 1000)
    const { report } = await settled
    expect(report.ending).toMatchObject({ kind: 'unknown', because: { code: 'step.post_timeout' } })
  })
})

describe('the diagnostics of what the post step settled', () => {
  it('are asked for once it is known how it ended, and kept', async () => {
    const { askedUntilThen, host, kept, report, last } = await recovering('applied')
    expect(askedUntilThen).not.toContain('diagnostics')
    expect(host.log.slice(askedUntilThen.length)).toEqual(['diagnostics'])
    expect(kept).toEqual([
      {
        files: [{ name: 'journal', bytes: Buffer.from('it began') }],
        reports: undefined,
        gate: { kind: 'elsewhere' },
      },
    ])
    expect(report.diagnostics).toEqual({ kind: 'none' })
    expect(last).toMatchObject({
      ending: report.ending,
      services: report.services,
      diagnostics: { kind: 'kept', path: '/temp', artifact: { kind: 'none' } },
    })
  })

  it.each(['promoted', 'none'] as const)(
    'are no concern of a transaction that stands at %s',
    async (state) => {
      const { host, kept, report, last } = await recovering(state)
      expect(host.log).not.toContain('diagnostics')
      expect(kept).toEqual([])
      expect(last).toMatchObject({ ending: report.ending, diagnostics: { kind: 'none' }, warnings: [] })
    },
  )

  it('are those of one that changed nothing, too', async () => {
    const { report, kept } = await recovering('prefetched')
    expect(report.ending.kind).toBe('unchanged')
    expect(kept).toHaveLength(1)
  })

  it('that the host does not send are a warning', async () => {
    const { host, report, last } = await recovering('applied', {
      fault: (call) => (call.verb === 'diagnostics' ? 'fails' : 'none'),
    })
    expect(report.warnings).toEqual([])
    expect(last).toMatchObject({
      ending: report.ending,
      warnings: [{ kind: 'diagnostics-failed', detail: 'the host did not send them (ssh.shell_unusable)' }],
    })
    expect(host.closed).toBe('closed')
  })

  it('of a host that was not reached are a warning', async () => {
    const host = await recovering('applied', { open: 'refused' })
    expect(host.report.ending.kind).toBe('unknown')
    expect(host.last.warnings).toMatchObject([{ kind: 'diagnostics-failed' }])
  })

  it('that cannot be kept are a warning', async () => {
    const { last } = await recovering('applied', {}, () => Promise.reject(new Error('no thread')))
    expect(last).toMatchObject({
      ending: { kind: 'rolled_back' },
      diagnostics: { kind: 'none' },
      warnings: [{ kind: 'diagnostics-failed', detail: 'Error: no thread' }],
    })
  })
})

describe('settledBy', () => {
  const begun = (outcome: string) => ({
    kind: 'begun' as const,
    transactionId: 'ab12',
    outcome,
    target: {
      host: 'h',
      port: '22',
      username: 'u',
      'bastion-host': '',
      'bastion-port': '',
      'bastion-username': '',
      'project-dir': '/p',
      image: 'x:1',
    },
  })

  it.each(['promoted', 'unchanged', 'rolled_back', 'rollback_failed'])(
    'is the step itself after %s',
    (outcome) => {
      expect(reasonOfPostRecovery(begun(outcome))).toBe('step')
    },
  )

  it.each([
    ['', 'step.died'],
    ['cancelled', 'step.cancelled'],
    ['unknown', 'step.lost_contact'],
  ])('is nobody yet after "%s"', (outcome, code) => {
    expect(reasonOfPostRecovery(begun(outcome))).toMatchObject({ code })
  })

  it('is nobody to ask for where nothing was begun', () => {
    expect(reasonOfPostRecovery({ kind: 'nothing-begun' })).toBe('step')
  })
})
