import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { assessRuntime, closedLoopReport } from '../../examples/ai-trade/src/research/reports.ts'
import { runsToRemove } from '../../examples/ai-trade/src/research/retention.ts'
import { type Action, runsIn } from '../../examples/ai-trade/src/research/runs.ts'
import { dayOf, summaryOf, weekOf } from '../../examples/ai-trade/src/research/summaries.ts'
import { eventLine, GATE_PASSED, statusLines } from './log-text.ts'

const root = mkdtempSync(join(tmpdir(), 'ai-trade-runs-'))
afterAll(() => rmSync(root, { recursive: true }))

const AT = new Date('2026-02-14T16:00:00Z')
const CRITICAL = eventLine('crossed book', 'CRITICAL')

/** A run as the runner leaves it; without lines it was cut short. */
function leaveRun(runId: string, startedAtUtc: string, action: Action, lines: readonly string[]): void {
  const directory = join(root, runId)
  mkdirSync(directory)
  const write = (name: string, value: unknown) => writeFileSync(join(directory, name), JSON.stringify(value))
  write('run.json', { run_id: runId, action, stage: 'S3', started_at_utc: startedAtUtc })
  if (lines.length === 0) return
  const runtime = assessRuntime(lines.join('\n'), 'S3', 10)
  write('runtime_assess.json', runtime)
  if (runtime.verdict !== 'FAIL') write('closed_loop_report.json', closedLoopReport(runtime, {}, AT))
}

leaveRun('a', '2026-02-09T00:00:00Z', 'assess', [...statusLines(12).map(onMonday), GATE_PASSED])
leaveRun('b', '2026-02-14T15:20:00Z', 'full', [...statusLines(12), GATE_PASSED])
leaveRun('c', '2026-02-14T15:30:00Z', 'assess', [...statusLines(20, { halted: 2 }), GATE_PASSED])
leaveRun('d', '2026-02-14T15:40:00Z', 'assess', [...statusLines(12), GATE_PASSED, CRITICAL])
leaveRun('e', '2026-02-14T15:50:00Z', 'assess', [])
leaveRun('f', '2026-02-15T00:00:00Z', 'assess', [...statusLines(12), GATE_PASSED])
mkdirSync(join(root, 'no-run'))

function onMonday(line: string): string {
  return line.replace('2026-02-14', '2026-02-09').replace(/equity=\d+/, 'equity=8000')
}

describe('a summary', () => {
  it('of a day has what its runs found, and what went wrong', () => {
    const { counted_runs, ...summary } = summaryOf(runsIn(root), dayOf(AT), AT, {})
    expect(counted_runs.map(({ run_id, status }) => `${run_id} ${status}`)).toEqual([
      ...['b PASS', 'c PASS_WITH_ACTIONS', 'd FAIL', 'e unfinished'],
    ])
    expect(summary).toEqual({
      period: '2026-02-14',
      period_kind: 'daily',
      from_utc: '2026-02-14T00:00:00Z',
      until_utc: '2026-02-15T00:00:00Z',
      generated_at_utc: '2026-02-14T16:00:00Z',
      runs: {
        total: 4,
        by_action: { full: 1, assess: 3 },
        by_status: { PASS: 1, PASS_WITH_ACTIONS: 1, FAIL: 1, unfinished: 1 },
      },
      fail_reasons: [{ reason: '检测到 CRITICAL 日志: 1 条', runs: 1 }],
      warn_reasons: [{ reason: '检测到短暂 trading_halted: 占比 0.10', runs: 1 }],
      account_outcome: {
        first_sample_utc: '2026-02-14T15:01:00Z',
        last_sample_utc: '2026-02-14T15:20:00Z',
        first_equity_usd: 10001.5,
        last_equity_usd: 10020.5,
        equity_change_usd: 19,
        equity_change_pct: 0.0018997,
        max_drawdown_pct_observed: 0.001,
      },
      execution: {
        runs_with_trading_halted: 1,
        runs_with_gate_reduce_only: 0,
        runs_with_gate_halted: 0,
        runs_with_ws_unhealthy: 0,
        runs_with_reconcile_mismatch: 0,
        worst_trading_halted_true_ratio: 0.1,
        worst_gate_check_fail_ratio: 0,
      },
    })
  })

  it('of a week goes from Monday to Sunday', () => {
    const { runs, account_outcome } = summaryOf(runsIn(root), weekOf(AT), AT, {})
    expect(runs.total).toBe(6)
    expect(account_outcome).toMatchObject({ first_equity_usd: 8000.5, last_equity_usd: 10020.5 })
  })

  it('goes on counting a run that retention has removed since', () => {
    const whole = summaryOf(runsIn(root), dayOf(AT), AT, {})
    const written = (summary: unknown) => JSON.parse(JSON.stringify(summary))
    const newest = runsIn(root).filter(({ runId }) => runId >= 'd')
    expect(summaryOf(newest, dayOf(AT), AT, written(whole))).toEqual(whole)
    // One that was at work then, and has ended since, has its end.
    const early = {
      ...whole,
      counted_runs: whole.counted_runs.map((run) => ({ ...run, status: 'unfinished' })),
    }
    expect(summaryOf(newest, dayOf(AT), AT, written(early)).runs.by_status).toEqual({
      unfinished: 3,
      FAIL: 1,
    })
  })

  it.each([{ counted_runs: 'damaged' }, { counted_runs: [null, {}, { run_id: 7 }] }])(
    'begins anew where what was counted cannot be read: %j',
    (before) => {
      expect(summaryOf(runsIn(root), dayOf(AT), AT, before).runs.total).toBe(4)
    },
  )

  it('of nothing knows nothing', () => {
    const { runs, account_outcome, execution } = summaryOf([], dayOf(AT), AT, {})
    expect(runs).toEqual({ total: 0, by_action: {}, by_status: {} })
    expect(new Set(Object.values(account_outcome))).toEqual(new Set([null]))
    expect(execution.worst_gate_check_fail_ratio).toBeNull()
  })
})

describe('a week', () => {
  it.each([
    ['2026-02-14T16:00:00Z', '2026-W07', '2026-02-09'],
    ['2026-02-15T23:59:59Z', '2026-W07', '2026-02-09'],
    ['2026-02-16T00:00:00Z', '2026-W08', '2026-02-16'],
    ['2027-01-01T00:00:00Z', '2026-W53', '2026-12-28'],
    ['2024-12-30T00:00:00Z', '2025-W01', '2024-12-30'],
  ])('%s is in %s', (at, name, monday) => {
    const week = weekOf(new Date(at))
    expect([week.name, week.from.toISOString().slice(0, 10)]).toEqual([name, monday])
  })
})

describe('retention', () => {
  const names = (keep: number, mustStay: readonly string[]) =>
    runsToRemove(runsIn(root), keep, mustStay).map(({ runId }) => runId)

  it('keeps the newest runs and those that must stay', () => {
    expect(names(2, [])).toEqual(['a', 'b', 'c', 'd'])
    expect(names(2, ['b', 'f'])).toEqual(['a', 'c', 'd'])
    expect(names(6, [])).toEqual([])
    expect(names(200, [])).toEqual([])
  })
})
