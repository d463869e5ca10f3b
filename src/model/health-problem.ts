/** Why a service of the new release is not, or no longer, ready. */
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
     * Was ready, then not any more before the end. `stopped`: told to end from outside, and not by itself; `ended`:
     * nobody could say which.
     */
    | {
        readonly code: 'health.lost'
        readonly change: 'restarted' | 'exited' | 'unhealthy' | 'stopped' | 'ended' | 'replaced' | 'removed'
        readonly exitCode: number
      }
  )

/** The container that a problem is about, or the service that has none: its log tells more. */
export interface FailedContainer {
  readonly service: string
  /** Its name; that of the service where there is no container. */
  readonly container: string
  /** Empty where there is no container. */
  readonly containerId: string
}

/** What ended a service that had been ready: itself, something else than the release, or nobody could say. */
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
