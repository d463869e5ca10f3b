import type { PhaseName } from '../phase.ts'

/** Why a service of the release is not ready, or no longer ready. */
export type HealthProblem = FailedContainer &
  (
    | {
        readonly code: 'health.crashed'
        readonly exitCode: number
        readonly restarts: number
        readonly outOfMemory: boolean
      }
    | { readonly code: 'health.unhealthy' }
    | { readonly code: 'health.not_ready_in_time'; readonly state: string; readonly seconds: number }
    /**
     * Was ready, and then no longer, before the confirmation. `stopped`: from outside. `ended`: Docker did not report
     * whether it ended by itself.
     */
    | {
        readonly code: 'health.lost'
        readonly change: 'restarted' | 'exited' | 'unhealthy' | 'stopped' | 'ended' | 'replaced' | 'removed'
        readonly exitCode: number
      }
  )

/** The container that failed, or the service that has none. */
export interface FailedContainer {
  readonly service: string
  /** Its name; that of the service where there is no container. */
  readonly container: string
  /** Empty where there is no container. */
  readonly containerId: string
}

/** Whether a service that had been ready ended by itself, from outside, or for an unknown cause. */
export function whatEnded(problem: HealthProblem): 'itself' | 'outside' | 'unknown' {
  if (problem.code !== 'health.lost') return 'itself'
  switch (problem.change) {
    case 'stopped':
    case 'replaced':
    case 'removed':
      return 'outside'
    case 'ended':
      return 'unknown'
    case 'restarted':
    case 'exited':
    case 'unhealthy':
      return 'itself'
  }
}

/** The watch over the containers ended by itself: their states since then are unknown. `detail`: its last output. */
export type WatchProblem = { readonly code: 'health.unwatched'; readonly detail: string } & (
  | { readonly reason: 'time-over' }
  | { readonly reason: 'killed'; readonly signal: number }
  | { readonly reason: 'other'; readonly exitCode: number }
)

/** The host restarted since the first contact: every job of the deployment ended with it. */
export type HostProblem = { readonly code: 'host.restarted'; readonly phase: PhaseName }
