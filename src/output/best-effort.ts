import type { ProgressReporter } from '../model/ports.ts'

/**
 * The same reporter, whose failures (a closed stdout, say) decide nothing: what cannot be told is left out. Silent
 * once the run is cancelled: what still is under way then will be told by the post step.
 */
export function bestEffort(reporter: ProgressReporter, cancelled: AbortSignal): ProgressReporter {
  const attempt = (telling: () => void) => {
    if (cancelled.aborted) return
    try {
      telling()
    } catch {
      // Nobody is left to be told.
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
