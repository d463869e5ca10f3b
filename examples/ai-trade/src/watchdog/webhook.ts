import type { Alert, Verdict } from './verdict.ts'

/** Waits before the second and the third try. */
const RETRY_AFTER_SECONDS = [1, 5] as const
const TIMEOUT_MILLISECONDS = 10_000

/** How a post ended; the detail never has the address, which is a secret of its own. */
export type Delivery = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly detail: string }

export interface WebhookPorts {
  readonly post: (text: string) => Promise<Delivery>
  readonly pause: (seconds: number) => Promise<void>
  readonly log: (line: string) => void
}

/**
 * Tells people when something begins to be wrong, changes, and is over; not once a round. What could not be told is
 * tried again in the next round.
 */
export function alarm({ post, pause, log }: WebhookPorts): (verdict: Verdict, line: string) => Promise<void> {
  let told = ''
  return async (verdict, line) => {
    // Neither good nor bad news.
    if (verdict.kind === 'starting') return
    const now = verdict.kind === 'alert' ? keysOf(verdict.alerts) : ''
    if (now === told) return
    let delivery = await post(line)
    for (const seconds of RETRY_AFTER_SECONDS) {
      if (delivery.kind === 'delivered') break
      await pause(seconds)
      delivery = await post(line)
    }
    if (delivery.kind === 'delivered') told = now
    else log(`[Watchdog] the webhook could not be told, next try in the next round: ${delivery.detail}`)
  }
}

function keysOf(alerts: readonly Alert[]): string {
  return alerts
    .map(({ key }) => key)
    .toSorted()
    .join('; ')
}

/** Posts `{"text": …}`, which Slack, Feishu gateways and many others take. */
export async function postTo(url: string, text: string): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    await response.body?.cancel()
    return response.ok ? { kind: 'delivered' } : { kind: 'failed', detail: `status ${response.status}` }
  } catch (error) {
    // Its message can hold the address; the code of its cause, and its name, cannot.
    return { kind: 'failed', detail: codeOf(error) }
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'error'
  if ('cause' in error && error.cause !== undefined) return codeOf(error.cause)
  return String('code' in error ? error.code : 'name' in error ? error.name : 'error')
}
