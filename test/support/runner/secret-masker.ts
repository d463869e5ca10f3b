/**
 * Replaces secrets by `***`. The runner also masks encoded forms of each (base64, JSON, URI …); this one
 * does not, so a log that leaks an encoded secret fails here although the runner would have covered it.
 */
export class SecretMasker {
  readonly #values = new Set<string>()

  /** Masks the whole value and each of its lines, trimmed. */
  add(value: string): void {
    if (value.trim() === '') return
    this.#values.add(value)
    for (const line of value.split(/[\r\n]+/)) {
      if (line.trim() !== '') this.#values.add(line.trim())
    }
  }

  /** The text with every secret replaced; secrets that overlap or touch become one `***`. */
  mask(text: string): string {
    const spans = this.#spans(text)
    let result = ''
    let position = 0
    let maskedUntil = -1
    for (const { start, end } of spans) {
      if (start > maskedUntil) {
        result += `${text.slice(position, start)}***`
      }
      maskedUntil = Math.max(maskedUntil, end)
      position = maskedUntil
    }
    return result + text.slice(position)
  }

  #spans(text: string): { start: number; end: number }[] {
    const spans: { start: number; end: number }[] = []
    for (const value of this.#values) {
      // One step at a time: occurrences of a value may overlap each other.
      for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
        spans.push({ start, end: start + value.length })
      }
    }
    return spans.sort((one, other) => one.start - other.start)
  }
}
