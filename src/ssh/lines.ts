/** One line without its line feed. `cut`: it was longer than the limit, and what came after is dropped. */
export interface Line {
  readonly text: string
  readonly cut: boolean
}

const LINE_FEED = 0x0a

/**
 * Turns chunks of bytes into lines, whatever the chunk borders: a line is decoded as UTF-8 only when it is
 * whole, so a character split over two chunks stays one. Holds at most `maxBytes` of an unfinished line.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #heldBytes = 0
  #cut = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that this chunk completes. */
  feed(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#hold(chunk.subarray(start, end))
      lines.push(this.#take())
      start = end + 1
    }
    this.#hold(chunk.subarray(start))
    return lines
  }

  /** The unfinished last line, if there is one; call it once, at the end of the stream. */
  flush(): Line[] {
    return this.#heldBytes > 0 || this.#cut ? [this.#take()] : []
  }

  #hold(bytes: Buffer): void {
    const room = this.#maxBytes - this.#heldBytes
    if (bytes.length > room) this.#cut = true
    const kept = bytes.subarray(0, room)
    if (kept.length === 0) return
    // A copy: a slice would keep the whole chunk it was cut from in memory.
    this.#pieces.push(Buffer.from(kept))
    this.#heldBytes += kept.length
  }

  #take(): Line {
    const bytes = Buffer.concat(this.#pieces)
    const cut = this.#cut
    this.#pieces = []
    this.#heldBytes = 0
    this.#cut = false
    return { text: (cut ? withoutSplitCharacter(bytes) : bytes).toString('utf8'), cut }
  }
}

/** Drops the beginning of a UTF-8 character whose remaining bytes were cut off. */
function withoutSplitCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    const isContinuation = (byte & 0b1100_0000) === 0b1000_0000
    if (!isContinuation) return lengthAnnouncedBy(byte) > back ? bytes.subarray(0, -back) : bytes
  }
  return bytes
}

function lengthAnnouncedBy(leadByte: number): number {
  if (leadByte >= 0b1111_0000) return 4
  if (leadByte >= 0b1110_0000) return 3
  return leadByte >= 0b1100_0000 ? 2 : 1
}
