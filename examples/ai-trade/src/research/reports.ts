import { type AccountPnl, accountPnl } from './account-pnl.ts'
import { type RuntimeLog, readRuntimeLog } from './runtime-log.ts'
import { gateCheckFailRatio, judge, type Stage, tradingHaltedRatio, type Verdict } from './stage-rules.ts'

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

/** `closed_loop_report.json`: the sections that ran, and their common outcome. */
export interface ClosedLoopReport {
  readonly pipeline_name: string
  readonly generated_at_utc: string
  readonly overall_status: Verdict
  readonly account_outcome: AccountPnl
  readonly sections: { readonly runtime: RuntimeAssessReport & { readonly status: 'pass' | 'fail' } }
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
}

/** `latest_run_meta.json`: which run the other two reports are of. Paths are absolute, as on the host. */
export interface RunMeta {
  readonly run_id: string
  readonly action: 'assess'
  readonly generated_at_utc: string
  readonly stage: Stage
  readonly overall_status: Verdict
  readonly runtime_verdict: Verdict
  readonly run_dir: string
  readonly final_report: string
  readonly runtime_assess_report: string
  /** Empty: this version builds no summaries. */
  readonly daily_summary_report: string
  readonly weekly_summary_report: string
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

/** The summary of a run whose only section is the runtime assessment. */
export function closedLoopReport(runtime: RuntimeAssessReport, at: Date): ClosedLoopReport {
  return {
    pipeline_name: 'ai-trade-closed-loop',
    generated_at_utc: utcSeconds(at),
    overall_status: runtime.verdict,
    account_outcome: runtime.account_pnl,
    sections: { runtime: { status: runtime.verdict === 'FAIL' ? 'fail' : 'pass', ...runtime } },
    fail_reasons: runtime.fail_reasons,
    warn_reasons: runtime.warn_reasons,
  }
}

/** Where a run's files are: the names inside the run directory are fixed. */
export function runFiles(runDir: string) {
  return {
    log: `${runDir}/runtime.log`,
    runtimeAssess: `${runDir}/runtime_assess.json`,
    closedLoop: `${runDir}/closed_loop_report.json`,
    meta: `${runDir}/run_meta.json`,
  } as const
}

/** The meta of a run; the run id is the name of its directory. */
export function runMeta(runDir: string, runtime: RuntimeAssessReport, at: Date): RunMeta {
  const files = runFiles(runDir)
  return {
    run_id: runDir.slice(runDir.lastIndexOf('/') + 1),
    action: 'assess',
    generated_at_utc: utcSeconds(at),
    stage: runtime.stage,
    overall_status: runtime.verdict,
    runtime_verdict: runtime.verdict,
    run_dir: runDir,
    final_report: files.closedLoop,
    runtime_assess_report: files.runtimeAssess,
    daily_summary_report: '',
    weekly_summary_report: '',
  }
}

function utcSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
