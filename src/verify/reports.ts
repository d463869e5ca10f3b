import {
  type ParsedReport,
  parseRecordedReport,
  parseRunMeta,
  parseRuntimeAssess,
  type RecordedReport,
  type RuntimeAssess,
} from '../gate/reports/reports.ts'
import type { DeliveredFile } from '../host/protocol/delivered-file.ts'
import type { RunDirectory, VerifyFacts } from '../host/protocol/verify-facts.ts'
import type { ReportKind } from '../model/assessment.ts'
import type { Check, Evidence } from '../model/check.ts'

const DAY_SECONDS = 24 * 3600
const DAYS = 7

/** The files that always name the last run, and what each must say. */
export function reportChecks(facts: VerifyFacts): readonly Check[] {
  const check = <Report>(
    file: string,
    kind: ReportKind,
    parse: (text: string) => ParsedReport<Report>,
    says: (report: Report) => string,
  ): Check => {
    const read = readReport(facts.latest[kind], parse)
    const evidence: Evidence = !facts.looked.has('reports')
      ? { kind: 'not-looked-at' }
      : read.kind === 'valid'
        ? { kind: 'report', says: says(read.report) }
        : read.evidence
    const result = evidence.kind === 'report' ? 'ok' : 'failed'
    return { name: 'report', subject: file, need: 'required', result, evidence }
  }
  return [
    check(
      'latest_runtime_assess.json',
      'runtimeAssess',
      parseRuntimeAssess,
      ({ verdict }) => `verdict ${verdict}`,
    ),
    check(
      'latest_closed_loop_report.json',
      'closedLoop',
      parseRecordedReport,
      ({ overall_status }) => `overall_status ${overall_status}`,
    ),
    check('latest_run_meta.json', 'runMeta', parseRunMeta, ({ run_id }) => `run_id ${run_id}`),
  ]
}

type ReadReport<Report> =
  | { readonly kind: 'valid'; readonly report: Report }
  | {
      readonly kind: 'unusable'
      readonly evidence: Extract<Evidence, { kind: 'report-unusable' }>
    }

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a delivered report says, or why it says nothing. */
export function readReport<Report>(
  file: DeliveredFile | undefined,
  parse: (text: string) => ParsedReport<Report>,
): ReadReport<Report> {
  const unusable = (because: Extract<Evidence, { kind: 'report-unusable' }>['because'], detail = '') =>
    ({ kind: 'unusable', evidence: { kind: 'report-unusable', because, detail } }) as const
  if (file === undefined || file.age === 'absent') return unusable('absent')
  if (file.age === 'unreadable' || file.age === 'too-large') return unusable(file.age)
  if (file.age !== 'new') return unusable('outside')
  if (file.reading === 'torn') return unusable('torn')
  try {
    const read = parse(UTF_8.decode(file.bytes))
    return read.kind === 'valid' ? read : unusable('invalid', read.detail)
  } catch {
    return unusable('not-utf-8')
  }
}

/** At least one run of the last 24 h left all that a run leaves, and it can be read. */
export function completeRunCheck(facts: VerifyFacts): Check {
  const evidence = completeRun(facts)
  const result = evidence.kind === 'complete-run' ? 'ok' : 'failed'
  return { name: 'complete-run', subject: '', need: 'required', result, evidence }
}

function completeRun(facts: VerifyFacts): Evidence {
  const { runs, readRuns, looked } = facts
  if (!looked.has('reports')) return { kind: 'not-looked-at' }
  if (runs === 'unreadable') return { kind: 'runs-unreadable' }
  const lately = runs.filter((run) => isWithin(run, DAY_SECONDS, facts))
  const damaged: string[] = []
  for (const { run, files } of readRuns) {
    const seen = lately.find(({ name }) => name === run)
    if (seen === undefined) continue
    const read = readRun(files)
    if (read === 'damaged') damaged.push(run)
    else return { kind: 'complete-run', run, ageSeconds: age(seen, facts), ...read }
  }
  const newest = runs.find((run) => run.parts === 'complete' && age(run, facts) > DAY_SECONDS)
  return {
    kind: 'no-complete-run',
    incomplete: lately.filter(({ parts }) => parts === 'incomplete').length,
    damaged,
    newest: newest && { run: newest.name, ageSeconds: age(newest, facts) },
  }
}

function readRun(
  files: readonly DeliveredFile[],
): 'damaged' | { verdict: RuntimeAssess['verdict']; overallStatus: RecordedReport['overall_status'] } {
  const of = (kind: ReportKind) => files.find((file) => file.kind === kind)
  const assess = readReport(of('runtimeAssess'), parseRuntimeAssess)
  const report = readReport(of('closedLoop'), parseRecordedReport)
  if (assess.kind !== 'valid' || report.kind !== 'valid') return 'damaged'
  return { verdict: assess.report.verdict, overallStatus: report.report.overall_status }
}

/** How many runs each of the last seven days had, by UTC; the newest day first. */
export function runsPerDayCheck(facts: VerifyFacts): Check {
  const check = { name: 'runs-per-day', subject: '', need: 'informational' } as const
  const { runs } = facts
  if (!facts.looked.has('reports')) {
    return { ...check, result: 'not-checked', evidence: { kind: 'not-looked-at' } }
  }
  if (runs === 'unreadable') {
    return { ...check, result: 'not-checked', evidence: { kind: 'runs-unreadable' } }
  }
  const days = Array.from({ length: DAYS }, (_, back) => {
    const day = dayOf(facts.clockSeconds - back * DAY_SECONDS)
    const mine = runs.filter(({ seconds }) => Number.isFinite(seconds) && dayOf(seconds) === day)
    const complete = mine.filter(({ parts }) => parts === 'complete').length
    return { day, complete, incomplete: mine.length - complete }
  })
  return { ...check, result: 'ok', evidence: { kind: 'runs-per-day', days } }
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** A clock that was set may have put a run into the future: that one is of no day that has been. */
function isWithin(run: RunDirectory, seconds: number, facts: VerifyFacts): boolean {
  return age(run, facts) >= -CLOCK_SLACK_SECONDS && age(run, facts) <= seconds
}

const CLOCK_SLACK_SECONDS = 300

function age({ seconds }: RunDirectory, { clockSeconds }: VerifyFacts): number {
  return clockSeconds - seconds
}
