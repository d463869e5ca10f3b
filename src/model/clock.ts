/** Monotonic time. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number
  /** Resolves when `change` does, or after the given time, whichever is first. */
  changeOr(change: Promise<unknown>, milliseconds: number): Promise<void>
}

const NOTHING = new Promise<never>(() => {})

/** Waits for nothing but time. */
export function pass(clock: Pick<Clock, 'changeOr'>, milliseconds: number): Promise<void> {
  return clock.changeOr(NOTHING, milliseconds)
}
