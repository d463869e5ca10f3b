import { describe, expect, it } from '@jest/globals'
import { invalidatedBy } from '../../../src/gate/invalidated.ts'
import { judge } from '../../../src/gate/judge.ts'
import type { HealthProblem } from '../../../src/model/problems/health.ts'
import { contextWith, RUN_ID } from './builders.ts'

const CONTAINER = { service: 'ai-trade', container: 'ai-trade-1', containerId: 'c' }
const lost = (change: Extract<HealthProblem, { code: 'health.lost' }>['change']): HealthProblem => ({
  code: 'health.lost',
  ...CONTAINER,
  change,
  exitCode: 3,
})

describe('voidedBy', () => {
  it.each<readonly [string, HealthProblem, 'fail' | 'error']>([
    ['exited', lost('exited'), 'fail'],
    ['restarted', lost('restarted'), 'fail'],
    ['unhealthy', lost('unhealthy'), 'fail'],
    ['stopped', lost('stopped'), 'error'],
    ['replaced', lost('replaced'), 'error'],
    ['removed', lost('removed'), 'error'],
    [
      'crashed',
      { code: 'health.crashed', ...CONTAINER, exitCode: 1, restarts: 3, outOfMemory: false },
      'fail',
    ],
    ['unhealthy', { code: 'health.unhealthy', ...CONTAINER }, 'fail'],
    [
      'not_ready_in_time',
      { code: 'health.not_ready_in_time', ...CONTAINER, state: 'no container', seconds: 180 },
      'fail',
    ],
  ])('a container instance that is %s invalidates the evidence', (got, problem, kind) => {
    expect(invalidatedBy(problem)).toEqual({
      kind,
      checks: [{ field: 'container instance of ai-trade', wanted: 'unbroken', got, ok: false }],
      rules: [],
      sections: [],
      baseline: { kind: 'not-asked' },
      flaws: [],
      reasons: [{ kind: 'instance-ended', problem }],
      warnings: [],
      verdict: '',
      overallStatus: '',
      runId: '',
    })
  })

  it('also after a pass, whose reports stay what they are', () => {
    const passed = judge(contextWith())
    expect(passed.kind).toBe('pass')
    const voided = invalidatedBy(lost('exited'), passed)
    expect(voided).toMatchObject({ kind: 'fail', verdict: 'PASS', overallStatus: 'PASS', runId: RUN_ID })
    expect(voided.reasons).toEqual([{ kind: 'instance-ended', problem: lost('exited') }])
    expect(voided.checks.filter(({ ok }) => !ok)).toHaveLength(1)
    expect(voided.checks).toEqual(expect.arrayContaining([...passed.checks]))
  })
})
