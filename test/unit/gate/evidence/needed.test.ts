import { describe, expect, it } from '@jest/globals'
import { type EvidenceSettings, evidenceNeeds, wantedEvidence } from '../../../../src/gate/evidence/needed.ts'

const line = (text: string, least: number) => ({ text, least })
const STATUS = (least: number) => line('RUNTIME_STATUS', least)
const GATE = line('GATE_CHECK', 1)
const EVOLUTION = line('SELF_EVOLUTION', 1)

describe('the evidence that is waited for', () => {
  it.each<[name: string, settings: EvidenceSettings, wanted: ReturnType<typeof wantedEvidence>]>([
    ['that of S3', { stage: 'S3', minRuntimeStatus: 10 }, [STATUS(10), GATE]],
    ['that of S5', { stage: 'S5', minRuntimeStatus: 50 }, [STATUS(50), GATE, EVOLUTION]],
    ['nothing at another stage', { stage: 'DEPLOY', minRuntimeStatus: 0 }, []],
    ['the minimum at another stage', { stage: 'DEPLOY', minRuntimeStatus: 3 }, [STATUS(3)]],
    [
      'what is named at another stage',
      { stage: 'DEPLOY', minRuntimeStatus: 0, evidence: [line('READY', 2)] },
      [line('READY', 2)],
    ],
    [
      'what is named in place of the lines of S5, and the minimum of the runner',
      { stage: 'S5', minRuntimeStatus: 10, evidence: [line('READY', 2)] },
      [STATUS(10), line('READY', 2)],
    ],
    [
      'the larger number of status lines: the minimum',
      { stage: 'S3', minRuntimeStatus: 10, evidence: [GATE, STATUS(4)] },
      [STATUS(10), GATE],
    ],
    [
      'the larger number of status lines: the named one',
      { stage: 'S3', minRuntimeStatus: 3, evidence: [STATUS(4)] },
      [STATUS(4)],
    ],
    ['never nothing at a known stage', { stage: 'S3', minRuntimeStatus: 0 }, [STATUS(1), GATE]],
  ])('is %s', (_name, settings, wanted) => {
    expect(wantedEvidence(settings)).toEqual(wanted)
  })

  it('is reached by counts that are numbers alone', () => {
    const reached = (got: readonly number[]) => evidenceNeeds([STATUS(2)], got).map((need) => need.reached)
    expect([[2], [3], [1], [0], [], [Number.NaN]].map((got) => reached(got)[0])).toEqual([
      ...[true, true, false, false, false, false],
    ])
    expect(evidenceNeeds([STATUS(Number.NaN)], [5])[0]?.reached).toBe(false)
  })
})
