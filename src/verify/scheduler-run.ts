import type { LoggedLine } from '../host/protocol/verify-facts.ts'
import type { RunEnd } from '../model/check.ts'

type Line = Pick<LoggedLine, 'at' | 'text'>

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
/** A number right behind a word for exit codes; that of an answer (HTTP), a progress or a time is none. */
const EXIT_CODE =
  /(?:\bexit(?:ed)?(?: with)?|\b(?:return|exit)[ _-]?code|\brc|(?<!\b(?:error|http|response|status)[ _-]?)\bcode|(?<!\b(?:http|response)[ _-]?)\bstatus)\s*[:=]?\s*\(?(-?\d{1,3})\b(?!\s*[%/]|[.,:]\d|\s+(?:of|m?s|sec(?:ond)?s?|min(?:ute)?s?|h(?:our)?s?|warnings?|errors?)\b)/giu
/** That the run itself failed, and not a step of it. */
const FAILED =
  /closed[ _-]?loop(?:[ _.-](?:runner|sh|py|train|assess|full|run|job|cycle))*(?: ended)?[:,]? (?:has |was )?(?:failed|aborted|crashed|killed)\b(?! to\b)/iu
/** What is tried once more has not ended. */
const RETRY = /\bretrying\b|\b(?:will|to) retry\b|\btry(?:ing)? again\b/iu
const ERROR =
  /\b(?:error|fatal|panic|traceback|denied)\b|no such file|not found|\bcannot\b|can't|\bfail(?:ed|ure)?\b/iu

/** By which the runner says that somebody else had the project: nothing was run (EX_TEMPFAIL). */
const BUSY_CODE = 75

/**
 * The newest run in the lines of a scheduler's log, the oldest line first. Schedulers differ in their words; those of the
 * runner (`closed loop ACTION finished: …`, `[ERROR] …`) and of common shells are known. A pure function.
 */
export function newestRun(lines: readonly Line[]): ToldRun {
  const newest = lines.findLastIndex(isOfRun)
  const line = lines[newest]
  if (line === undefined) return { kind: 'none', error: lastError(lines) }
  const from = beginOf(lines, newest)
  const own = lines.slice(from)
  const end = endOf(line) ?? endOfOpenRun(own)
  if (end.kind === 'code' && end.code === BUSY_CODE && from > 0) return newestRun(lines.slice(0, from))
  return { kind: 'run', ...line, end, error: end.kind === 'finished' ? '' : lastError(own) }
}

function isOfRun({ text }: Line): boolean {
  return OF_THE_LOOP.test(text) && !ANNOUNCEMENT.test(text)
}

/** Where the run begins whose newest line is that one: at its start, or behind the line that ended the run before it. */
function beginOf(lines: readonly Line[], newest: number): number {
  // The same code once more is told of the same run, by the program that called the other one.
  let again = codeOf(lines[newest])
  for (let index = newest; index >= 0; index--) {
    const line = lines[index]
    if (line === undefined || !isOfRun(line)) continue
    const end = endOf(line)
    if (end === undefined && START.test(line.text)) return index
    if (end === undefined) again = undefined
    else if (index < newest && (again === undefined || codeOf(line) !== again)) return index + 1
  }
  return 0
}

function codeOf(line: Line | undefined): number | undefined {
  const end = line && endOf(line)
  return end?.kind === 'code' ? end.code : undefined
}

/** How the run ended, where this line ends one. */
function endOf(line: Line): RunEnd | undefined {
  if (!isOfRun(line) || RETRY.test(line.text)) return undefined
  const code = [...line.text.matchAll(EXIT_CODE)].map(([, digits]) => Number(digits)).at(-1)
  if (code !== undefined && code !== 0) return { kind: 'code', code }
  return code === 0 || FINISHED.test(line.text) ? { kind: 'finished' } : undefined
}

/** Of a run that no line ends. */
function endOfOpenRun(own: readonly Line[]): RunEnd {
  const isFailed = own.some((line) => isOfRun(line) && FAILED.test(line.text) && !RETRY.test(line.text))
  return isFailed ? { kind: 'failed' } : { kind: 'untold' }
}

function lastError(lines: readonly Line[]): string {
  return lines.findLast(({ text }) => ERROR.test(text))?.text ?? ''
}
