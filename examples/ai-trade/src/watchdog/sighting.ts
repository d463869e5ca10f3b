/** What the watchdog saw of a container. */
export type Sighting =
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-running'; readonly state: string; readonly since: Date }
  | {
      readonly kind: 'running'
      readonly id: string
      readonly startedAt: Date
      /** Docker's own: since the container was made, or last started by hand. */
      readonly restartCount: number
      /** Its last lines, each with Docker's own RFC 3339 time in front. */
      readonly log: string
    }

/** One look at the whole stack. */
export interface Look {
  readonly trading: Sighting
  readonly scheduler: Sighting
  /** Names of the containers that Docker has restarted again and again, with how often. */
  readonly restarting: Readonly<Record<string, number>>
}
