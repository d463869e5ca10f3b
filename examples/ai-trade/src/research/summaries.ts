import { join } from 'node:path'
import { isObject, objectIn, type Run } from './runs.ts'

/** A day or an ISO week, both UTC; `until` is the first moment after it. */
export interface Period {
  readonly kind: 'daily' | 'weekly'
  /** `2026-02-14`, `2026-W07` */
  readonly name: string
  readonly from: Date
  readonly until: Date
}

const DAY_MILLISECONDS = 24 * 3600 * 1000

export function dayOf(at: Date): Period {
  const from = new Date(Math.floor(at.getTime() / DAY_MILLISECONDS) * DAY_MILLISECONDS)
  const until = new Date(from.getTime() + DAY_MILLISECONDS)
  return { kind: 'daily', name: from.toISOString().slice(0, 10), from, until }
}

/** From Monday on. The week's year is that of its Thursday. */
export function weekOf(at: Date): Period {
  const day = dayOf(at).from
  const daysSinceMonday = (day.getUTCDay() + 6) % 7
  const from = new Date(day.getTime() - daysSinceMonday * DAY_MILLISECONDS)
  const thursday = new Date(from.getTime() + 3 * DAY_MILLISECONDS)
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.floor((thursday.getTime() - yearStart) / (7 * DAY_MILLISECONDS)) + 1
  return {
    kind: 'weekly',
    name: `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`,
    from,
    until: new Date(from.getTime() + 7 * DAY_MILLISECONDS),
  }
}

/** Where a period's summary is kept. */
export function summaryFile(outputRoot: string, { kind, name }: Period): string {
  return join(outputRoot, 'summary', `${kind}_${name}.json`)
}

/** What a summary keeps of each run that it counts: retention may remove the run itself before the period is over. */
interface CountedRun {
  readonly run_id: string
  readonly action: string
  readonly status: string
  readonly fail_reasons: readonly string[]
  readonly warn_reasons: readonly string[]
  readonly metrics: Readonly<Record<string, unknown>>
  readonly account_pnl: Readonly<Record<string, unknown>>
}

/**
 * What a period's runs found. Runs look back over windows that overlap, so that counts of log lines are never added up:
 * how many runs saw it, and the worst that one of them saw. `before`: the period's summary so far, without any key where
 * there is none.
 */
export function summaryOf(
  runs: readonly Run[],
  period: Period,
  at: Date,
  before: Readonly<Record<string, unknown>>,
) {
  const kept = runs
    .filter(({ startedAt }) => startedAt >= period.from && startedAt < period.until)
    .map(countedRun)
  const removed = countedBefore(before).filter(({ run_id }) => !kept.some((run) => run.run_id === run_id))
  const results = [...removed, ...kept]
  return {
    period: period.name,
    period_kind: period.kind,
    from_utc: utc(period.from),
    until_utc: utc(period.until),
    generated_at_utc: utc(at),
    runs: {
      total: results.length,
      by_action: counted(results.map(({ action }) => action)),
      by_status: counted(results.map(({ status }) => status)),
    },
    fail_reasons: reasons(results.flatMap(({ fail_reasons }) => fail_reasons)),
    warn_reasons: reasons(results.flatMap(({ warn_reasons }) => warn_reasons)),
    account_outcome: accountOutcome(results),
    execution: {
      runs_with_trading_halted: runsWith(results, 'trading_halted_true_count'),
      runs_with_gate_reduce_only: runsWith(results, 'gate_reduce_only_true_count'),
      runs_with_gate_halted: runsWith(results, 'gate_halted_true_count'),
      runs_with_ws_unhealthy: runsWith(results, 'ws_unhealthy_count'),
      runs_with_reconcile_mismatch: runsWith(results, 'reconcile_mismatch_count'),
      worst_trading_halted_true_ratio: largest(results.map(metric('trading_halted_true_ratio'))),
      worst_gate_check_fail_ratio: largest(results.map(metric('gate_check_fail_ratio'))),
    },
    counted_runs: results,
  }
}

/** A run that FAILs may leave the runtime assessment alone, and one that was cut short nothing. */
function countedRun({ runId, directory, action }: Run): CountedRun {
  const runtime = objectIn(join(directory, 'runtime_assess.json'))
  const closedLoop = objectIn(join(directory, 'closed_loop_report.json'))
  return {
    run_id: runId,
    action,
    status: String(closedLoop.overall_status ?? runtime.verdict ?? 'unfinished'),
    fail_reasons: texts(closedLoop.fail_reasons ?? runtime.fail_reasons),
    warn_reasons: texts(closedLoop.warn_reasons ?? runtime.warn_reasons),
    metrics: only(METRICS, runtime.metrics),
    account_pnl: only(ACCOUNT, runtime.account_pnl),
  }
}

/** What is not as we write it counts for nothing. */
function countedBefore({ counted_runs }: Readonly<Record<string, unknown>>): readonly CountedRun[] {
  if (!Array.isArray(counted_runs)) return []
  return counted_runs.filter(isObject).flatMap((run) =>
    typeof run.run_id !== 'string'
      ? []
      : {
          run_id: run.run_id,
          action: String(run.action),
          status: String(run.status),
          fail_reasons: texts(run.fail_reasons),
          warn_reasons: texts(run.warn_reasons),
          metrics: only(METRICS, run.metrics),
          account_pnl: only(ACCOUNT, run.account_pnl),
        },
  )
}

const METRICS = [
  ...['trading_halted_true_count', 'gate_reduce_only_true_count', 'gate_halted_true_count'],
  ...['ws_unhealthy_count', 'reconcile_mismatch_count'],
  ...['trading_halted_true_ratio', 'gate_check_fail_ratio'],
]
const ACCOUNT = [
  ...['samples', 'first_sample_utc', 'last_sample_utc', 'first_equity_usd', 'last_equity_usd'],
  'max_drawdown_pct_observed',
]

/** Those of an object's entries that it has; nothing of what is no object. */
function only(names: readonly string[], value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) return {}
  return Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]]))
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** How many runs gave which reason, the most frequent first. */
function reasons(given: readonly string[]) {
  return Object.entries(counted(given))
    .map(([reason, runs]) => ({ reason, runs }))
    .toSorted((one, other) => other.runs - one.runs)
}

/** From the first to the last sample that any run of the period saw. Fractions, as everywhere. */
function accountOutcome(results: readonly CountedRun[]) {
  const seen = results.map(({ account_pnl }) => account_pnl).filter(({ samples }) => Number(samples) > 0)
  const first = seen.toSorted(byText('first_sample_utc'))[0]
  const last = seen.toSorted(byText('last_sample_utc')).at(-1)
  const from = Number(first?.first_equity_usd)
  const to = Number(last?.last_equity_usd)
  const known = first !== undefined && last !== undefined && from !== 0
  return {
    first_sample_utc: first?.first_sample_utc ?? null,
    last_sample_utc: last?.last_sample_utc ?? null,
    first_equity_usd: known ? from : null,
    last_equity_usd: known ? to : null,
    equity_change_usd: known ? rounded(to - from) : null,
    equity_change_pct: known ? rounded((to - from) / from) : null,
    max_drawdown_pct_observed: largest(seen.map((account) => Number(account.max_drawdown_pct_observed))),
  }
}

function byText(key: string) {
  return (one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>) =>
    String(one[key]) < String(other[key]) ? -1 : 1
}

function metric(name: string) {
  return ({ metrics }: CountedRun) => Number(metrics[name])
}

function runsWith(results: readonly CountedRun[], name: string): number {
  return results.filter((result) => metric(name)(result) > 0).length
}

/** Null where no run measured it. */
function largest(values: readonly number[]): number | null {
  const measured = values.filter(Number.isFinite)
  return measured.length === 0 ? null : Math.max(...measured)
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]),
  )
}

function rounded(value: number): number {
  return Number(value.toFixed(7))
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
