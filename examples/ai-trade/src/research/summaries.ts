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

/** What a run left for a summary: objects of its reports, without any key where it left none. */
interface RunResult {
  readonly run: Run
  readonly runtime: Readonly<Record<string, unknown>>
  readonly closedLoop: Readonly<Record<string, unknown>>
}

/**
 * What a period's runs found, from those that are still kept. Runs look back over windows that overlap, so that
 * counts of log lines are never added up: how many runs saw it, and the worst that one of them saw.
 */
export function summaryOf(runs: readonly Run[], period: Period, at: Date) {
  const results = runs
    .filter(({ startedAt }) => startedAt >= period.from && startedAt < period.until)
    .map(
      (run): RunResult => ({
        run,
        runtime: objectIn(join(run.directory, 'runtime_assess.json')),
        closedLoop: objectIn(join(run.directory, 'closed_loop_report.json')),
      }),
    )
  return {
    period: period.name,
    period_kind: period.kind,
    from_utc: utc(period.from),
    until_utc: utc(period.until),
    generated_at_utc: utc(at),
    runs: {
      total: results.length,
      by_action: counted(results.map(({ run }) => run.action)),
      by_status: counted(results.map(statusOf)),
    },
    fail_reasons: reasons(results, 'fail_reasons'),
    warn_reasons: reasons(results, 'warn_reasons'),
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
  }
}

/** A run that FAILs may leave the runtime assessment alone, and one that was cut short nothing. */
function statusOf({ closedLoop, runtime }: RunResult): string {
  return String(closedLoop.overall_status ?? runtime.verdict ?? 'unfinished')
}

/** How many runs gave which reason, the most frequent first. */
function reasons(results: readonly RunResult[], key: 'fail_reasons' | 'warn_reasons') {
  const given = results.flatMap(({ closedLoop, runtime }) => {
    const list = closedLoop[key] ?? runtime[key]
    return Array.isArray(list) ? list.map(String) : []
  })
  return Object.entries(counted(given))
    .map(([reason, runs]) => ({ reason, runs }))
    .toSorted((one, other) => other.runs - one.runs)
}

/** From the first to the last sample that any run of the period saw. Fractions, as everywhere. */
function accountOutcome(results: readonly RunResult[]) {
  const accounts = results.flatMap(({ runtime }) =>
    isObject(runtime.account_pnl) ? [runtime.account_pnl] : [],
  )
  const seen = accounts.filter(({ samples }) => Number(samples) > 0)
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
  return ({ runtime }: RunResult) => (isObject(runtime.metrics) ? Number(runtime.metrics[name]) : Number.NaN)
}

function runsWith(results: readonly RunResult[], name: string): number {
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
