import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { ExecEnd, SshChannel } from '../model/connection.ts'
import { ByteQueue } from './byte-queue.ts'
import { ByteTail } from './byte-tail.ts'
import { messageOf } from './connect-failure.ts'

/**
 * A command that was given up may be a person's login shell in its start-up files, and what is killed there leaves its locks
 * behind: it has this long to end by itself, then this long to end when told to. sshd keeps a session until its process has
 * ended, and ignores signals for root ("requires privilege separation"): there the last is that nobody takes its output.
 */
const TERM_AFTER_MILLISECONDS = 1000
const KILL_AFTER_MILLISECONDS = 3000

const UNREAD_STDOUT_BYTES = 1024 * 1024
const STDERR_TAIL_BYTES = 64 * 1024

/**
 * An {@link SshChannel} over ssh2's. Must be made inside the callback of `exec`, before any event can pass.
 * The handlers here only store: an exception in one of them would kill the whole connection.
 */
export class ExecChannel implements SshChannel {
  readonly ended: Promise<ExecEnd>
  readonly stdout: ByteQueue
  readonly #channel: ClientChannel
  readonly #network: Duplex
  readonly #stderr = new ByteTail(STDERR_TAIL_BYTES)
  readonly #unaccepted = new Set<() => void>()
  readonly #settle: (end: ExecEnd) => void
  #exit: ExecEnd = { kind: 'lost', detail: 'the server closed the channel and gave no exit status' }
  readonly #reportClose: () => void
  #writable = true
  #over = false

  /** `network`: what the connection runs over. `reportClose` is called when {@link close} is. */
  constructor(channel: ClientChannel, network: Duplex, reportClose: () => void) {
    this.#channel = channel
    this.#network = network
    this.#reportClose = reportClose
    const { promise, resolve } = Promise.withResolvers<ExecEnd>()
    this.ended = promise
    this.#settle = resolve
    // Both or none: ssh2 reopens the one window of a channel for whichever stream is read (Channel.js), so
    // that a noisy stderr, read on, would let unread stdout grow without limit.
    const streams = [channel, channel.stderr]
    this.stdout = new ByteQueue(UNREAD_STDOUT_BYTES, () => {
      for (const stream of streams) stream.resume()
    })
    channel.on('data', (chunk: Buffer) => {
      if (this.stdout.push(chunk) === 'more') return
      for (const stream of streams) stream.pause()
    })
    channel.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk))
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = code === null ? { kind: 'signalled', signal: signal ?? '' } : { kind: 'exited', code }
    })
    channel.on('close', () => this.#end(this.#exit))
    // A stream error without a listener would be an uncaught exception.
    channel.on('error', (error: Error) => this.lose(messageOf(error)))
    channel.stderr.on('error', (error: Error) => this.lose(messageOf(error)))
  }

  async write(data: string | Uint8Array): Promise<void> {
    await this.#accepted(data)
    // ssh2 hands a whole window (2 MiB) to a socket that is full: on a slow line, its keepalive would wait behind that.
    if (typeof data !== 'string' && !this.#over && this.#network.writableNeedDrain)
      await Promise.race([once(this.#network, 'drain'), this.ended]).catch(() => undefined)
  }

  #accepted(data: string | Uint8Array): Promise<void> {
    if (!this.#writable || data.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const accepted = () => {
        this.#unaccepted.delete(accepted)
        resolve()
      }
      // ssh2 never calls back for what is written to a channel that the server has closed (Channel.js).
      this.#unaccepted.add(accepted)
      this.#channel.write(data, 'utf8', accepted)
    })
  }

  finish(): void {
    if (!this.#writable) return
    this.#writable = false
    this.#channel.end()
  }

  close(): void {
    if (this.#over) return
    this.#reportClose()
    this.lose('the channel was closed')
    // What still comes is let through, so that the command does not wait for a reader.
    for (const stream of [this.#channel, this.#channel.stderr]) stream.resume()
    const term = setTimeout(() => this.#channel.signal('TERM'), TERM_AFTER_MILLISECONDS)
    const kill = setTimeout(() => {
      this.#channel.signal('KILL')
      this.#channel.close()
    }, KILL_AFTER_MILLISECONDS)
    for (const timer of [term, kill]) timer.unref()
    this.#channel.once('close', () => {
      clearTimeout(term)
      clearTimeout(kill)
    })
  }

  stderrTail(): string {
    return this.#stderr.text()
  }

  /**
   * The link died: whatever exit status may have come, the output may be incomplete. What ssh2 still holds of
   * it is handed over (`read` also emits `data`).
   */
  lose(detail: string): void {
    for (const stream of [this.#channel, this.#channel.stderr]) while (stream.read() !== null);
    this.#end({ kind: 'lost', detail })
  }

  #end(end: ExecEnd): void {
    this.#over = true
    this.#writable = false
    this.stdout.end()
    this.#settle(end)
    for (const accepted of this.#unaccepted) accepted()
  }
}
