import { type EvidenceNeed, KNOWN_STAGES, type WantedEvidence } from '../../model/assessment.ts'

/** The settings that say what evidence the gate needs. */
export interface EvidenceSettings {
  readonly stage: string
  /** What the runner is told with `--min-runtime-status`; 0: nothing, at a stage that is not known here. */
  readonly minRuntimeStatus: number
  /** The lines of `CLOSED_LOOP_EVIDENCE`; undefined where it is not set. */
  readonly evidence?: readonly WantedEvidence[]
}

/** Of the known stages, beside the status lines. */
const STAGE_LINES: Readonly<Record<(typeof KNOWN_STAGES)[number], readonly WantedEvidence[]>> = {
  S3: [{ text: 'GATE_CHECK', least: 1 }],
  S5: [
    { text: 'GATE_CHECK', least: 1 },
    { text: 'SELF_EVOLUTION', least: 1 },
  ],
}

const STATUS = 'RUNTIME_STATUS'

/**
 * What the container instance must log before the runner is called: the lines of `CLOSED_LOOP_EVIDENCE`, or without it those of
 * a known stage; and always as many status lines as the runner is told to demand, because it would call a release bad
 * that has merely not logged them yet. Of two numbers for them the larger one counts.
 */
export function wantedEvidence(settings: EvidenceSettings): readonly WantedEvidence[] {
  const known = KNOWN_STAGES.find((stage) => stage === settings.stage)
  const lines = settings.evidence ?? (known ? STAGE_LINES[known] : [])
  const named = lines.find(({ text }) => text === STATUS)?.least ?? 0
  const least = Math.max(named, settings.minRuntimeStatus, known && !settings.evidence ? 1 : 0)
  const others = lines.filter(({ text }) => text !== STATUS)
  return least === 0 ? others : [{ text: STATUS, least }, ...others]
}

/**
 * The evidence against the lines that the container instance has logged so far, in the same order. The wait before the
 * assessment and the judgement after it both use this. Written so that a count that is missing or no number is never enough.
 */
export function evidenceNeeds(
  wanted: readonly WantedEvidence[],
  counts: readonly number[],
): readonly EvidenceNeed[] {
  return wanted.map(({ text, least }, index) => {
    const got = counts[index] ?? 0
    return { name: text, wanted: least, got, reached: got >= least }
  })
}
