import type { Clock } from '../../../src/model/clock.ts'

interface Sleeper {
  readonly atMilliseconds: number
  readonly wake: () => void
}

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  #now = 0
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return this.#now
  }

  async changeOr(change: Promise<unknown>, milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { atMilliseconds: this.#now + milliseconds, wake: resolve }
    this.#sleepers.add(sleeper)
    await Promise.race([change, promise])
    this.#sleepers.delete(sleeper)
  }

  /** How long whoever waits now would sleep if nothing changed; empty when nobody waits. */
  get sleeps(): readonly number[] {
    return [...this.#sleepers].map(({ atMilliseconds }) => atMilliseconds - this.#now)
  }

  /** Moves time on and lets everybody who waits see it. */
  async advance(milliseconds: number): Promise<void> {
    this.#now += milliseconds
    for (const { atMilliseconds, wake } of this.#sleepers) if (atMilliseconds <= this.#now) wake()
    await settled()
  }
}

/** Until every promise that can go on by itself has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
