import { type AccountPnl, accountPnl } from './account-pnl.ts'
import type { Action } from './runs.ts'
import { type RuntimeLog, readRuntimeLog } from './runtime-log.ts'
import { gateCheckFailRatio, judge, type Stage, tradingHaltedRatio, type Verdict } from './stage-rules.ts'
import type { TrainingSections } from './train/training.ts'

/** `runtime_assess.json`. */
export interface RuntimeAssessReport {
  readonly stage: Stage
  readonly verdict: Verdict
  readonly metrics: RuntimeLog['counts'] & {
    readonly trading_halted_true_ratio: number
    readonly gate_check_fail_ratio: number
    readonly runtime_account_samples: number
  }
  readonly account_pnl: AccountPnl
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
}

/** The sections of a run that ran, by name; every one has a status and its reasons. */
export type Sections = Partial<TrainingSections> & {
  readonly runtime?: RuntimeAssessReport & { readonly status: 'pass' | 'fail' }
}

/** `closed_loop_report.json`: the sections that ran, and their common outcome. */
export interface ClosedLoopReport {
  readonly pipeline_name: string
  readonly generated_at_utc: string
  readonly overall_status: Verdict
  readonly account_outcome: AccountPnl
  readonly sections: Sections
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
}

/** `run_meta.json`: which run the reports beside it are of. Paths are absolute, as on the host. */
export interface RunMeta {
  readonly run_id: string
  readonly action: Action
  readonly generated_at_utc: string
  readonly stage: Stage
  readonly overall_status: Verdict
  /** Null, and the path empty, where nothing was judged. */
  readonly runtime_verdict: Verdict | null
  readonly run_dir: string
  readonly final_report: string
  readonly runtime_assess_report: string
  readonly daily_summary_report: string
  readonly weekly_summary_report: string
  /** The ID of the image that this program ran in, `sha256:…`; absent where the runner could not know it. */
  readonly research_image_id?: string
}

/** Judges the text of a runtime log by a stage's rules. */
export function assessRuntime(logText: string, stage: Stage, minRuntimeStatus: number): RuntimeAssessReport {
  const log = readRuntimeLog(logText)
  const judgement = judge(log, stage, minRuntimeStatus)
  return {
    stage,
    verdict: judgement.verdict,
    metrics: {
      ...log.counts,
      trading_halted_true_ratio: tradingHaltedRatio(log),
      gate_check_fail_ratio: gateCheckFailRatio(log),
      runtime_account_samples: log.samples.length,
    },
    account_pnl: accountPnl(log.samples),
    fail_reasons: judgement.failReasons,
    warn_reasons: judgement.warnReasons,
  }
}

/** The report of a run: any section that fails is FAIL, any warning PASS_WITH_ACTIONS. */
export function closedLoopReport(
  runtime: RuntimeAssessReport | undefined,
  training: Partial<TrainingSections>,
  at: Date,
): ClosedLoopReport {
  const sections: Sections = {
    ...training,
    ...(runtime && { runtime: { status: runtime.verdict === 'FAIL' ? 'fail' : 'pass', ...runtime } }),
  }
  const all = Object.values(sections)
  const failReasons = all.flatMap(({ fail_reasons }) => fail_reasons)
  const warnReasons = all.flatMap(({ warn_reasons }) => warn_reasons)
  const failed = all.some(({ status }) => status === 'fail')
  return {
    pipeline_name: 'ai-trade-closed-loop',
    generated_at_utc: utcSeconds(at),
    overall_status: failed ? 'FAIL' : warnReasons.length > 0 ? 'PASS_WITH_ACTIONS' : 'PASS',
    account_outcome: runtime?.account_pnl ?? accountPnl([]),
    sections,
    fail_reasons: failReasons,
    warn_reasons: warnReasons,
  }
}

/** Where a run's files are: the names inside the run directory are fixed. */
export function runFiles(runDir: string) {
  return {
    log: `${runDir}/runtime.log`,
    runtimeAssess: `${runDir}/runtime_assess.json`,
    training: `${runDir}/training.json`,
    closedLoop: `${runDir}/closed_loop_report.json`,
    meta: `${runDir}/run_meta.json`,
  } as const
}

/** What a meta says besides what the reports do. The run id is the name of the directory. */
export interface RunFacts {
  readonly runDir: string
  readonly action: Action
  readonly stage: Stage
  readonly dailySummary: string
  readonly weeklySummary: string
  /** Empty where it is not known. */
  readonly imageId: string
}

export function runMeta(
  { runDir, action, stage, dailySummary, weeklySummary, imageId }: RunFacts,
  report: ClosedLoopReport,
): RunMeta {
  const files = runFiles(runDir)
  const { runtime } = report.sections
  return {
    run_id: runDir.slice(runDir.lastIndexOf('/') + 1),
    action,
    generated_at_utc: report.generated_at_utc,
    stage,
    overall_status: report.overall_status,
    runtime_verdict: runtime?.verdict ?? null,
    run_dir: runDir,
    final_report: files.closedLoop,
    runtime_assess_report: runtime === undefined ? '' : files.runtimeAssess,
    daily_summary_report: dailySummary,
    weekly_summary_report: weeklySummary,
    ...(imageId !== '' && { research_image_id: imageId }),
  }
}

function utcSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
