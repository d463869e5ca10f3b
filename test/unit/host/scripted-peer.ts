import type { ExecEnd, SshChannel } from '../../../src/model/connection.ts'

/** One call as the host sees it. */
export interface Call {
  readonly nonce: string
  readonly verb: string
  readonly words: readonly string[]
  readonly stdin: string
}

/** An SSH channel whose other end is a test: it gives every call that arrives to `answer`. */
export class ScriptedPeer implements SshChannel {
  readonly stdout: AsyncIterable<Buffer>
  readonly ended: Promise<ExecEnd>
  /** Every call that has arrived, in order. */
  readonly calls: Call[] = []
  /** Whether it answers the first question, as a shell does, and with which boot of its host. */
  greeting: 'answers' | 'silent' = 'answers'
  bootId = 'boot-1'
  /** What was sent besides calls. */
  prepared = ''
  readonly #answer: (call: Call, peer: ScriptedPeer) => void
  readonly #settle: (end: ExecEnd) => void
  readonly #chunks: Buffer[] = []
  #wake: () => void = () => {}
  #ended = false

  constructor(answer: (call: Call, peer: ScriptedPeer) => void) {
    this.#answer = answer
    const { promise, resolve } = Promise.withResolvers<ExecEnd>()
    this.ended = promise
    this.#settle = resolve
    this.stdout = this.#read()
  }

  /** Sends bytes to the client as they are. */
  send(data: string | Buffer): void {
    if (this.#ended) return
    this.#chunks.push(Buffer.from(data))
    this.#wake()
  }

  /** Answers a call as the host program does. */
  reply({ nonce }: Call, lines: readonly string[] = [], code: number | string = 0): void {
    this.send(`\n${nonce} begin\n${lines.map((line) => `${line}\n`).join('')}\n${nonce} end ${code}\n`)
  }

  get isOpen(): boolean {
    return !this.#ended
  }

  end(end: ExecEnd): void {
    this.#ended = true
    this.#settle(end)
    this.#wake()
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.#ended || typeof data !== 'string') return Promise.resolve()
    const { nonce } = FIRST_QUESTION.exec(data)?.groups ?? {}
    if (nonce !== undefined) this.#greet(nonce)
    const call = nonce === undefined ? callOf(data) : null
    if (call === null) this.prepared += data
    else {
      this.calls.push(call)
      this.#answer(call, this)
    }
    return Promise.resolve()
  }

  finish(): void {
    this.end({ kind: 'exited', code: 0 })
  }

  close(): void {
    this.end({ kind: 'lost', detail: 'the channel was closed' })
  }

  stderrTail(): string {
    return 'words on stderr'
  }

  #greet(nonce: string): void {
    if (this.greeting === 'silent') return
    this.send(`\n${nonce} begin\nfact\tboot\t${this.bootId}\n\n${nonce} end 0\n`)
  }

  async *#read(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

const FIRST_QUESTION = /^\{ read -r first_boot .* printf '[^']+' (?<nonce>[0-9a-f]{24}) /u

const CALL =
  /^(?:printf '%s' '(?<stdin>(?:[^']|'\\'')*)' \| )?reply (?<nonce>[0-9a-f]{24}) (?<verb>\w+)(?<words>(?: '[^']*')*)(?: <\/dev\/null)?\n/u

/** Null for what is no call. Good for words without quotes in them, which is all that our verbs get. */
function callOf(data: string): Call | null {
  const match = CALL.exec(data)
  const { nonce = '', verb = '', words = '', stdin = '' } = match?.groups ?? {}
  if (match === null) return null
  return {
    nonce,
    verb,
    words: [...words.matchAll(/'([^']*)'/gu)].map(([, word = '']) => word),
    stdin: stdin.replaceAll(`'\\''`, `'`),
  }
}
