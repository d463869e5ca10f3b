/** Oldest age at which the newest RUNTIME_STATUS line still counts as a sign of life. */
const MAX_STATUS_AGE_SECONDS = 120

/** What the watchdog saw of the trading container. */
export type Sighting =
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-running'; readonly state: string }
  /** `log`: its last lines, each with Docker's own RFC 3339 time in front. */
  | { readonly kind: 'running'; readonly log: string }

/** The line that the watchdog prints: `[Watchdog] All systems operational. …` or `[ALERT] …`. */
export function watchdogLine(sighting: Sighting, now: Date): string {
  const alert = alertOf(sighting, now)
  return alert.kind === 'none'
    ? `[Watchdog] All systems operational. Last RUNTIME_STATUS ${alert.statusAgeSeconds}s ago.`
    : `[ALERT] ${alert.text}`
}

function alertOf(
  sighting: Sighting,
  now: Date,
):
  | { readonly kind: 'none'; readonly statusAgeSeconds: number }
  | { readonly kind: 'alert'; readonly text: string } {
  switch (sighting.kind) {
    case 'unreachable':
      return { kind: 'alert', text: `cannot ask Docker: ${sighting.detail}` }
    case 'missing':
      return { kind: 'alert', text: 'container ai-trade does not exist' }
    case 'not-running':
      return { kind: 'alert', text: `container ai-trade is ${sighting.state}` }
    case 'running': {
      const newest = sighting.log.split('\n').findLast((line) => line.includes('RUNTIME_STATUS:'))
      const loggedAt = Date.parse(newest?.split(' ')[0] ?? '')
      if (Number.isNaN(loggedAt)) return { kind: 'alert', text: 'no RUNTIME_STATUS in the last log lines' }
      const statusAgeSeconds = Math.max(0, Math.round((now.getTime() - loggedAt) / 1000))
      return statusAgeSeconds > MAX_STATUS_AGE_SECONDS
        ? {
            kind: 'alert',
            text: `last RUNTIME_STATUS is ${statusAgeSeconds}s old (at most ${MAX_STATUS_AGE_SECONDS}s)`,
          }
        : { kind: 'none', statusAgeSeconds }
    }
  }
}
