import { parseRunMeta } from '../gate/reports/reports.ts'
import type { VerifyFacts } from '../host/protocol/verify-facts.ts'
import { type Check, type Evidence, RESEARCH_SERVICE } from '../model/check.ts'
import { readReport } from './reports.ts'

/** The images of the deployed services, and the one of the assessment tools, which the runner needs without a pull. */
export function imageChecks(facts: VerifyFacts, deployed: readonly string[]): readonly Check[] {
  return [...new Set([...deployed, RESEARCH_SERVICE])].map((service) => imageCheck(facts, service))
}

function imageCheck(facts: VerifyFacts, service: string): Check {
  const image = facts.images.find((one) => one.service === service)
  const check = { name: 'image', subject: service, need: 'required' } as const
  if (!facts.looked.has('compose')) return { ...check, result: 'failed', evidence: { kind: 'not-looked-at' } }
  if (!image) {
    return service === RESEARCH_SERVICE
      ? { ...check, result: 'not-checked', evidence: { kind: 'no-research-service' } }
      : { ...check, result: 'failed', evidence: { kind: 'image', reference: '', imageId: '' } }
  }
  const { reference, imageId } = image
  const isThere = imageId !== '' && imageId !== 'unknown'
  return { ...check, result: isThere ? 'ok' : 'failed', evidence: { kind: 'image', reference, imageId } }
}

/**
 * Whether the research image holds its tools. To look into it would start a container; what proves it is a run that
 * this very image made, which is the same for as long as its ID is.
 */
export function toolsCheck(facts: VerifyFacts): Check {
  const evidence = madeByImage(facts)
  const result = evidence.kind === 'made-by-image' ? 'ok' : 'not-checked'
  return { name: 'research-tools', subject: RESEARCH_SERVICE, need: 'informational', result, evidence }
}

function madeByImage(facts: VerifyFacts): Evidence {
  const image = imageCheck(facts, RESEARCH_SERVICE).evidence
  if (image.kind !== 'image' || !isImageId(image.imageId)) return image
  if (!facts.looked.has('reports')) return { kind: 'not-looked-at' }
  if (facts.runs === 'unreadable') return { kind: 'runs-unreadable' }
  const meta = readReport(facts.latest.runMeta, parseRunMeta)
  if (meta.kind !== 'valid') return { kind: 'not-made-by-image', because: 'no-meta', run: '', imageId: '' }
  const { run_id: run, research_image_id: madeBy } = meta.report
  const unproven = { kind: 'not-made-by-image', run, imageId: '' } as const
  if (!facts.runs.some(({ name, parts }) => name === run && parts === 'complete'))
    return { ...unproven, because: 'no-such-run' }
  if (madeBy === undefined || madeBy === null) return { ...unproven, because: 'unsaid' }
  if (!isImageId(madeBy)) return { ...unproven, because: 'no-image-id' }
  return madeBy === image.imageId
    ? { kind: 'made-by-image', run, imageId: madeBy }
    : { ...unproven, because: 'another-image', imageId: madeBy }
}

/** As Docker writes it. What is shorter may be of several images, and anything else of none. */
function isImageId(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/u.test(value)
}
