import type { Namespace, PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../model/problem.ts'
import type { Wanted } from './wanted.ts'

type Cut = Extract<PreflightFinding, { finding: 'namespace-cut' }>

/**
 * A container that shares the network, IPC or processes of another one lives in what that one made: when that one is
 * replaced, or stopped and started again, it is cut off, and nothing notices. It must go the same way. What runs counts,
 * whoever started it (a `compose run` excepted, which ends by itself); and the files, for what does not run yet.
 */
export function sharingFindings(facts: PreflightFacts, wanted: Wanted): readonly PreflightFinding[] {
  const told = new Map<string, Cut>()
  for (const cut of [...runningCuts(facts, wanted), ...writtenCuts(facts, wanted)]) {
    const key = JSON.stringify([cut.sharer, cut.owner, cut.kind])
    if (!told.has(key)) told.set(key, cut)
  }
  return [...told.values()]
}

function runningCuts(facts: PreflightFacts, wanted: Wanted): readonly Cut[] {
  const owners = ownersOf(facts)
  return facts.sharers
    .filter(({ oneOff }) => oneOff === 'service')
    .flatMap(({ name, project, service, shares }) =>
      shares.flatMap(({ kind, with: container }) => {
        const owner = owners.get(container)
        if (owner === undefined || !isReplaced(owner, wanted)) return []
        if (project !== facts.projectName) return [cutOf(name, owner, kind, 'outside')]
        return wanted.deploy.includes(service) ? [] : [cutOf(service, owner, kind, 'deploy')]
      }),
    )
}

function writtenCuts(facts: PreflightFacts, wanted: Wanted): readonly Cut[] {
  const { deploy, defer } = wanted
  const owners = ownersOf(facts)
  return facts.services
    .filter(({ name }) => deploy.includes(name))
    .flatMap(({ name, shares }) =>
      shares.flatMap(({ kind, with: other }) => {
        const [, by = '', named = ''] = /^(service|container):(.*)$/u.exec(other) ?? []
        if (by === 'service')
          return defer.includes(named) && !defer.includes(name) ? [cutOf(name, named, kind, 'defer')] : []
        const owner = owners.get(named)
        return owner !== undefined && isReplaced(owner, wanted)
          ? [cutOf(name, owner, kind, 'by-service')]
          : []
      }),
    )
}

/** Which service has, or will have, a container of this name or ID. */
function ownersOf({ services, containers }: PreflightFacts): ReadonlyMap<string, string> {
  return new Map([
    ...services
      .filter(({ containerName }) => containerName !== '')
      .map(({ name, containerName }) => [containerName, name] as const),
    ...containers.flatMap(({ name, id, service }) => [[name, service] as const, [id, service] as const]),
  ])
}

function isReplaced(service: string, { deploy, defer }: Wanted): boolean {
  return deploy.includes(service) || defer.includes(service)
}

function cutOf(sharer: string, owner: string, kind: Namespace, cure: Cut['cure']): Cut {
  return { finding: 'namespace-cut', sharer, owner, kind, cure }
}
