import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type Cancellation, type Cancelled, SIGNALS } from './cancellation.ts'
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

export type ProcessCancellation =
  | { readonly how: 'none' }
  | { readonly how: Cancellation['how']; readonly when: Promise<void> }

/** How the program ended. A signal that it did not handle has no exit code of its own. */
export type ProcessEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly how: 'timed_out' }

/** ProcessInvoker.cs: a child that still holds stdout or stderr after the exit delays the step's end this long. */
const HELD_STREAM_MILLISECONDS = 5_000

export interface EndedProgram {
  readonly ended: ProcessEnd
  readonly cancelled: Cancelled
}

/** Runs the program to its end with stdin closed. When this process ends first, it takes the program along. */
export async function runNodeProgram(program: NodeProgram): Promise<ProcessEnd> {
  const { ended } = await runCancelledProgram(program, { how: 'none' })
  return ended
}

/** The same, and cancels it at the given moment. Throws what that promise is rejected with. */
export async function runCancelledProgram(
  program: NodeProgram,
  cancellation: ProcessCancellation,
): Promise<EndedProgram> {
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
  const end = ended(child)
  const cancelling = cancel(child, cancellation, end)
  try {
    // A program that ends at once closes its stdin before ours is closed.
    child.stdin.on('error', () => undefined)
    child.stdin.end()
    const streamsEnded = Promise.all([
      forwardLines(child.stdout, program.onLine),
      forwardLines(child.stderr, program.onLine),
    ])
    const [exit, cancelled] = await Promise.all([end, cancelling])
    await Promise.race([streamsEnded, delay(HELD_STREAM_MILLISECONDS, undefined, { ref: false })])
    return { ended: timedOut ? { how: 'timed_out' } : exit, cancelled }
  } finally {
    child.kill('SIGKILL')
    clearTimeout(deadline)
    process.off('exit', killWithParent)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** Sends the signals in their turn for as long as the process runs. */
async function cancel(
  child: ChildProcess,
  cancellation: ProcessCancellation,
  end: Promise<unknown>,
): Promise<Cancelled> {
  if (cancellation.how === 'none') return { kind: 'not_asked' }
  const startedAt = performance.now()
  const exited = end.then(() => 'exited' as const)
  if ((await Promise.race([exited, cancellation.when])) === 'exited') return { kind: 'too_late' }
  const firstAt = performance.now()
  const sent: NodeJS.Signals[] = []
  const timers = SIGNALS[cancellation.how].map(({ signal, afterMilliseconds }) =>
    setTimeout(() => {
      // The process alone, as the runner does: children of the action get no signal.
      if (child.kill(signal)) sent.push(signal)
    }, afterMilliseconds),
  )
  await exited
  for (const timer of timers) clearTimeout(timer)
  if (sent.length === 0) return { kind: 'too_late' }
  const endedAfterMilliseconds = performance.now() - firstAt
  return { kind: 'sent', signals: sent, atMilliseconds: firstAt - startedAt, endedAfterMilliseconds }
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
