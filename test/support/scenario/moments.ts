import { PHASES, type PhaseName } from '../../../src/model/phase.ts'

/** A line of the step's log by which something is told to happen. */
export type LogMoment = (line: string) => boolean

/** The phase begins. */
export const entering = (phase: PhaseName): LogMoment => saying(`▶ ${PHASES[phase].title}`)

/** The step says these words. */
export const saying =
  (words: string): LogMoment =>
  (line) =>
    line.includes(words)
