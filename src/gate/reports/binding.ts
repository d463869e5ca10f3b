import {
  type Assessment,
  type GateOn,
  REPORT_FILES,
  type ReportFile,
  type ReportKind,
  type RunIdentity,
  type RunnerAction,
} from '../../model/assessment.ts'
import type { GateReason, ReportFlaw } from '../../model/gate-decision.ts'
import {
  type ParsedReport,
  parseClosedLoopReport,
  parseRecordedReport,
  parseRunMeta,
  parseRuntimeAssess,
  type RecordedReport,
  type RunMeta,
  type RuntimeAssess,
} from './reports.ts'

/**
 * A report, tied to this run or not. `unusable` is never judged, neither for nor against the release;
 * `shown` says in a few words what was there instead.
 */
export type BoundReport<Report> =
  | { readonly kind: 'bound'; readonly report: Report }
  | { readonly kind: 'unusable'; readonly flaws: readonly ReportFlaw[]; readonly shown: string }

export interface BoundReports {
  readonly runtimeAssess: BoundReport<RuntimeAssess>
  readonly closedLoop: BoundReport<RecordedReport>
  readonly runMeta: BoundReport<RunMeta>
  /** What the readable reports say about themselves, right or wrong. */
  readonly statements: readonly Statement[]
  /** Statements of bound reports that contradict each other: one of them is of something else. */
  readonly contradictions: readonly Mismatch[]
}

export type Mismatch = Extract<GateReason, { kind: 'report-mismatch' }>

/** Ties each report to this run, this stage and this action by what it says about itself. */
export function bindReports(
  assessment: Assessment,
  wanted: { readonly stage: string; readonly action: RunnerAction; readonly gateOn: GateOn },
): BoundReports {
  const { files, identity } = assessment
  const runtime = bind('runtimeAssess', files, identity, parseRuntimeAssess, (report, runId) => [
    ...stated('run', 'run_id', runId, report.run_id),
    ...stated('stage', 'stage', wanted.stage, report.stage),
  ])
  const parseSummary = wanted.gateOn === 'both' ? parseClosedLoopReport : parseRecordedReport
  const closedLoop = bind<RecordedReport>('closedLoop', files, identity, parseSummary, (report, runId) => [
    ...stated('run', 'run_id', runId, report.run_id),
    ...stated('stage', 'sections.runtime.stage', wanted.stage, report.sections?.runtime?.stage),
  ])
  const runMeta = bind('runMeta', files, identity, parseRunMeta, (report, runId) => [
    ...stated('run', 'run_id', runId, report.run_id),
    ...stated('action', 'action', wanted.action, report.action),
    ...stated('stage', 'stage', wanted.stage, report.stage),
  ])
  return {
    runtimeAssess: runtime.report,
    closedLoop: closedLoop.report,
    runMeta: runMeta.report,
    statements: [runtime, closedLoop, runMeta].flatMap(({ statements }) => statements),
    contradictions:
      wanted.gateOn === 'both'
        ? contradictions(runtime.report, closedLoop.report, runMeta.report, files)
        : otherVerdicts(runtime.report, closedLoop.report, runMeta.report, files),
  }
}

/** What a report says about the assessment it is of. */
export interface Statement {
  readonly about: 'run' | 'action' | 'stage'
  readonly field: string
  readonly wanted: string
  readonly got: string
}

/** No statement where an optional field is not there. */
function stated(
  about: Statement['about'],
  field: string,
  wanted: string,
  got: string | null | undefined,
): readonly Statement[] {
  return got === undefined || got === null ? [] : [{ about, field, wanted, got }]
}

interface Binding<Report> {
  readonly report: BoundReport<Report>
  readonly statements: readonly Statement[]
}

function bind<Report>(
  kind: ReportKind,
  files: Assessment['files'],
  identity: RunIdentity,
  parse: (text: string) => ParsedReport<Report>,
  statementsOf: (report: Report, runId: string) => readonly Statement[],
): Binding<Report> {
  const name = REPORT_FILES[kind]
  const file = files[kind]
  if (file.kind !== 'found') return { report: notFound(name, file), statements: [] }
  if (identity.kind !== 'proven')
    return { report: unproven(name, 'no run directory of this run is known'), statements: [] }
  const parsed = parse(file.text)
  if (parsed.kind === 'invalid') {
    const { detail } = parsed
    return {
      report: unusable(`invalid (${detail})`, [{ kind: 'report-invalid', file: name, detail }]),
      statements: [],
    }
  }
  const statements = statementsOf(parsed.report, identity.runId)
  const flaws = mismatches(name, statements)
  const report: BoundReport<Report> =
    flaws.length === 0
      ? { kind: 'bound', report: parsed.report }
      : unusable(flaws.map((flaw) => `of ${flaw.field} ${flaw.got}`).join(', '), flaws)
  return { report, statements }
}

function notFound<Report>(name: string, file: Exclude<ReportFile, { kind: 'found' }>): BoundReport<Report> {
  switch (file.kind) {
    case 'absent':
      return unusable('missing', [{ kind: 'report-missing', file: name }])
    case 'not-written':
    case 'stale':
      return unusable('of another run', [{ kind: 'report-stale', file: name, detail: file.detail }])
    case 'unproven':
      return unproven(name, file.detail)
    case 'unreadable':
      return unusable('unreadable', [{ kind: 'report-unreadable', file: name, detail: file.detail }])
  }
}

function unproven<Report>(file: string, detail: string): BoundReport<Report> {
  return unusable('of an unknown run', [{ kind: 'report-unproven', file, detail }])
}

function unusable<Report>(shown: string, flaws: readonly ReportFlaw[]): BoundReport<Report> {
  return { kind: 'unusable', flaws, shown }
}

function mismatches(file: string, statements: readonly Omit<Statement, 'about'>[]): readonly Mismatch[] {
  return statements
    .filter(({ wanted, got }) => got !== wanted)
    .map(({ field, wanted, got }) => ({ kind: 'report-mismatch', file, field, wanted, got }))
}

/**
 * The same conclusion is repeated in several reports; a repetition that differs is of another assessment. Of a report
 * that only `latest_*` has, the meta file has to repeat it: whoever else runs one writes there too.
 */
function contradictions(
  runtimeAssess: BoundReport<RuntimeAssess>,
  closedLoop: BoundReport<RecordedReport>,
  runMeta: BoundReport<RunMeta>,
  files: Assessment['files'],
): readonly Mismatch[] {
  if (runtimeAssess.kind !== 'bound' || closedLoop.kind !== 'bound' || runMeta.kind !== 'bound') return []
  const { overall_status: overallStatus } = closedLoop.report
  const repeated = runMeta.report.overall_status ?? unrepeated(files.closedLoop)
  return [
    ...otherVerdicts(runtimeAssess, closedLoop, runMeta, files),
    ...mismatches(REPORT_FILES.runMeta, stated('run', 'overall_status', overallStatus, repeated)),
  ]
}

/** Repetitions of the verdict alone, whichever other reports there are. */
function otherVerdicts(
  runtimeAssess: BoundReport<RuntimeAssess>,
  closedLoop: BoundReport<RecordedReport>,
  runMeta: BoundReport<RunMeta>,
  files: Assessment['files'],
): readonly Mismatch[] {
  if (runtimeAssess.kind !== 'bound') return []
  const { verdict } = runtimeAssess.report
  const section = closedLoop.kind === 'bound' ? closedLoop.report.sections?.runtime?.verdict : undefined
  const repeated =
    runMeta.kind === 'bound' ? (runMeta.report.runtime_verdict ?? unrepeated(files.runtimeAssess)) : undefined
  return [
    ...mismatches(REPORT_FILES.closedLoop, stated('run', 'sections.runtime.verdict', verdict, section)),
    ...mismatches(REPORT_FILES.runMeta, stated('run', 'runtime_verdict', verdict, repeated)),
  ]
}

function unrepeated(file: ReportFile): string | undefined {
  return file.kind === 'found' && file.from === 'latest' ? 'nothing' : undefined
}
