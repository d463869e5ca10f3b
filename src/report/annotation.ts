import type { DeploymentReport } from '../outcome.ts'
import { beginning } from './clean-text.ts'
import { describeEnding } from './words/ending.ts'
import { faultSentence } from './words/fault.ts'
import { hintsOf } from './words/hints.ts'

/** The runner cuts annotations at 4096 characters (actions/runner, ExecutionContext.cs). */
const MOST_CHARACTERS = 4096

/** The one annotation of a deployment: an error for every ending but `promoted`. Plain text. */
export interface Annotation {
  readonly level: 'error' | 'notice'
  readonly title: string
  readonly message: string
}

/** What happened, what runs now and what to do, with the code of the reason. */
export function annotationOf(report: DeploymentReport): Annotation {
  const { ending } = report
  const words = describeEnding(report)
  const reason = ending.kind === 'promoted' ? '' : `Reason: ${ending.because.code}.`
  const parts = [
    words.happened,
    `What runs now: ${words.runsNow}`,
    words.next === '' ? '' : `What to do: ${words.next}`,
    ...hintsOf(report).map((hint) => `Points to: ${hint}`),
    faultSentence(report),
    reason,
  ].filter((part) => part !== '')
  // What happened may be the longest part: it is cut first, so that the rest is never lost.
  const rest = parts.slice(1).join('\n')
  const room = MOST_CHARACTERS - Math.min(rest.length, MOST_CHARACTERS - 500) - 1
  const message = beginning([beginning(parts[0] ?? '', room), rest].join('\n'), MOST_CHARACTERS)
  return { level: ending.kind === 'promoted' ? 'notice' : 'error', title: words.title, message }
}
