import type { Narrator } from '../model/ports.ts'

const MOST_LINES = 200
const MOST_CHARACTERS = 500

/** The last lines that programs on the host printed: what went wrong is often said there and nowhere else. */
export class LastWords {
  readonly #lines: string[] = []

  hear(line: string): void {
    this.#lines.push(line.slice(0, MOST_CHARACTERS))
    if (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** Oldest first, at most 200 of at most 500 characters. Foreign text. */
  get lines(): readonly string[] {
    return this.#lines
  }
}

/** The same narrator; what the host's programs say through it is remembered. */
export function overheard(narrator: Narrator, lastWords: LastWords): Narrator {
  return {
    phase: (phase) => narrator.phase(phase),
    tell: (progress) => narrator.tell(progress),
    remote: (line) => {
      lastWords.hear(line)
      narrator.remote(line)
    },
    logTail: (container, lines) => {
      for (const line of lines) lastWords.hear(line)
      narrator.logTail(container, lines)
    },
    warn: (warning) => narrator.warn(warning),
  }
}
