import type { WantedEvidence } from '../../model/assessment.ts'

/** What a line has to contain to be one of these: any of the texts. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  RUNTIME_STATUS: ['RUNTIME_STATUS:'],
  GATE_CHECK: ['GATE_CHECK_PASSED', 'GATE_CHECK_FAILED'],
}

/** The evidence as words of the job `evidence`: of each text its number and, with tabs between them, what its lines contain. */
export function evidenceWords(wanted: readonly WantedEvidence[]): readonly string[] {
  return wanted.flatMap(({ text, least }) => {
    const texts = Object.hasOwn(TEXTS, text) ? TEXTS[text] : undefined
    return [String(least), (texts ?? [text]).join('\t')]
  })
}
