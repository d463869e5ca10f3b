import { randomBytes } from 'node:crypto'
import type { SshChannel } from '../../model/connection.ts'
import { DeployError, type Problem } from '../../model/problem.ts'
import { ByteTail } from '../../ssh/byte-tail.ts'
import { LineSplitter } from '../../ssh/lines.ts'
import { exitCode, firstOf, parseReply, type Reply } from '../protocol/facts.ts'
import { call, FIRST_QUESTION_BEGINS, firstQuestion, LAST_COMMAND } from '../protocol/shell-session.ts'

/** Longer than any line the host program prints: it cuts its chunks at 256 KiB. */
const LINE_LIMIT_BYTES = 4 * 1024 * 1024

/** Of what a login prints before the first answer, its end is kept: a notice that nobody may log in, or a question. */
const PRINTED_BYTES = 2000

/** How long a call may take, and what it means when it takes longer. */
export interface Timeout {
  readonly seconds: number
  readonly problem: Problem
}

/**
 * One long-lived shell on the host that answers calls one after the other. Answers are framed by a random
 * nonce, so nothing a login shell prints, and nothing a remote program prints, can pass for one.
 */
export class HostChannel {
  readonly #channel: SshChannel
  readonly #lines: AsyncIterator<string>
  #last: Promise<unknown> = Promise.resolve()
  #state: 'open' | 'ended' = 'open'
  #heardAtMilliseconds = performance.now()
  /** Undefined once the shell has answered: from then on, other output is that of what the program starts. */
  #printed: ByteTail | undefined = new ByteTail(PRINTED_BYTES)

  constructor(channel: SshChannel) {
    this.#channel = channel
    this.#lines = linesOf(channel, (chunk) => this.#printed?.push(chunk))
  }

  /**
   * Waits until the login has come to the shell, and this to its input. Gives the boot of the host, empty where the kernel does
   * not name it. @throws DeployError `ssh.shell_unusable`, with what the login printed; `ssh.lost`
   */
  async greet(seconds: number): Promise<string> {
    const silent = (): Problem => {
      const { program, words } = this.#printedBy()
      return {
        code: 'ssh.shell_unusable',
        reason: program === 'no shell' ? 'not-a-shell' : 'silent',
        detail: `no answer within ${Math.ceil(seconds)} s${words === '' ? '' : `; it printed: ${words}`}`,
      }
    }
    const nonce = randomBytes(12).toString('hex')
    const answer = this.#last.then(() => this.#converse('the first answer', nonce, firstQuestion(nonce)))
    this.#last = answer.catch(() => undefined)
    const { facts } = await withTimeout(answer, {
      seconds,
      // Only then it is known what was printed.
      get problem() {
        return silent()
      },
    })
    this.#printed = undefined
    return firstOf(facts, 'boot')
  }

  /** `ended` once a call found that the shell, or the link to it, is gone: no answer can come any more. */
  get state(): 'open' | 'ended' {
    return this.#state
  }

  /** How long no line came from the host, be it an empty one. */
  silentSeconds(): number {
    return (performance.now() - this.#heardAtMilliseconds) / 1000
  }

  /** Runs shell text that answers nothing: definitions and settings. */
  async prepare(shellText: string): Promise<void> {
    await this.#channel.write(shellText)
  }

  /**
   * Calls a verb of the host program; calls queue up behind each other.
   * @throws DeployError `ssh.lost`, or `timeout.problem` when no answer came in time
   */
  call(verb: string, words: readonly string[], timeout: Timeout, stdin = ''): Promise<Reply> {
    const nonce = randomBytes(12).toString('hex')
    const answer = this.#last.then(() => this.#converse(verb, nonce, call(nonce, verb, words, stdin)))
    this.#last = answer.catch(() => undefined)
    return withTimeout(answer, timeout)
  }

  /** Gives the shell up, with whatever call it is in: that one, and any later one, fails with `ssh.lost`. */
  close(): void {
    void this.#channel.write(LAST_COMMAND)
    this.#channel.close()
  }

  async #converse(verb: string, nonce: string, question: string): Promise<Reply> {
    await this.#channel.write(question)
    const lines: string[] = []
    let begun = false
    for (;;) {
      const next = await this.#lines.next()
      this.#heardAtMilliseconds = performance.now()
      if (next.done) {
        this.#state = 'ended'
        throw new DeployError(await this.#lostProblem(verb))
      }
      if (!begun) begun = next.value === `${nonce} begin`
      else if (next.value.startsWith(`${nonce} end `))
        return parseReply(exitCode(next.value.slice(nonce.length + 5)), lines)
      else lines.push(next.value)
    }
  }

  async #lostProblem(verb: string): Promise<Problem> {
    const end = await this.#channel.ended
    if (end.kind === 'lost') return { code: 'ssh.lost', during: verb, detail: end.detail }
    const how = end.kind === 'exited' ? `exit code ${end.code}` : `signal ${end.signal}`
    const { program, words } = this.#printedBy()
    return {
      code: 'ssh.shell_unusable',
      ...(this.#printed && { reason: program === 'no shell' ? 'not-a-shell' : 'ended' }),
      detail: `the shell on the host ended (${how}): ${words}`,
    }
  }

  /** What a login that did not answer printed so far, without what it was asked; a shell prints nothing of that. */
  #printedBy(): { readonly program: 'no shell' | 'perhaps a shell'; readonly words: string } {
    const printed = this.#printed?.text() ?? ''
    const asked = printed.indexOf(FIRST_QUESTION_BEGINS)
    const own = asked === -1 ? printed : printed.slice(0, printed.lastIndexOf('\n', asked) + 1)
    const words = [own, this.#channel.stderrTail()].map((text) => text.trim()).filter((text) => text !== '')
    return { program: asked === -1 ? 'perhaps a shell' : 'no shell', words: words.join('\n') }
  }
}

async function* linesOf(channel: SshChannel, hear: (chunk: Buffer) => void): AsyncGenerator<string> {
  const splitter = new LineSplitter(LINE_LIMIT_BYTES)
  for await (const chunk of channel.stdout) {
    hear(chunk)
    for (const line of splitter.feed(chunk)) yield line.text
  }
}

/** @throws DeployError `timeout.problem` when the work takes longer */
export async function withTimeout<Value>(work: Promise<Value>, timeout: Timeout): Promise<Value> {
  const { promise: expiry, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DeployError(timeout.problem)), timeout.seconds * 1000)
  try {
    return await Promise.race([work, expiry])
  } finally {
    clearTimeout(timer)
  }
}
