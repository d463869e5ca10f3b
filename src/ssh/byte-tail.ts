/** Keeps the last bytes of a stream, at most `maxBytes`, and forgets the rest. */
export class ByteTail {
  readonly #maxBytes: number
  #bytes: Buffer = Buffer.alloc(0)

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    const joined = Buffer.concat([this.#bytes, chunk.subarray(-this.#maxBytes)])
    this.#bytes = joined.length > this.#maxBytes ? Buffer.from(joined.subarray(-this.#maxBytes)) : joined
  }

  /** The kept bytes as text; a character whose beginning was forgotten is left out. */
  text(): string {
    let start = 0
    while (start < Math.min(3, this.#bytes.length) && isContinuation(this.#bytes[start] ?? 0)) start += 1
    return this.#bytes.toString('utf8', start)
  }
}

function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000
}
