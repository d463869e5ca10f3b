/** What tells that it is time: the first line of the log, as a person sees it, for which it is true; or a promise. */
export type Moment = ((line: string) => boolean) | Promise<void>

/** How a step is stopped from outside. All signals go to the node process alone, none to its children. */
export type Cancellation =
  /** As when a person cancels the job, or the step's time is over: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. */
  | { readonly how: 'cancel'; readonly when: Moment }
  /** SIGKILL at once. */
  | { readonly how: 'kill'; readonly when: Moment }

export interface PlannedSignal {
  readonly signal: NodeJS.Signals
  /** Since the moment of the cancellation. */
  readonly afterMilliseconds: number
}

/** ProcessInvoker.cs: each stage is skipped when the process has ended by then. */
export const SIGNALS: Readonly<Record<Cancellation['how'], readonly PlannedSignal[]>> = {
  cancel: [
    { signal: 'SIGINT', afterMilliseconds: 0 },
    { signal: 'SIGTERM', afterMilliseconds: 7_500 },
    { signal: 'SIGKILL', afterMilliseconds: 10_000 },
  ],
  kill: [{ signal: 'SIGKILL', afterMilliseconds: 0 }],
}

/** What became of it. */
export type Cancelled =
  | { readonly kind: 'not_asked' }
  /** The process ended before its moment came. */
  | { readonly kind: 'too_late' }
  | {
      readonly kind: 'sent'
      /** Those that found the process running. */
      readonly signals: readonly NodeJS.Signals[]
      /** When the first was sent, since the start of the process. */
      readonly atMilliseconds: number
      /** From the first signal to the end of the process. */
      readonly endedAfterMilliseconds: number
    }

/** A moment as a promise, and what has to see the lines of the log for that. */
export interface Watch {
  readonly reached: Promise<void>
  readonly line: (line: string) => void
}

export function watchFor(moment: Moment): Watch {
  if (moment instanceof Promise) return { reached: moment, line: () => undefined }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const line = (text: string) => {
    try {
      if (moment(text)) resolve()
    } catch (thrown) {
      reject(thrown)
    }
  }
  return { reached: promise, line }
}
