const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** As if SIGPIPE had ended the process. */
const OUTPUT_CLOSED_EXIT_CODE = 141

/** The first wish that the demo ends early. */
export interface Interruption {
  /** Settles with the exit code that tells it. Never settles when nobody interrupts. */
  readonly exitCode: Promise<number>
  happened(): boolean
}

/**
 * Listens for Ctrl-C, the usual signals, and the end of whoever reads the output. Listens on after the first one:
 * npm hands on a signal that the terminal has sent to the whole group already, so that one Ctrl-C comes twice.
 */
export function listenForInterruption(): Interruption {
  let happened = false
  const exitCode = new Promise<number>((settle) => {
    const interrupt = (code: number) => {
      happened = true
      settle(code)
    }
    for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => interrupt(code))
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => interrupt(OUTPUT_CLOSED_EXIT_CODE))
    }
  })
  return { exitCode, happened: () => happened }
}
