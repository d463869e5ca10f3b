import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { annotationOf } from '../../../src/output/annotation.ts'
import { outputsOf } from '../../../src/output/outputs.ts'
import { renderSummary } from '../../../src/output/summary.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { afterTimers, deploying, expectTrue, useFakeTimers } from './deploying.ts'
import type { Job, ScriptedHost } from './scripted-host.ts'

type Behaviour = (job: Job, host: ScriptedHost) => void

afterEach(() => {
  jest.useRealTimers()
})

/** A release that fails its gate, and a rollback that behaves so. */
async function rollingBack(rollback: Behaviour, inputs: Readonly<Record<string, string>> = {}) {
  useFakeTimers()
  const scene = deploying({ jobs: { assess: (job) => job.end(1), rollback } }, { inputs })
  const report = await afterTimers(scene)
  expectTrue(report, scene)
  return { scene, report }
}

describe('a rollback that the host has not reported as failed', () => {
  it.each<readonly [string, Behaviour, string]>([
    ['is not done in time', () => undefined, 'rollback.timeout'],
    ['somebody else has the project now', (job) => job.end(66), 'lock.lost'],
    ['it ended without a word', (job) => job.end(1), 'rollback.failed'],
  ])('is no failed one: %s', async (_, rollback, code) => {
    const { scene, report } = await rollingBack(rollback)
    expect(report.ending).toMatchObject({
      kind: 'unknown',
      because: { code },
      failure: { code: 'gate.error' },
    })
    // By which the post step knows that it has to look.
    expect(scene.saved.at(-1)).toBe('outcome=unknown')
  })

  it('says in summary, annotation and outputs alike that the host goes on, and why', async () => {
    const { report } = await rollingBack(() => undefined)
    const { run } = configOf(environmentWith())
    const said = [annotationOf(report).message, renderSummary(report, run)]
    for (const text of said) {
      expect(text).toContain('The rollback did not finish within 8 min')
      expect(text).toContain('The host goes on with it by itself.')
      expect(text).toContain('reports the end')
      expect(text).not.toContain('The rollback failed')
    }
    expect(annotationOf(report)).toMatchObject({ level: 'error', title: 'The rollback is not done yet' })
    expect(outputsOf(report)).toMatchObject({
      outcome: 'unknown',
      reason: 'rollback.timeout',
      'rolled-back': 'false',
      fault: 'environment',
    })
  })

  it('is waited for as long as the restored release may take to become healthy', async () => {
    const { report } = await rollingBack(() => undefined, { 'health-timeout': '20m' })
    expect(report.ending).toMatchObject({ because: { code: 'rollback.timeout', seconds: 1500 } })
  })
})

describe('a rollback that failed', () => {
  it('is one where the host says so', async () => {
    const { report } = await rollingBack((job, host) => {
      host.state = 'rollback_failed'
      job.fact('rollback_failed')
      job.end(1)
    })
    expect(report.ending).toMatchObject({ kind: 'rollback_failed', because: { code: 'gate.error' } })
  })

  it.each(['keep', 'stop'])('and lacks nothing but a healthcheck stopped nothing, with %s', async (asked) => {
    const { report } = await rollingBack(
      (job, host) => {
        host.state = 'rollback_failed'
        job.fact('difference', 'ai-trade', 'health', 'healthy', 'starting')
        job.fact('still_starting', 'ai-trade')
        job.fact('rollback_failed')
        job.end(1)
      },
      { 'on-rollback-failure': asked },
    )
    expect(report.ending).toMatchObject({ left: { kind: 'starting', containers: ['ai-trade'] } })
    expect(annotationOf(report).title).toBe('What ran before runs again, but is not healthy yet')
    expect(annotationOf(report).message).toContain(
      'A healthcheck has not passed yet: ai-trade. So the rollback is not verified. Nothing was stopped.',
    )
    expect(annotationOf(report).message).not.toContain('told to stop')
  })
})
