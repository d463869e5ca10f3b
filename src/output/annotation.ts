import type { DeploymentReport } from '../model/outcome.ts'
import { beginning } from './clean-text.ts'
import { hintsOf } from './messages/known-causes.ts'
import { describeEnding, OUTCOMES } from './messages/outcomes.ts'
import { faultSentence } from './messages/problem.ts'

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
  const rest = [
    `What runs now: ${words.runsNow}`,
    words.next === '' ? '' : `What to do: ${words.next}`,
    ...hintsOf(report).map((hint) => `Points to: ${hint}`),
    faultSentence(report),
    reason,
  ]
  const message = annotationText(words.happened, rest)
  return { level: OUTCOMES[ending.kind].exitCode === 0 ? 'notice' : 'error', title: words.title, message }
}

/** `happened`, then the rest: a line each, without empty ones. `happened` is mostly the longest, and is cut first. */
export function annotationText(happened: string, rest: readonly string[]): string {
  const lines = rest.filter((line) => line !== '').join('\n')
  const room = MOST_CHARACTERS - Math.min(lines.length, MOST_CHARACTERS - 500) - 1
  const parts = [beginning(happened, room), lines].filter((part) => part !== '')
  return beginning(parts.join('\n'), MOST_CHARACTERS)
}
