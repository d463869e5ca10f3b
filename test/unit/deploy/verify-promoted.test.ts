import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { VERIFY_SECONDS } from '../../../src/model/timeouts.ts'
import { outputsOf } from '../../../src/output/outputs.ts'
import { afterTimers, deploying, expectTrue, overTime, useFakeTimers } from './deploying.ts'

afterEach(() => {
  jest.useRealTimers()
})

const inputs = { 'verify-after-deploy': 'true' }

describe('a promoted deployment that verifies', () => {
  it('stays promoted, and warns of what the host does not pass', async () => {
    const scene = deploying({ verify: ['fact\tclock\t1', 'fact\tlooked\ttransactions'] }, { inputs })
    const report = await overTime(scene)
    expectTrue(report, scene)
    expect(report.ending).toEqual({ kind: 'promoted' })
    expect(report.checks.map(({ name }) => name)).toContain('last-deployment')
    expect(report.warnings.map(({ kind }) => kind)).toEqual(['not-accepted'])
    expect(JSON.parse(outputsOf(report).checks)).toHaveLength(report.checks.length)
    // The reports are safe by then: a job that times out in it loses none.
    expect(scene.progress.phases.slice(-2)).toEqual(['reports', 'verify'])
    expect(report.reports.path).toBe('/temp')
    expect(scene.saved.at(-1)).toBe('outcome=promoted')
  })

  it.each(['fails', 'link-dies', 'shell-dies'] as const)(
    'stays promoted where the call %s',
    async (fault) => {
      const scene = deploying({ fault: ({ verb }) => (verb === 'verify' ? fault : 'none') }, { inputs })
      const report = await overTime(scene)
      expectTrue(report, scene)
      expect(report.ending).toEqual({ kind: 'promoted' })
      expect(report.warnings.map(({ kind }) => kind)).toEqual(['verify-failed'])
      expect(report.checks).toEqual([])
    },
  )

  it('stays promoted where the host is gone for good, and says so as soon as its time is over', async () => {
    useFakeTimers()
    const scene = deploying(
      { fault: ({ verb }) => (verb === 'verify' ? 'link-dies' : 'none') },
      { inputs: { ...inputs, lease: '1h' } },
    )
    const report = await afterTimers(scene)
    expectTrue(report, scene)
    expect(report.ending).toEqual({ kind: 'promoted' })
    expect(report.warnings).toEqual([{ kind: 'verify-failed', detail: 'verify.timeout' }])
    // A lease may be longer than anybody waits for what only looks.
    expect(report.durationSeconds).toBeLessThan(2 * VERIFY_SECONDS + 60)
  })

  it('is not verified if nobody asked for it, or nothing was promoted', async () => {
    const plain = deploying({})
    expect((await overTime(plain)).checks).toEqual([])
    expect(plain.host.log).not.toContain('verify')
    const refused = deploying({ preflight: () => ['fact\tfinding\ttool-missing\tawk'] }, { inputs })
    expect((await overTime(refused)).ending.kind).toBe('unchanged')
    expect(refused.host.log).not.toContain('verify')
  })
})
