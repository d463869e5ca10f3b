/**
 * What one build of the trading stand-in does once it is started. The build chooses it, so that a
 * release is good or bad by its content, as in life. `unhealthy` and `never-healthy` are told apart
 * by the image's health check alone (healthcheck.sh and the image's start period).
 */
export const BEHAVIOURS = [
  'good',
  'crash-at-start',
  'crash-later',
  'unhealthy',
  'never-healthy',
  'critical',
  'warnings',
  'halted',
  'silent',
  'slow',
] as const

export type Behaviour = (typeof BEHAVIOURS)[number]

/** The behaviour of that name; an unset or empty name means `good`. Throws on any other text. */
export function behaviourNamed(name: string | undefined): Behaviour {
  if (name === undefined || name === '') return 'good'
  const found = BEHAVIOURS.find((behaviour) => behaviour === name)
  if (found === undefined) {
    throw new Error(`AI_TRADE_BEHAVIOUR must be one of ${BEHAVIOURS.join(', ')}, not ${name}`)
  }
  return found
}

/** Status lines between one gate window's verdict and the next. */
const GATE_WINDOW_STATUS_LINES = 5

/** Status lines between one step of the evolution and the next: an hour's, so that every window of stage S5 has some. */
const GENERATION_STATUS_LINES = 60

/** Whether this build reports trading as halted in its n-th status line (n counts from 1). */
export function tradingHaltedAt(behaviour: Behaviour, statusNumber: number): boolean {
  return behaviour === 'halted' && statusNumber % 2 === 0
}

/** A log line's level and message. */
export interface LogEntry {
  readonly level: 'INFO' | 'WARN' | 'ERROR' | 'CRITICAL'
  readonly message: string
}

/** What is logged right after the n-th status line (n counts from 1): events, the gate's verdicts, and the evolution. */
export function eventsAfterStatus(behaviour: Behaviour, statusNumber: number): readonly LogEntry[] {
  const events: LogEntry[] = []
  if (behaviour === 'critical' && statusNumber === 2) {
    events.push({
      level: 'CRITICAL',
      message: 'order book of BTCUSDT is crossed, positions cannot be priced',
    })
  }
  if (behaviour === 'warnings' && statusNumber === 2) {
    events.push({
      level: 'WARN',
      message: 'OMS_RECONCILE_MISMATCH: symbol=BTCUSDT, local=0.010, remote=0.012',
    })
  }
  if (statusNumber % GATE_WINDOW_STATUS_LINES === 0) {
    events.push({
      level: 'INFO',
      message: `GATE_CHECK_PASSED: window=${GATE_WINDOW_STATUS_LINES}, violations=0`,
    })
  }
  if (statusNumber % GENERATION_STATUS_LINES === 0) {
    const generation = statusNumber / GENERATION_STATUS_LINES
    events.push({ level: 'INFO', message: `SELF_EVOLUTION_STEP: population=8, generation=${generation}` })
  }
  return events
}
