import { StringDecoder } from 'node:string_decoder'

/**
 * Cuts one stream of bytes into lines as the runner reads them: UTF-8 across chunk borders, and `\n`,
 * `\r\n` and a lone `\r` all end a line (.NET's StreamReader.ReadLine), so text behind a carriage
 * return is a line of its own and can be a command.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8')
  #pending = ''

  /** The lines that this chunk completes. */
  push(chunk: Buffer): string[] {
    this.#pending += this.#decoder.write(chunk)
    // A final \r stays pending: the \n that may follow belongs to it.
    const end = 1 + Math.max(this.#pending.lastIndexOf('\n'), this.#pending.slice(0, -1).lastIndexOf('\r'))
    const complete = this.#pending.slice(0, end)
    this.#pending = this.#pending.slice(end)
    return splitLines(complete)
  }

  /** What is left when the stream has ended. */
  end(): string[] {
    const rest = this.#pending + this.#decoder.end()
    this.#pending = ''
    return splitLines(rest)
  }
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
