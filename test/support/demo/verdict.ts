import type { Release } from '../releases/releases.ts'
import { RELEASE_CONTAINERS, type Reality } from './reality.ts'

/** A deployment of the demo: what should come of it, what the action said, what the server says. */
export interface Deployment {
  /** How the table calls it. */
  readonly name: string
  readonly expected: {
    readonly outcome: 'promoted' | 'rolled_back'
    /** The release that should run afterwards, with the ID that its build gave. */
    readonly release: Release
  }
  readonly reported: {
    readonly exitCode: number
    readonly outputs: Readonly<Record<string, string>>
  }
  readonly reality: Reality
}

/** The image ID that, by what the action reported, runs now; empty when it claims nothing. */
export function reportedImageId({ reported: { outputs } }: Deployment): string {
  switch (outputs.outcome) {
    case 'promoted':
      return outputs['image-id'] ?? ''
    case 'rolled_back':
    case 'unchanged':
      return outputs['previous-image-id'] ?? ''
    default:
      return ''
  }
}

/** Every way in which expectation, report and server differ, in words; empty when all three agree. */
export function disagreements(deployment: Deployment): readonly string[] {
  const { expected, reported, reality } = deployment
  const { outcome = '' } = reported.outputs
  const claimed = reportedImageId(deployment)
  const exitCode = expected.outcome === 'promoted' ? 0 : 1
  return [
    ...differing('the outcome', expected.outcome, outcome),
    ...differing("the step's exit code", String(exitCode), String(reported.exitCode)),
    ...differing('the image ID reported', expected.release.imageId, claimed),
    ...RELEASE_CONTAINERS.flatMap((name) => {
      const container = reality.containers.find((one) => one.name === name)
      return [
        ...differing(`the image of ${name}`, claimed, container?.imageId ?? ''),
        ...differing(`the state of ${name}`, 'running', container?.state.split(',')[0] ?? ''),
      ]
    }),
    ...differing('the reference in the env file', expected.release.reference, reality.environmentReference),
    ...differing('the image of that reference on the server', claimed, reality.environmentImageId),
  ]
}

function differing(what: string, wanted: string, got: string): readonly string[] {
  return wanted === got ? [] : [`${what}: expected ${wanted || 'nothing'}, got ${got || 'nothing'}`]
}
