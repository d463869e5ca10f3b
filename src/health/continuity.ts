import { type ContainerState, isCompleted } from '../host/protocol/container.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { HealthProblem } from '../model/problems/health.ts'

export type Continuity =
  | { readonly kind: 'unbroken' }
  | { readonly kind: 'broken'; readonly problem: HealthProblem }

/** The containers by ID, as far as anything was heard of them. */
export type Known = ReadonlyMap<string, ContainerState | 'removed'>

/**
 * Whether what was ready is still the same: each container instance (container ID and start time) runs (or, of a
 * one-shot, ended well), and no healthcheck turned bad. Evidence of an ended instance does not count. `restartable`:
 * containers that somebody may restart or recreate, by ID, with the restarts that Docker had counted by then.
 */
export function continuityOf(
  instances: readonly ContainerInstance[],
  containers: Known,
  restartable: ReadonlyMap<string, number> = new Map(),
): Continuity {
  for (const instance of instances) {
    const container = containers.get(instance.id)
    const change = changeOf(instance, container)
    if (change === 'none' || isRestart(instance, container, restartable.get(instance.id))) continue
    const exitCode = typeof container === 'object' ? container.exitCode : 0
    const problem: HealthProblem = {
      code: 'health.lost',
      service: instance.service,
      container: instance.container,
      containerId: instance.id,
      change,
      exitCode,
    }
    return { kind: 'broken', problem }
  }
  return { kind: 'unbroken' }
}

/** Whether a container instance has ended, however. */
export function hasEnded(instance: ContainerInstance, containers: Known): boolean {
  return changeOf(instance, containers.get(instance.id)) !== 'none'
}

/**
 * Whether a container instance was stopped to be restarted or recreated, and did not end by itself: Docker counts its
 * restarts after a crash. Without permission nothing is a restart.
 */
function isRestart(
  { imageId }: ContainerInstance,
  container: ContainerState | 'removed' | undefined,
  restartsBefore: number | undefined,
): boolean {
  if (restartsBefore === undefined || container === undefined) return false
  if (container === 'removed') return true
  const { state, health, restarts, outOfMemory } = container
  if (state === 'restarting' || state === 'dead' || outOfMemory) return false
  // Docker calls what it stops unhealthy.
  if (state === 'running' && health === 'unhealthy') return false
  return restarts <= restartsBefore && container.imageId === imageId
}

type Change = 'none' | Extract<HealthProblem, { code: 'health.lost' }>['change']

/**
 * The same rule as `change_of` of the host program (compose/inventory.sh); a test holds the two together. A dockerd that
 * restarts under containers that live on begins to check their health anew: `starting` is no change.
 */
function changeOf(instance: ContainerInstance, container: ContainerState | 'removed' | undefined): Change {
  if (container === undefined) return 'none'
  if (container === 'removed') return 'removed'
  if (container.state === 'restarting' || container.state === 'created') return 'restarted'
  if (container.state === 'paused') return 'stopped'
  if (container.state !== 'running' && !isCompleted(container)) return 'exited'
  if (container.startedAt !== instance.startedAt) return 'restarted'
  if (container.imageId !== instance.imageId) return 'replaced'
  return container.health === 'unhealthy' ? 'unhealthy' : 'none'
}
