import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { PlanReport, ReleasePlan } from '../../../src/model/release-plan.ts'
import { isDeployable, planAnnotation, planOutputs, renderPlan } from '../../../src/output/plan.ts'
import { hostileText } from './hostile.ts'

const RUN = {
  ...{ repository: 'o/r', runId: '1', runAttempt: '1', job: 'plan', sha: 'abc', actor: 'mona' },
  serverUrl: 'https://github.com',
}

function planWith(text: string, part: Partial<ReleasePlan> = {}): PlanReport {
  const plan: ReleasePlan = {
    refused: [],
    warnings: [{ kind: 'drift', service: text }],
    images: [{ key: 'APP_IMAGE', reference: text }],
    services: [
      {
        ...{ service: text, effect: 'recreated', reasons: ['image', 'files'], turn: 'after-gate' },
        ...{ before: text, after: text },
      },
      { service: 'side', effect: 'kept', reasons: [], turn: 'before-gate', before: 'a', after: 'a' },
    ],
    files: [text],
    variables: [text],
    returnsTo: [{ service: text, container: text, reference: text, imageId: text, state: text }],
    disk: { freeKibibytes: 2048, snapshotKibibytes: 3 },
    ...part,
  }
  return { found: { kind: 'planned', plan }, host: text, projectDir: text, durationSeconds: 2.4 }
}

const REFUSED = planWith('app', { refused: [{ finding: 'env-file-missing', path: '/srv/.env' }] })
const FAILED: PlanReport = {
  ...planWith('app'),
  found: { kind: 'not-planned', because: { code: 'preflight.timeout', seconds: 60 } },
}

describe('a plan', () => {
  it('that could begin says what would change, and is a notice', () => {
    const report = planWith('app')
    expect(isDeployable(report)).toBe(true)
    expect(planAnnotation(report)).toMatchObject({ level: 'notice', title: 'The deployment could begin' })
    expect(planAnnotation(report).message).toContain('1 service would be recreated, 0 started, 1 kept')
    const summary = renderPlan(report, RUN)
    expect(summary).toContain('recreated &#40;another image, it mounts a path that changes&#41;')
    expect(summary).toContain('2.0 MiB free; the snapshot would copy 3.0 KiB')
    expect(planOutputs(report)).toMatchObject({ reason: '', 'duration-seconds': '2' })
  })

  it('that would be refused names every reason, and is an error', () => {
    expect(isDeployable(REFUSED)).toBe(false)
    expect(planAnnotation(REFUSED)).toMatchObject({
      level: 'error',
      title: 'The deployment would be refused',
    })
    expect(renderPlan(REFUSED, RUN)).toContain('/srv/.env')
    expect(planOutputs(REFUSED).reason).toBe('preflight.refused')
  })

  it('that could not be made says why, and claims nothing of the host', () => {
    expect(planAnnotation(FAILED).message).toContain('Reason: preflight.timeout.')
    expect(planOutputs(FAILED)).toEqual({ reason: 'preflight.timeout', plan: '', 'duration-seconds': '2' })
    expect(renderPlan(FAILED, 'unknown')).not.toContain('### Services')
  })

  it('says that nothing runs where nothing does', () => {
    expect(renderPlan(planWith('app', { returnsTo: [] }), RUN)).toContain('nothing of the project runs now')
  })

  it('keeps foreign text inert: every row stays a row', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const summary = renderPlan(planWith(text), RUN)
        const rows = summary.split('\n').filter((line) => line.startsWith('|'))
        expect(rows).toHaveLength(13)
        expect(summary).not.toMatch(/<(?!\/?(?:code|sub|br|wbr)>)/u)
      }),
    )
  })

  it('is JSON for a program', () => {
    const { plan } = planOutputs(planWith('app'))
    expect(JSON.parse(plan)).toMatchObject({ services: [{ service: 'app', effect: 'recreated' }, {}] })
  })
})
