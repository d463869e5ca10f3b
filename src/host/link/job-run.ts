import type { Fact } from '../protocol/facts.ts'
import type { JobListener } from './jobs.ts'

/** Enough of a job's words to tell what went wrong; the log has them all. */
const KEPT_LINES = 40

/** How the host says what it is going to do (phases/prefetch.sh, doing). */
const STEP = /^\$ docker /u

/** Collects what a job says: all its facts, the last of its words, each handed on as it comes. */
export class JobRecord implements JobListener {
  readonly facts: Fact[] = []
  readonly #lines: string[] = []
  readonly #hearers: Partial<JobListener>

  constructor(hearers: Partial<JobListener>) {
    this.#hearers = hearers
  }

  fact(fact: Fact): void {
    this.facts.push(fact)
    this.#hearers.fact?.(fact)
  }

  text(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    this.#hearers.text?.(line)
  }

  /** The last words, oldest first. */
  outputTail(): string {
    return this.#lines.join('\n')
  }

  /** Those of the step that it was at last: what went well before is no reason of a failure. */
  lastStep(): string {
    return this.#lines.slice(this.#lines.findLastIndex((line) => STEP.test(line)) + 1).join('\n')
  }
}

/** How a job that was waited for ended: by itself, or stopped at its deadline. */
export type JobEnd =
  | { readonly kind: 'ended'; readonly code: number; readonly record: JobRecord }
  | { readonly kind: 'deadline'; readonly record: JobRecord }
