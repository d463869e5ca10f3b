import * as z from 'zod'
import type { WantedEvidence } from '../model/assessment.ts'
import { INVISIBLE } from './text.ts'

const MOST_LINES = 20
const LINE = new RegExp(`^(?<text>[^${INVISIBLE}]{1,200}?) *>= *(?<least>[1-9]\\d{0,5})$`, 'u')

/** What a log must show, one `TEXT >= N` a line; empty lines are none. */
export function evidenceLines() {
  return z
    .string()
    .transform((text, context): readonly WantedEvidence[] => {
      const lines = text.split('\n').map((line) => line.trim())
      return lines.flatMap((line, index) => {
        if (line === '') return []
        const { text, least } = LINE.exec(line)?.groups ?? {}
        if (text !== undefined && least !== undefined) return [{ text, least: Number(least) }]
        context.issues.push({
          code: 'custom',
          // By its line, so that each wrong one is a mistake by itself, and shown by itself.
          path: [index],
          input: line,
          message: `a line like \`GATE_CHECK >= 1\`: a text of at most 200 characters without control characters, >= and a whole number from 1 to 999999, in line ${index + 1}`,
        })
        return []
      })
    })
    .refine((lines) => lines.length <= MOST_LINES, { error: `at most ${MOST_LINES} lines` })
    .refine((lines) => new Set(lines.map(({ text }) => text)).size === lines.length, {
      error: 'every text once',
    })
}
