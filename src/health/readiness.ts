import { type ContainerState, isCompleted } from '../host/protocol/container.ts'
import type { FailedContainer, HealthProblem } from '../model/problems/health.ts'

/** A release that restarted this often since apply is in a crash loop; fewer may be a late dependency. */
export const CRASH_LOOP_RESTARTS = 3

/** Without a healthcheck, a container counts as ready when one instance of it has run this long without a restart. */
export const STABLE_MILLISECONDS = 3000

/** A container of a deployed service, and since when (on our clock) its present instance has been seen running. */
export interface Observed {
  readonly container: ContainerState
  readonly instanceSeenAtMilliseconds: number
  /** Restarts that happened before this deployment: an unchanged container keeps its counter. */
  readonly restartsBefore: number
}

export type Readiness =
  | { readonly kind: 'ready' }
  /** Not yet: look again when something changes, at the latest after `againInMilliseconds`. */
  | { readonly kind: 'waiting'; readonly on: NotReady; readonly againInMilliseconds: number }
  | { readonly kind: 'failed'; readonly problem: HealthProblem }

/** The first container that is not ready, or the service that has none. */
export interface NotReady extends FailedContainer {
  readonly state: string
}

/**
 * Whether every service is ready: its healthcheck passed, or none is declared and the present instance is stable,
 * or it is a one-shot that ended well.
 * One failed container fails the release; `unhealthy` is final, because the healthcheck's own retries are
 * what its author allows for.
 */
export function readinessOf(
  services: readonly string[],
  observed: readonly Observed[],
  nowMilliseconds: number,
): Readiness {
  const judged = services.flatMap((service) => {
    const mine = observed.filter(({ container }) => container.service === service)
    const absent = waiting({ service, container: service, containerId: '' }, 'no container')
    return mine.length === 0 ? [absent] : mine.map((one) => containerReadiness(one, nowMilliseconds))
  })
  return (
    judged.find(({ kind }) => kind === 'failed') ??
    shortestWait(judged.filter((one) => one.kind === 'waiting')) ?? { kind: 'ready' }
  )
}

function shortestWait(waits: readonly Extract<Readiness, { kind: 'waiting' }>[]): Readiness | undefined {
  const [first] = waits
  if (!first) return undefined
  return { ...first, againInMilliseconds: Math.min(...waits.map((wait) => wait.againInMilliseconds)) }
}

function containerReadiness(one: Observed, nowMilliseconds: number): Readiness {
  const { container } = one
  const restarts = container.restarts - one.restartsBefore
  if (isCompleted(container)) return { kind: 'ready' }
  if (restarts >= CRASH_LOOP_RESTARTS) return crashed(container, restarts)
  switch (container.state) {
    case 'running':
      return runningReadiness(one, nowMilliseconds)
    case 'exited':
    case 'dead':
      return crashed(container, restarts)
    default:
      return waiting(failedContainerOf(container), container.state)
  }
}

function runningReadiness(
  { container, instanceSeenAtMilliseconds }: Observed,
  nowMilliseconds: number,
): Readiness {
  switch (container.health) {
    case 'healthy':
      return { kind: 'ready' }
    case 'unhealthy':
      return { kind: 'failed', problem: { code: 'health.unhealthy', ...failedContainerOf(container) } }
    case 'none': {
      const left = instanceSeenAtMilliseconds + STABLE_MILLISECONDS - nowMilliseconds
      if (left <= 0) return { kind: 'ready' }
      return {
        ...waiting(failedContainerOf(container), 'running, not yet for long enough'),
        againInMilliseconds: left,
      }
    }
    default:
      return waiting(failedContainerOf(container), `running, health ${container.health}`)
  }
}

function waiting(container: FailedContainer, state: string): Extract<Readiness, { kind: 'waiting' }> {
  return { kind: 'waiting', on: { ...container, state }, againInMilliseconds: Number.POSITIVE_INFINITY }
}

function failedContainerOf({ service, name, id }: ContainerState): FailedContainer {
  return { service, container: name, containerId: id }
}

function crashed(container: ContainerState, restarts: number): Readiness {
  const { exitCode, outOfMemory } = container
  const problem = {
    code: 'health.crashed',
    ...failedContainerOf(container),
    exitCode,
    restarts,
    outOfMemory,
  } as const
  return { kind: 'failed', problem }
}
