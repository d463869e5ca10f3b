import type { ProgressReporter } from '../model/ports.ts'
import type { Reporter } from './log.ts'
import { describeProgress } from './messages/progress.ts'

/** Tells the story of a deployment into the step's log. */
export function createProgressReporter(reporter: Reporter): ProgressReporter {
  let lastTold = ''
  return {
    phase: (phase) => reporter.phase(phase),
    tell(progress) {
      // A wait reports every look it takes; a person wants to read what changed.
      const text = describeProgress(progress)
      if (text === lastTold) return
      lastTold = text
      reporter.info(text)
    },
    remote: (line) => reporter.remote(line),
    logTail(container, lines) {
      reporter.startGroup(`Last log lines of ${container}`)
      reporter.remote(lines.join('\n'))
      reporter.endGroup()
    },
    warn: (warning) => reporter.warning(warning),
  }
}
