import { describe, expect, it } from '@jest/globals'
import { OUTPUTS } from '../../../src/config/outputs.ts'
import { outputsOf } from '../../../src/output/outputs.ts'
import { decision, NEW_ID, OLD_ID, reportWith } from './builders.ts'

describe('outputsOf', () => {
  it('says everything about a promoted release', () => {
    expect(outputsOf(reportWith())).toEqual({
      outcome: 'promoted',
      reason: '',
      gate: 'pass',
      fault: '',
      verdict: 'PASS',
      'overall-status': 'PASS',
      'run-id': '20260214T151200Z',
      image: 'registry.example.com/ai-trade:2',
      'image-id': NEW_ID,
      'previous-image': 'registry.example.com/ai-trade:1',
      'previous-image-id': OLD_ID,
      'rolled-back': 'false',
      'reports-path': '/tmp/runner/closed-loop/t-0123456789ab',
      'artifact-id': '9',
      'artifact-url': 'https://github.com/acme/trade/actions/runs/77/artifacts/9',
      checks: '',
      'duration-seconds': '61',
      'transaction-id': 't-0123456789ab',
    })
  })

  it('keeps the release and the snapshot apart after a rollback', () => {
    const outputs = outputsOf(
      reportWith({
        ending: {
          kind: 'rolled_back',
          because: { code: 'gate.failed', reasons: [] },
          exceptions: [],
          toNothing: false,
        },
        gate: { kind: 'enforced', decision: decision({ kind: 'fail', verdict: 'FAIL', overallStatus: '' }) },
      }),
    )
    expect(outputs).toMatchObject({
      outcome: 'rolled_back',
      reason: 'gate.failed',
      gate: 'fail',
      fault: 'release',
      verdict: 'FAIL',
      'overall-status': '',
      'image-id': NEW_ID,
      'previous-image-id': OLD_ID,
      'rolled-back': 'true',
    })
  })

  it('is empty where there is nothing to say', () => {
    const outputs = outputsOf(
      reportWith({
        ending: { kind: 'unchanged', because: { code: 'preflight.timeout', seconds: 60 } },
        gate: { kind: 'not_run' },
        reports: { path: '', files: [], artifact: { kind: 'none' } },
      }),
    )
    expect(outputs).toMatchObject({
      outcome: 'unchanged',
      reason: 'preflight.timeout',
      gate: 'not_run',
      fault: 'environment',
      verdict: '',
      'run-id': '',
      'rolled-back': 'false',
      'reports-path': '',
      'artifact-id': '',
    })
  })

  it('has every output of the action', () => {
    expect(Object.keys(outputsOf(reportWith())).sort()).toEqual(Object.keys(OUTPUTS).sort())
  })
})
