/** Why a service of the new release is not, or no longer, ready. */
export type HealthProblem = Culprit &
  (
    | {
        readonly code: 'health.crashed'
        readonly exitCode: number
        readonly restarts: number
        readonly outOfMemory: boolean
      }
    | { readonly code: 'health.unhealthy' }
    | { readonly code: 'health.not_ready_in_time'; readonly state: string; readonly seconds: number }
    /** Was ready, then restarted, stopped, was replaced or became unhealthy before the end. */
    | {
        readonly code: 'health.lost'
        readonly change: 'restarted' | 'exited' | 'replaced' | 'removed' | 'unhealthy'
        readonly exitCode: number
      }
  )

/** The container that a problem is about, or the service that has none: its log tells more. */
export interface Culprit {
  readonly service: string
  /** Its name; that of the service where there is no container. */
  readonly container: string
  /** Empty where there is no container. */
  readonly containerId: string
}

/** Whether something else than the release ended what had been ready. */
export function isTakenAway(problem: HealthProblem): boolean {
  return problem.code === 'health.lost' && (problem.change === 'replaced' || problem.change === 'removed')
}
