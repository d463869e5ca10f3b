import type { RunEnd } from './check.ts'

/** A line of a log; `at`: Docker's time of it. Foreign text. */
export interface LoggedLine {
  readonly at: string
  readonly text: string
}

/** What a log tells of the newest run of the closed loop. `error`: the last line of it that names an error; may be empty. */
export type ToldRun =
  | { readonly kind: 'none'; readonly error: string }
  | {
      readonly kind: 'run'
      readonly at: string
      readonly text: string
      readonly end: RunEnd
      readonly error: string
    }

const OF_THE_LOOP = /closed[ _-]?loop/iu
/** That a run is to come is not that there was one. */
const ANNOUNCEMENT = /\bevery\b|first run in|next (?:run|try) in|is not there/iu
const START = /\bstart(?:ed|ing|s)?\b|\brunning\b/iu
const FINISHED = /closed[ _-]?loop \w+ finished/iu
const EXIT_CODE = /\b(?:ended|exit(?:ed)?|failed|rc|code|status)\b\D{0,30}?(\d{1,3})\b/iu
const ERROR =
  /\b(?:error|fatal|panic|traceback|denied)\b|no such file|not found|\bcannot\b|can't|\bfail(?:ed|ure)?\b/iu

/** By which the runner says that somebody else had the project: nothing was run (EX_TEMPFAIL). */
const BUSY_CODE = 75

/**
 * The newest run in the lines of a scheduler's log, the oldest line first. Schedulers differ in their words; those of the
 * runner (`closed loop ACTION finished: …`, `[ERROR] …`) and of common shells are known. A pure function.
 */
export function newestRun(lines: readonly LoggedLine[]): ToldRun {
  const isOfRun = ({ text }: LoggedLine) => OF_THE_LOOP.test(text) && !ANNOUNCEMENT.test(text)
  const newest = lines.findLast(isOfRun)
  const started = lines.findLastIndex((line) => isOfRun(line) && START.test(line.text))
  const from = started === -1 ? lines.findIndex(isOfRun) : started
  const own = newest ? lines.slice(from) : lines
  const error = own.findLast(({ text }) => ERROR.test(text))?.text ?? ''
  if (!newest) return { kind: 'none', error }
  const end = endOf(own.filter(isOfRun), error)
  if (end.kind === 'code' && end.code === BUSY_CODE && from > 0) return newestRun(lines.slice(0, from))
  return { kind: 'run', ...newest, end, error: end.kind === 'finished' ? '' : error }
}

function endOf(lines: readonly LoggedLine[], error: string): RunEnd {
  const code = lines.map(({ text }) => EXIT_CODE.exec(text)?.[1]).findLast((digits) => digits !== undefined)
  if (code !== undefined && Number(code) !== 0) return { kind: 'code', code: Number(code) }
  if (code !== undefined || lines.some(({ text }) => FINISHED.test(text))) return { kind: 'finished' }
  return error === '' ? { kind: 'untold' } : { kind: 'failed' }
}
