import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import type { Warning } from '../model/outcome.ts'
import { PHASES, type PhaseName } from '../model/phase.ts'
import type { Secret } from '../model/secret.ts'
import type { Annotation } from './annotation.ts'
import { beginning, printable } from './clean-text.ts'
import { createMask, type Mask, maskedValues } from './mask.ts'
import { describeWarning } from './messages/warnings.ts'

/**
 * The live log of a step. Nothing written here can become a runner command, except the few that the reporter
 * issues itself; known secrets are masked in everything.
 */
export interface Reporter {
  /** A heading: the deployment has reached this phase. Ends an open group. */
  phase(phase: PhaseName): void
  /** Words of ours, possibly of several lines. */
  info(text: string): void
  /** Output of the host or of a program there: shown line by line behind a bar. */
  remote(text: string): void
  warning(warning: Warning): void
  annotate(annotation: Annotation): void
  /** Opens a group that can be folded; at most one is open (the runner does not nest them). */
  startGroup(title: string): void
  endGroup(): void
  /** Ends what is open. The reporter can be used on. */
  close(): void
}

/** The live console cuts a line at 1024 characters (actions/runner, JobServerQueue.cs). */
const MOST_LINE_CHARACTERS = 1000

/** A reporter on the step's stdout. From here on the runner masks the secrets too. */
export function createReporter(secrets: readonly Secret[]): Reporter {
  for (const value of secrets.flatMap(maskedValues)) core.setSecret(value)
  const mask = createMask(secrets)
  let grouped = false
  let stopToken: string | null = null

  /** The runner must read our next line as a command, or as plain text of ours. */
  const resumeCommands = () => {
    if (stopToken === null) return
    core.info(`::${stopToken}::`)
    stopToken = null
  }
  const stopCommands = () => {
    if (stopToken !== null) return
    stopToken = randomUUID()
    core.info(`::stop-commands::${stopToken}`)
  }
  const endGroup = () => {
    resumeCommands()
    if (grouped) core.endGroup()
    grouped = false
  }
  const own = (text: string) => inertLines(text, mask).join('\n')
  const info = (text: string) => {
    resumeCommands()
    for (const line of inertLines(text, mask)) core.info(line)
  }

  return {
    phase(phase) {
      endGroup()
      info(`\n▶ ${PHASES[phase].title}`)
    },
    info,
    remote(text) {
      stopCommands()
      // Behind the bar no line starts with a command, even where stop-commands has no effect.
      for (const line of inertLines(text, mask)) core.info(`  | ${line}`)
    },
    warning(warning) {
      resumeCommands()
      core.warning(own(describeWarning(warning)))
    },
    annotate({ level, title, message }) {
      endGroup()
      const write = level === 'error' ? core.error : core.notice
      write(own(message), { title: own(title) })
    },
    startGroup(title) {
      endGroup()
      core.startGroup(own(title))
      grouped = true
    },
    endGroup,
    close: endGroup,
  }
}

/** Masked on both sides of cleaning: cleaning may change a secret, and may put one together. */
function inertLines(text: string, mask: Mask): readonly string[] {
  return mask(printable(mask(text)))
    .split('\n')
    .map((line) => inert(beginning(line, MOST_LINE_CHARACTERS)))
}

/** The runner reads `::` at the start of a line, after any white space, and the older `##[` anywhere in it. */
function inert(line: string): string {
  return line.replaceAll('##[', '## [').replace(/^(\s*):(?=:)/u, '$1: ')
}
