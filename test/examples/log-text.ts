import type { LogEntry } from '../../examples/ai-trade/src/app/behaviour.ts'
import { logLine, runtimeStatusMessage } from '../../examples/ai-trade/src/app/log-line.ts'

/** One status line a minute from 15:01 on, as the app writes them; `halted` of them, the last ones, halted. */
export function statusLines(count: number, options: { readonly halted?: number } = {}): string[] {
  return Array.from({ length: count }, (_, index) =>
    logLine(new Date(Date.UTC(2026, 1, 14, 15, 1 + index)), {
      level: 'INFO',
      message: runtimeStatusMessage({
        ticks: 20 * (index + 1),
        tradingHalted: index >= count - (options.halted ?? 0),
        equityUsd: 10001.5 + index,
        drawdown: 0.001,
        notionalUsd: 100,
      }),
    }),
  )
}

/** Any other line of the log. */
export function eventLine(message: string, level: LogEntry['level'] = 'INFO'): string {
  return logLine(new Date(Date.UTC(2026, 1, 14, 15, 30)), { level, message })
}

export const GATE_PASSED = eventLine('GATE_CHECK_PASSED: window=5, violations=0')
export const SELF_EVOLUTION = eventLine('SELF_EVOLUTION_INIT: population=8, generation=0')
