import { type ChildProcess, spawn } from 'node:child_process'
import type { ExecEnd, SshChannel } from '../../../src/model/connection.ts'
import { programText } from '../../support/host-program/program-text.ts'

/** The host program as the action sends it. */
export const HOST_PROGRAM = programText()

/** A POSIX shell of this machine that reads commands, behind the interface of an SSH channel. */
export class LocalShell implements SshChannel, AsyncDisposable {
  readonly stdout: AsyncIterable<Buffer>
  readonly ended: Promise<ExecEnd>
  readonly #process: ChildProcess
  #stderr = ''

  /** `command`: the shell and its words, as `['dash', '-s']`; it starts in the environment that a session has. */
  constructor(command: readonly [string, ...string[]] = ['sh', '-s'], environment: NodeJS.ProcessEnv = {}) {
    const [file, ...words] = command
    const child = spawn(file, words, {
      env: {
        PATH: process.env.PATH,
        CLOSED_LOOP_CLEAN: 'yes',
        CLOSED_LOOP_LIBRARY: 'yes',
        ...environment,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#process = child
    this.stdout = child.stdout
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
    })
    // A write to a shell that has ended is dropped, as on a real channel.
    child.stdin.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) =>
        resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal }),
      )
    })
  }

  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#process.stdin?.writable) return resolve()
      this.#process.stdin.write(data, () => resolve())
    })
  }

  finish(): void {
    this.#process.stdin?.end()
  }

  stderrTail(): string {
    return this.#stderr
  }

  close(): void {
    this.kill()
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish()
    this.kill()
    await this.ended
  }
}
