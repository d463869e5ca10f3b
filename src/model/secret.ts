import { inspect } from 'node:util'

/**
 * Lines and other parts of a secret are masked from this length on: a shorter one (a brace of a JSON key file, the tail of
 * a PEM block) reveals nothing, and would hide half of the log.
 */
export const SHORTEST_PART = 8

/**
 * A value that must never be shown. Printing, JSON and template strings give `[REDACTED]`;
 * only {@link Secret.reveal} gives the value, so every use of a secret can be found by that word.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Never pass the result to argv, a log, an artifact, the summary or saved state. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[REDACTED]'
  }

  toJSON(): string {
    return '[REDACTED]'
  }

  [inspect.custom](): string {
    return '[REDACTED]'
  }
}
