import type { ContainerState } from '../host/protocol/container.ts'
import type { RestoreGroup, RestorePlan, ServiceLinks } from '../host/protocol/restore-plan.ts'
import { inDependencyOrder } from '../model/service-order.ts'

/** Of several replicas, or of a service that was half up, the states that count as running. */
const RUNNING = ['running', 'restarting', 'paused']

/**
 * How a rollback brings these containers back: group by group of services with the same reference and image, because one
 * tag can have meant two images; last those that share with another service, in the order in which they need each other.
 * One-off containers are nobody's service, and are not brought back.
 */
export function compileRestorePlan(snapshot: readonly ContainerState[], links: ServiceLinks): RestorePlan {
  const containers = snapshot.filter(({ oneOff }) => oneOff === 'service')
  const alone = containers.filter(({ service }) => !links.sharing.includes(service))
  const sharing = inOrder(links).map((name) => containers.filter(({ service }) => service === name))
  return {
    groups: [
      ...groupsOf('group', alone),
      ...sharing.flatMap((containersOfService) => groupsOf('sharing', containersOfService)),
    ],
    exceptions: containers.flatMap(exceptionOf),
  }
}

/** Groups in the order of their first containers. A service that was half up is in two, with all its replicas in each. */
function groupsOf(
  kind: RestoreGroup['kind'],
  containers: readonly ContainerState[],
): readonly RestoreGroup[] {
  const replicas = (name: string) => containers.filter(({ service }) => service === name).length
  const groups = Map.groupBy(containers, (container) =>
    [container.reference, container.imageId, stateOf(container)].join('\t'),
  )
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const names = [...new Set(members.map(({ service }) => service))].toSorted()
    return [
      {
        kind,
        reference: first.reference,
        imageId: first.imageId,
        state: stateOf(first),
        services: names.map((name) => ({ name, replicas: replicas(name) })),
      },
    ]
  })
}

function stateOf({ state }: ContainerState): RestoreGroup['state'] {
  return RUNNING.includes(state) ? 'up' : 'down'
}

/** The services that share, what another one needs before it. */
function inOrder({ needs, sharing }: ServiceLinks): readonly string[] {
  const needsOf = (name: string) => needs.filter(({ service }) => service === name).map(({ on }) => on)
  return inDependencyOrder(sharing, needsOf).filter((name) => sharing.includes(name))
}

/** What was not running and healthy before is held to no more than that. */
function exceptionOf({ service, state, health }: ContainerState): RestorePlan['exceptions'] {
  if (state === 'restarting') return [{ kind: 'was-unhealthy-before', service, state }]
  if (health === 'unhealthy' || health === 'starting')
    return [{ kind: 'was-unhealthy-before', service, state: health }]
  return state === 'running' ? [] : [{ kind: 'was-stopped-before', service, state }]
}
