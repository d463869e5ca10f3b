import { describe, expect, it } from '@jest/globals'
import { type Deployment, disagreements, reportedImageId } from '../../support/demo/verdict.ts'

const V2 = { reference: 'registry:5000/ai-trade:v2', imageId: `sha256:${'2'.repeat(64)}` }
const V3 = { reference: 'registry:5000/ai-trade:v3', imageId: `sha256:${'3'.repeat(64)}` }

function rolledBack(part: Partial<Deployment> = {}): Deployment {
  return {
    name: 'v3',
    expected: { outcome: 'rolled_back', release: V2 },
    reported: {
      exitCode: 1,
      outputs: { outcome: 'rolled_back', 'image-id': V3.imageId, 'previous-image-id': V2.imageId },
    },
    reality: {
      containers: ['ai-trade', 'ai-trade-watchdog'].map((name) => ({
        name,
        imageId: V2.imageId,
        state: 'running, healthy',
      })),
      environmentReference: V2.reference,
      environmentImageId: V2.imageId,
      latestVerdict: '',
    },
    ...part,
  }
}

describe('disagreements', () => {
  it('are none where expectation, report and server agree', () => {
    expect(disagreements(rolledBack())).toEqual([])
  })

  it('name the container that still runs the bad image, whatever was reported', () => {
    const deployment = rolledBack()
    const [first, ...others] = deployment.reality.containers
    if (first === undefined) throw new Error('no container')
    const containers = [{ ...first, imageId: V3.imageId }, ...others]
    const found = disagreements({ ...deployment, reality: { ...deployment.reality, containers } })
    expect(found).toEqual([`the image of ai-trade: expected ${V2.imageId}, got ${V3.imageId}`])
  })

  it('name a container that is gone or does not run', () => {
    const { reality } = rolledBack()
    const found = disagreements(
      rolledBack({
        reality: {
          ...reality,
          containers: [{ name: 'ai-trade', imageId: V2.imageId, state: 'exited' }],
        },
      }),
    )
    expect(found).toEqual([
      'the state of ai-trade: expected running, got exited',
      `the image of ai-trade-watchdog: expected ${V2.imageId}, got nothing`,
      'the state of ai-trade-watchdog: expected running, got nothing',
    ])
  })

  it('name an env file that would bring the bad release back', () => {
    const { reality } = rolledBack()
    const found = disagreements(
      rolledBack({
        reality: { ...reality, environmentReference: V3.reference, environmentImageId: V3.imageId },
      }),
    )
    expect(found).toHaveLength(2)
  })

  it('name another outcome and another exit code', () => {
    const outputs = { outcome: 'promoted', 'image-id': V3.imageId, 'previous-image-id': V2.imageId }
    const found = disagreements(rolledBack({ reported: { exitCode: 0, outputs } }))
    expect(found).toContain('the outcome: expected rolled_back, got promoted')
    expect(found).toContain("the step's exit code: expected 1, got 0")
  })
})

describe('reportedImageId', () => {
  it('is nothing where the outcome claims nothing', () => {
    expect(reportedImageId(rolledBack({ reported: { exitCode: 1, outputs: { outcome: 'unknown' } } }))).toBe(
      '',
    )
  })
})
