import { describe, expect, it } from '@jest/globals'
import { assessRuntime, closedLoopReport, runMeta } from '../../examples/ai-trade/src/research/reports.ts'
import { GATE_PASSED, statusLines } from './log-text.ts'

const AT = new Date('2026-02-14T15:12:05.678Z')

/** The production system's own example of a passing run. */
const PASSING_RUN = {
  stage: 'S3',
  verdict: 'PASS',
  metrics: {
    runtime_status_count: 12,
    max_runtime_tick: 240,
    critical_count: 0,
    trading_halted_event_count: 0,
    trading_halted_true_count: 0,
    trading_halted_true_ratio: 0,
    gate_reduce_only_true_count: 0,
    gate_halted_true_count: 0,
    ws_unhealthy_count: 0,
    ws_degraded_count: 0,
    gate_check_passed_count: 1,
    gate_check_failed_count: 0,
    gate_check_fail_ratio: 0,
    gate_alert_count: 0,
    reconcile_mismatch_count: 0,
    reconcile_autoresync_count: 0,
    runtime_account_samples: 12,
  },
  account_pnl: {
    samples: 12,
    first_equity_usd: 10001.5,
    last_equity_usd: 10012.5,
    equity_change_usd: 11,
    equity_change_pct: 0.0010998,
    first_sample_utc: '2026-02-14T15:01:00Z',
    last_sample_utc: '2026-02-14T15:12:00Z',
    day_start_equity_usd: 10001.5,
    equity_change_vs_day_start_usd: 11,
    equity_change_vs_day_start_pct: 0.0010998,
    max_equity_usd_observed: 10012.5,
    peak_to_last_drawdown_pct: 0,
    max_drawdown_pct_observed: 0.001,
    max_abs_notional_usd_observed: 100,
  },
  fail_reasons: [],
  warn_reasons: [],
}

const passing = assessRuntime([...statusLines(12), GATE_PASSED, ''].join('\n'), 'S3', 10)

describe('the runtime assessment', () => {
  it('has every field of a passing run', () => {
    expect(passing).toEqual(PASSING_RUN)
  })

  it('of an empty log knows no account, but says that it saw no sample', () => {
    const { samples, ...figures } = assessRuntime('', 'S3', 10).account_pnl
    expect(samples).toBe(0)
    expect(Object.keys({ samples, ...figures }).toSorted()).toEqual(
      Object.keys(PASSING_RUN.account_pnl).toSorted(),
    )
    expect(new Set(Object.values(figures))).toEqual(new Set([null]))
  })

  it('counts a halt once however long it lasts', () => {
    const lines = [...statusLines(5, { halted: 3 }), ...statusLines(5, { halted: 2 })]
    expect(assessRuntime(lines.join('\n'), 'S3', 10).metrics).toMatchObject({
      trading_halted_event_count: 2,
      trading_halted_true_count: 5,
      trading_halted_true_ratio: 0.5,
    })
  })

  it('starts the day at its first sample', () => {
    const yesterday = statusLines(3).map((line) => line.replace('2026-02-14', '2026-02-13'))
    const { account_pnl } = assessRuntime([...yesterday, ...statusLines(12).slice(3)].join('\n'), 'S3', 10)
    expect(account_pnl.first_sample_utc).toBe('2026-02-13T15:01:00Z')
    expect(account_pnl.day_start_equity_usd).toBe(10004.5)
    expect(account_pnl.equity_change_vs_day_start_usd).toBe(8)
  })
})

describe('the summary report', () => {
  it('carries the runtime section and its outcome', () => {
    expect(closedLoopReport(passing, {}, AT)).toEqual({
      pipeline_name: 'ai-trade-closed-loop',
      generated_at_utc: '2026-02-14T15:12:05Z',
      overall_status: 'PASS',
      account_outcome: PASSING_RUN.account_pnl,
      sections: { runtime: { status: 'pass', ...PASSING_RUN } },
      fail_reasons: [],
      warn_reasons: [],
    })
  })
})

describe('the run meta', () => {
  it('names the run by its directory, and the image only where it is known', () => {
    const facts = {
      imageId: '',
      runDir: '/srv/reports/20260214T151200Z',
      action: 'assess',
      stage: 'S3',
      dailySummary: '/srv/reports/summary/daily_2026-02-14.json',
      weeklySummary: '/srv/reports/summary/weekly_2026-W07.json',
    } as const
    expect(runMeta(facts, closedLoopReport(passing, {}, AT))).toEqual({
      run_id: '20260214T151200Z',
      action: 'assess',
      generated_at_utc: '2026-02-14T15:12:05Z',
      stage: 'S3',
      overall_status: 'PASS',
      runtime_verdict: 'PASS',
      run_dir: '/srv/reports/20260214T151200Z',
      final_report: '/srv/reports/20260214T151200Z/closed_loop_report.json',
      runtime_assess_report: '/srv/reports/20260214T151200Z/runtime_assess.json',
      daily_summary_report: '/srv/reports/summary/daily_2026-02-14.json',
      weekly_summary_report: '/srv/reports/summary/weekly_2026-W07.json',
    })
    expect(runMeta({ ...facts, imageId: 'sha256:aa' }, closedLoopReport(passing, {}, AT))).toMatchObject({
      research_image_id: 'sha256:aa',
    })
  })
})
