import type { Ports } from '../../model/ports.ts'

/** Closes what leads to the host, now or later, so that nothing more is started there. */
export function whenCancelled({ cancelled }: Pick<Ports, 'cancelled'>, close: () => Promise<void>): void {
  const closeNow = () => void close().catch(() => undefined)
  if (cancelled.aborted) closeNow()
  else cancelled.addEventListener('abort', closeNow)
}
