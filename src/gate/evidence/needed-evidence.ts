import type { EvidenceCount, EvidenceName, EvidenceNeed, Stage } from '../../model/assessment.ts'

/**
 * What the gate needs for `stage`, against what the container instance has logged so far: `minRuntimeStatus` status
 * lines, a gate window, and for S5 a self-evolution line. Used by the wait before the assessment and by
 * the judgement after it, so that both mean the same. No evidence is never enough, whatever was asked for.
 */
export function neededEvidence(
  stage: Stage,
  minRuntimeStatus: number,
  counts: EvidenceCount,
): readonly EvidenceNeed[] {
  const needs = [
    need('RUNTIME_STATUS', Math.max(1, minRuntimeStatus), counts.runtimeStatus),
    need('GATE_CHECK', 1, counts.gateCheck),
  ]
  return stage === 'S5' ? [...needs, need('SELF_EVOLUTION', 1, counts.selfEvolution)] : needs
}

/** Written so that a count that is no number never counts as reached. */
function need(name: EvidenceName, wanted: number, got: number): EvidenceNeed {
  return { name, wanted, got, reached: got >= wanted }
}
