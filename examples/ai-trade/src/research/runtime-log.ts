/** The figures of one RUNTIME_STATUS line that carries an account. Money in USD. */
export interface AccountSample {
  /** `2026-02-14T15:01:00Z` */
  readonly atUtc: string
  readonly equityUsd: number
  /** Fraction, as logged. */
  readonly drawdown: number
  readonly notionalUsd: number
}

/** What a runtime log holds, counted. The counters' names are the report's. */
export interface RuntimeLog {
  readonly counts: {
    readonly runtime_status_count: number
    readonly max_runtime_tick: number
    readonly critical_count: number
    readonly trading_halted_event_count: number
    readonly trading_halted_true_count: number
    readonly gate_reduce_only_true_count: number
    readonly gate_halted_true_count: number
    readonly ws_unhealthy_count: number
    readonly ws_degraded_count: number
    readonly gate_check_passed_count: number
    readonly gate_check_failed_count: number
    readonly gate_alert_count: number
    readonly reconcile_mismatch_count: number
    readonly reconcile_autoresync_count: number
  }
  readonly selfEvolutionCount: number
  readonly samples: readonly AccountSample[]
}

/** Reads the text of `runtime.log`: unknown lines are skipped, half lines count for what they show. */
export function readRuntimeLog(text: string): RuntimeLog {
  const lines = text.split('\n')
  const statusLines = lines.filter((line) => /\bRUNTIME_STATUS:/.test(line))
  const halted = statusLines.map((line) => line.includes('trading_halted=true'))
  return {
    counts: {
      runtime_status_count: statusLines.length,
      max_runtime_tick: statusLines.reduce((max, line) => Math.max(max, numberIn(line, 'ticks') ?? 0), 0),
      critical_count: matching(lines, /\bCRITICAL\b/),
      trading_halted_event_count: halted.filter((now, index) => now && halted[index - 1] !== true).length,
      trading_halted_true_count: halted.filter(Boolean).length,
      gate_reduce_only_true_count: matching(statusLines, /\bgate_reduce_only=true\b/),
      gate_halted_true_count: matching(statusLines, /\bgate_halted=true\b/),
      ws_unhealthy_count: matching(statusLines, /_ws_healthy=false\b/),
      ws_degraded_count: matching(statusLines, /\bdegraded=true\b/),
      gate_check_passed_count: matching(lines, /\bGATE_CHECK_PASSED\b/),
      gate_check_failed_count: matching(lines, /\bGATE_CHECK_FAILED\b/),
      gate_alert_count: matching(lines, /\bGATE_ALERT\b/),
      reconcile_mismatch_count: matching(lines, /\bOMS_RECONCILE_MISMATCH\b/),
      reconcile_autoresync_count: matching(lines, /\bOMS_RECONCILE_AUTORESYNC\b/),
    },
    selfEvolutionCount: matching(lines, /\bSELF_EVOLUTION/),
    samples: statusLines.flatMap(accountSampleOf),
  }
}

function matching(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length
}

function accountSampleOf(line: string): AccountSample[] {
  const time = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) /.exec(line)
  const equityUsd = numberIn(line, 'equity')
  if (time === null || equityUsd === undefined) return []
  return [
    {
      atUtc: `${time[1]}T${time[2]}Z`,
      equityUsd,
      drawdown: numberIn(line, 'drawdown_pct') ?? 0,
      notionalUsd: numberIn(line, 'notional') ?? 0,
    },
  ]
}

function numberIn(line: string, field: string): number | undefined {
  const found = new RegExp(`\\b${field}=(-?\\d+(?:\\.\\d+)?)`).exec(line)
  return found === null ? undefined : Number(found[1])
}
