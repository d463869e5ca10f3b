/**
 * Chunks from a producer that must never be made to wait or to fail (an ssh2 handler: an exception there
 * kills the connection) for one reader at its own pace. Past `limitBytes` it asks the producer to pause.
 */
export class ByteQueue implements AsyncIterable<Buffer> {
  readonly #limitBytes: number
  readonly #resumeProducer: () => void
  readonly #chunks: Buffer[] = []
  #heldBytes = 0
  #paused = false
  #ended = false
  #wakeReader: () => void = () => {}

  constructor(limitBytes: number, resumeProducer: () => void) {
    this.#limitBytes = limitBytes
    this.#resumeProducer = resumeProducer
  }

  /** Takes the chunk in any case. `pause`: send no more until `resumeProducer` is called. */
  push(chunk: Buffer): 'more' | 'pause' {
    if (this.#ended || chunk.length === 0) return 'more'
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.length
    this.#wakeReader()
    if (this.#heldBytes < this.#limitBytes) return 'more'
    this.#paused = true
    return 'pause'
  }

  /** No more chunks will come; what is held can still be read. */
  end(): void {
    this.#ended = true
    this.#wakeReader()
  }

  /** Reads on from where the last reader stopped; leaving a loop early loses nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = this.#take()
      if (chunk !== undefined) yield chunk
      else if (this.#ended) return
      else await this.#arrival()
    }
  }

  #take(): Buffer | undefined {
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return undefined
    this.#heldBytes -= chunk.length
    if (this.#paused && this.#heldBytes < this.#limitBytes / 2) {
      this.#paused = false
      this.#resumeProducer()
    }
    return chunk
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve
    })
  }
}
