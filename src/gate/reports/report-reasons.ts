import type { GateReason } from '../../model/gate-decision.ts'

const MOST_REASONS = 20
const MOST_CHARACTERS = 300

/**
 * The reports' own sentences, each once (the summary report repeats those of the runtime report), at most
 * 20 of 300 characters: the whole is in the report files.
 */
export function reportReasons(all: readonly string[]): readonly GateReason[] {
  const sentences = [...new Set(all)]
  const shown = sentences
    .slice(0, MOST_REASONS)
    .map((sentence): GateReason => ({ kind: 'report', text: shorten(sentence) }))
  const left = sentences.length - shown.length
  return left > 0 ? [...shown, { kind: 'report-more', count: left }] : shown
}

function shorten(sentence: string): string {
  // A character has two code units at most; a report may be of megabytes.
  const characters = [...sentence.slice(0, 2 * MOST_CHARACTERS + 2)]
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : sentence
}
