import type { ProgressReporter } from '../model/ports.ts'

/**
 * The same reporter, whose failures (a closed stdout, say) decide nothing. Silent once the run is cancelled: from then on the
 * post step tells the progress.
 */
export function bestEffort(reporter: ProgressReporter, cancelled: AbortSignal): ProgressReporter {
  const attempt = (telling: () => void) => {
    if (cancelled.aborted) return
    try {
      telling()
    } catch {
      // There is nobody to tell.
    }
  }
  return {
    phase: (phase) => attempt(() => reporter.phase(phase)),
    tell: (progress) => attempt(() => reporter.tell(progress)),
    remote: (line) => attempt(() => reporter.remote(line)),
    logTail: (container, lines) => attempt(() => reporter.logTail(container, lines)),
    warn: (warning) => attempt(() => reporter.warn(warning)),
  }
}
