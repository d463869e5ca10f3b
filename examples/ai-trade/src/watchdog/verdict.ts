import type { Look, Sighting } from './sighting.ts'

/** Oldest age at which the newest RUNTIME_STATUS line still counts as a sign of life; so long one may take to start. */
const MAX_STATUS_AGE_SECONDS = 120

/**
 * A deployment stops the scheduler while it judges a release: this long nobody is called for that. Docker starts a
 * container again that ended by itself, so one that is stopped was stopped by somebody.
 */
const SCHEDULER_PAUSE_MINUTES = 90

/** Something that somebody should look after. `key` stays the same as long as it goes on. */
export interface Alert {
  readonly key: string
  readonly text: string
}

/** What a look comes to. `remark`: worth knowing, and nothing wrong. */
export type Verdict =
  | { readonly kind: 'operational'; readonly statusAgeSeconds: number; readonly remark: string }
  | { readonly kind: 'starting'; readonly seconds: number }
  | { readonly kind: 'alert'; readonly alerts: readonly Alert[] }

/** The line that the watchdog prints: `[Watchdog] …` or `[ALERT] …`. */
export function watchdogLine(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'operational':
      return `[Watchdog] All systems operational. Last RUNTIME_STATUS ${verdict.statusAgeSeconds}s ago.${verdict.remark}`
    case 'starting':
      return `[Watchdog] ai-trade started ${verdict.seconds}s ago, no RUNTIME_STATUS yet.`
    case 'alert':
      return `[ALERT] ${verdict.alerts.map(({ text }) => text).join('; ')}`
  }
}

export function verdictOn({ trading, scheduler, restarting }: Look, now: Date): Verdict {
  const pulse = pulseOf(trading, now)
  const paused = pauseOf(scheduler, now)
  const alerts = [
    ...('key' in pulse ? [pulse] : []),
    ...('key' in paused ? [paused] : []),
    ...Object.entries(restarting).map(([name, times]) => ({
      key: `restarts of ${name}`,
      text: `container ${name} was restarted ${times} times within 15 minutes`,
    })),
  ]
  if (alerts.length > 0) return { kind: 'alert', alerts }
  if ('statusAgeSeconds' in pulse) {
    const remark = 'remark' in paused ? paused.remark : ''
    return { kind: 'operational', statusAgeSeconds: pulse.statusAgeSeconds, remark }
  }
  return { kind: 'starting', seconds: 'startedSeconds' in pulse ? pulse.startedSeconds : 0 }
}

type Pulse = Alert | { readonly statusAgeSeconds: number } | { readonly startedSeconds: number }

function pulseOf(trading: Sighting, now: Date): Pulse {
  if (trading.kind !== 'running') return absenceOf('ai-trade', trading)
  const newest = trading.log.split('\n').findLast((line) => line.includes('RUNTIME_STATUS:'))
  const loggedAt = new Date(newest?.split(' ')[0] ?? '')
  const statusAgeSeconds = secondsSince(loggedAt, now)
  if (statusAgeSeconds <= MAX_STATUS_AGE_SECONDS) return { statusAgeSeconds }
  const startedSeconds = secondsSince(trading.startedAt, now)
  if (startedSeconds <= MAX_STATUS_AGE_SECONDS) return { startedSeconds }
  return Number.isNaN(statusAgeSeconds)
    ? { key: 'status', text: 'no RUNTIME_STATUS in the last log lines' }
    : {
        key: 'status',
        text: `last RUNTIME_STATUS is ${statusAgeSeconds}s old (at most ${MAX_STATUS_AGE_SECONDS}s)`,
      }
}

type Pause = Alert | { readonly remark: string }

function pauseOf(scheduler: Sighting, now: Date): Pause {
  if (scheduler.kind === 'running') return { remark: '' }
  if (scheduler.kind === 'not-running' && scheduler.state === 'exited') {
    const seconds = secondsSince(scheduler.since, now)
    if (seconds <= SCHEDULER_PAUSE_MINUTES * 60)
      return { remark: ` The scheduler is stopped, for ${seconds}s.` }
  }
  return absenceOf('ai-trade-scheduler', scheduler)
}

function absenceOf(name: string, sighting: Exclude<Sighting, { kind: 'running' }>): Alert {
  switch (sighting.kind) {
    case 'unreachable':
      return { key: 'docker', text: `cannot ask Docker about ${name}: ${sighting.detail}` }
    case 'missing':
      return { key: `${name} missing`, text: `container ${name} does not exist` }
    case 'not-running':
      return { key: `${name} ${sighting.state}`, text: `container ${name} is ${sighting.state}` }
  }
}

function secondsSince(moment: Date, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - moment.getTime()) / 1000))
}
