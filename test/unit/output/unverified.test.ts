import { describe, expect, it } from '@jest/globals'
import type { DeploymentReport, Ending, ServiceLine } from '../../../src/model/outcome.ts'
import { annotationOf } from '../../../src/output/annotation.ts'
import { renderSummary } from '../../../src/output/summary.ts'
import { OLD_ID, RUN, reportWith } from './builders.ts'

const PREVIOUS = { reference: 'registry.example.com/ai-trade:1', imageId: OLD_ID }
const UNSEEN: ServiceLine = {
  service: 'ai-trade',
  container: 'ai-trade',
  before: { ...PREVIOUS, state: 'running, healthy' },
  after: { reference: '', imageId: '', state: '' },
}
const LOST = { code: 'ssh.lost', during: 'evidence', detail: 'keepalive timeout' } as const
const ended = (ending: Ending): DeploymentReport => reportWith({ ending, services: [UNSEEN] })

describe('a report whose ending verified no container', () => {
  it.each<readonly [string, Ending]>([
    ['unchanged', { kind: 'unchanged', because: { code: 'prefetch.timeout', seconds: 1200 } }],
    ['unknown', { kind: 'unknown', because: LOST, lastKnown: 'evidence' }],
    [
      'rollback_failed',
      {
        kind: 'rollback_failed',
        because: LOST,
        rollback: { code: 'rollback.timeout', seconds: 300 },
        left: { kind: 'kept', back: [] },
      },
    ],
  ])('does not say that nothing runs: %s', (_kind, ending) => {
    const report = ended(ending)
    const row = renderSummary(report, RUN)
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes('running, healthy'))
    expect(row ?? 'no row at all').not.toMatch(/\| *nothing *\|/u)
    expect(annotationOf(report).message).not.toContain('nothing runs')
  })
})
