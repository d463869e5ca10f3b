import type { HealthProblem } from '../errors.ts'
import { type ContainerState, isCompleted } from '../host/container.ts'
import type { Boot } from '../host/results.ts'

export type Continuity =
  | { readonly kind: 'unbroken' }
  | { readonly kind: 'broken'; readonly problem: HealthProblem; readonly containerId: string }

/**
 * Whether what was ready is still the same: each boot (container ID and start time) runs (or, of a one-shot, ended
 * well), and no healthcheck turned bad. Evidence of a boot that ended is evidence of nothing.
 */
export function continuityOf(
  boots: readonly Boot[],
  containers: ReadonlyMap<string, ContainerState | 'removed'>,
): Continuity {
  for (const boot of boots) {
    const change = changeOf(boot, containers.get(boot.id))
    if (change === 'none') continue
    const container = containers.get(boot.id)
    const exitCode = typeof container === 'object' ? container.exitCode : 0
    const problem: HealthProblem = {
      code: 'health.lost',
      service: boot.service,
      container: boot.container,
      change,
      exitCode,
    }
    return { kind: 'broken', problem, containerId: boot.id }
  }
  return { kind: 'unbroken' }
}

type Change = 'none' | Extract<HealthProblem, { code: 'health.lost' }>['change']

function changeOf(boot: Boot, container: ContainerState | 'removed' | undefined): Change {
  if (container === undefined) return 'none'
  if (container === 'removed') return 'removed'
  const ended = container.state === 'exited' && !isCompleted(container)
  if (ended || container.state === 'dead') return 'exited'
  if (container.state === 'restarting' || container.startedAt !== boot.startedAt) return 'restarted'
  if (container.imageId !== boot.imageId) return 'replaced'
  return container.health === 'unhealthy' ? 'unhealthy' : 'none'
}
