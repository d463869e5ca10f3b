import type { EvidenceNeed, EvidenceOutlook } from '../../model/assessment.ts'

/** What was counted, and when, in seconds since the wait began. */
export interface EvidenceLook {
  readonly needs: readonly EvidenceNeed[]
  readonly elapsedSeconds: number
}

/** By the rate of each text since the first look; the slowest one decides. */
export function evidenceOutlook(first: EvidenceLook, now: EvidenceLook): EvidenceOutlook {
  const open = now.needs.filter(({ reached }) => !reached)
  if (open.length === 0) return { kind: 'reached' }
  const seconds = now.elapsedSeconds - first.elapsedSeconds
  const left = open.map(({ name, wanted, got }) => {
    const before = first.needs.find((need) => need.name === name)?.got ?? 0
    const came = got - before
    // A rotated log may hold fewer lines than before.
    return { name, seconds: came > 0 && seconds > 0 ? ((wanted - got) * seconds) / came : undefined }
  })
  const unknown = left.filter((one) => one.seconds === undefined)
  if (unknown.length > 0) return { kind: 'no-rate', names: unknown.map(({ name }) => name) }
  return { kind: 'estimate', seconds: Math.ceil(Math.max(...left.map((one) => one.seconds ?? 0))) }
}
