import { describe, expect, it } from '@jest/globals'
import { OutputTail } from '../../../src/deploy/output-tail.ts'
import { DeploymentRecord } from '../../../src/deploy/record.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { container } from '../health/builders.ts'
import { HandClock } from '../health/hand-clock.ts'
import { RecordingReporter } from './deploying.ts'

const OLD = `sha256:${'a'.repeat(64)}`
const NEW = `sha256:${'b'.repeat(64)}`

function recording() {
  const clock = new HandClock()
  const progress = new RecordingReporter()
  const config = configOf(environmentWith({ image: 'ai-trade:2', host: 'trade.example.com' }))
  const record = new DeploymentRecord(config, clock, progress, new OutputTail())
  record.deploys(config)
  return { clock, progress, record }
}

describe('DeploymentRecord', () => {
  it('says nothing that nobody told it', () => {
    expect(recording().record.report({ kind: 'promoted' })).toEqual({
      ending: { kind: 'promoted' },
      purpose: { kind: 'release' },
      gate: { kind: 'not_run' },
      failureLog: { kind: 'none' },
      transactionId: '',
      host: 'trade.example.com',
      projectDir: '/opt/ai-trade',
      image: { reference: 'ai-trade:2', imageId: '' },
      previousImage: { reference: '', imageId: '' },
      services: [],
      release: { kind: 'none' },
      timings: [],
      warnings: [],
      reports: { path: '', files: [], artifact: { kind: 'none' } },
      diagnostics: { kind: 'none' },
      checks: [],
      durationSeconds: 0,
      leaseSeconds: 90,
      outputTail: [],
    })
  })

  it('times the phases, also one that comes twice, and the whole', async () => {
    const { record, clock, progress } = recording()
    await clock.advance(500)
    record.enter('connect')
    await clock.advance(1200.4)
    record.enter('evidence')
    await clock.advance(3000)
    record.enter('connect')
    await clock.advance(1)
    expect(record.phase).toBe('connect')
    const report = record.report({ kind: 'promoted' })
    expect(report.timings).toEqual([
      { phase: 'connect', milliseconds: 1200 },
      { phase: 'evidence', milliseconds: 3000 },
      { phase: 'connect', milliseconds: 1 },
    ])
    expect(report.durationSeconds).toBeCloseTo(4.7014)
    expect(progress.phases).toEqual(['connect', 'evidence', 'connect'])
  })

  it('keeps warnings in order and tells them at once', () => {
    const { record, progress } = recording()
    record.warn({ kind: 'gate-not-enforced' })
    record.warn({ kind: 'cleanup-failed', detail: 'x' })
    expect(record.report({ kind: 'promoted' }).warnings).toEqual(progress.warnings)
    expect(progress.warnings).toHaveLength(2)
  })

  it('shows every service container before and after, under its name, and no one-off container', () => {
    const { record } = recording()
    record.before = [
      container({ imageId: OLD, reference: 'ai-trade:1', health: 'healthy' }),
      container({ service: 'watchdog', state: 'exited' }),
      container({ name: 'ai-trade-run-1', oneOff: 'one-off' }),
    ]
    record.after = [
      container({ imageId: NEW, reference: 'ai-trade:2', health: 'starting' }),
      container({ service: 'scheduler' }),
    ]
    const { services, previousImage } = record.report({ kind: 'promoted' })
    const nowhere = { reference: '', imageId: '', state: '' }
    expect(services).toMatchObject([
      {
        service: 'ai-trade',
        container: 'ai-trade',
        before: { reference: 'ai-trade:1', imageId: OLD, state: 'running, healthy' },
        after: { reference: 'ai-trade:2', imageId: NEW, state: 'running, starting' },
      },
      { service: 'watchdog', before: { state: 'exited' }, after: nowhere },
      { service: 'scheduler', before: nowhere, after: { state: 'running' } },
    ])
    expect(previousImage).toEqual({ reference: 'ai-trade:1', imageId: OLD })
  })

  it('takes the previous image of the gate service only, from no one-off container', () => {
    const { record } = recording()
    record.before = [
      container({ service: 'watchdog', imageId: OLD }),
      container({ name: 'ai-trade-run-1', oneOff: 'one-off', imageId: OLD }),
    ]
    expect(record.report({ kind: 'promoted' }).previousImage).toEqual({ reference: '', imageId: '' })
  })
})
