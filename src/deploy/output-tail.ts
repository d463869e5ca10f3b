import type { ProgressReporter } from '../model/ports.ts'

const MOST_LINES = 200
const MOST_CHARACTERS = 500

/** The last output of programs on the host: often the only place that names the cause of a failure. */
export class OutputTail {
  readonly #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line.slice(0, MOST_CHARACTERS))
    if (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** Oldest first, at most 200 of at most 500 characters. Foreign text. */
  get lines(): readonly string[] {
    return this.#lines
  }
}

/** The same reporter, which remembers the output of the host's programs. */
export function rememberingOutput(reporter: ProgressReporter, outputTail: OutputTail): ProgressReporter {
  return {
    phase: (phase) => reporter.phase(phase),
    tell: (progress) => reporter.tell(progress),
    remote: (line) => {
      outputTail.add(line)
      reporter.remote(line)
    },
    logTail: (container, lines) => {
      for (const line of lines) outputTail.add(line)
      reporter.logTail(container, lines)
    },
    warn: (warning) => reporter.warn(warning),
  }
}
