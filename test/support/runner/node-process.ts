import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { OutputLines } from './output-lines.ts'

/** A Node program to run as the runner runs an action. */
export interface NodeProgram {
  readonly node: string
  readonly script: string
  readonly workingDirectory: string
  /** All of the environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  /** Each line of both streams in order of arrival, without its end. */
  readonly onLine: (line: string) => void
}

/** How the program ended. A signal that it did not handle has no exit code of its own. */
export type ProcessEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly how: 'timed_out' }

/** ProcessInvoker.cs: a child that still holds stdout or stderr after the exit delays the step's end this long. */
const HELD_STREAM_MILLISECONDS = 5_000

/** Runs the program to its end with stdin closed. When this process ends first, it takes the program along. */
export async function runNodeProgram(program: NodeProgram): Promise<ProcessEnd> {
  const child = spawn(program.node, [program.script], {
    cwd: program.workingDirectory,
    env: { ...program.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const killWithParent = () => child.kill('SIGKILL')
  process.once('exit', killWithParent)
  let timedOut = false
  const deadline = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, program.timeoutSeconds * 1000)
  try {
    // A program that ends at once closes its stdin before ours is closed.
    child.stdin.on('error', () => undefined)
    child.stdin.end()
    const streamsEnded = Promise.all([
      forwardLines(child.stdout, program.onLine),
      forwardLines(child.stderr, program.onLine),
    ])
    const end = await ended(child)
    await Promise.race([streamsEnded, delay(HELD_STREAM_MILLISECONDS, undefined, { ref: false })])
    return timedOut ? { how: 'timed_out' } : end
  } finally {
    clearTimeout(deadline)
    process.off('exit', killWithParent)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function ended(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (signal !== null) resolve({ how: 'signalled', signal })
      else resolve({ how: 'exited', code: code ?? 0 })
    })
  })
}

async function forwardLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  const lines = new OutputLines()
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) onLine(line)
    })
    stream.once('end', () => {
      for (const line of lines.end()) onLine(line)
      resolve()
    })
  })
}
