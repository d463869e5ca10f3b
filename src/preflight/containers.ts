import type { ContainerState } from '../host/protocol/container.ts'
import type { ComposeService, OtherContainers, PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../model/problem.ts'
import { inDependencyOrder } from '../model/service-order.ts'
import { sharingFindings } from './sharing.ts'
import type { Wanted } from './wanted.ts'

/** What stands in the way of the containers that a deployment would make. */
export function containerFindings(facts: PreflightFacts, wanted: Wanted): readonly PreflightFinding[] {
  return [
    ...elsewhereFindings(facts, wanted.deploy),
    ...nameFindings(facts, wanted),
    ...buildFindings(facts, wanted),
    ...sharingFindings(facts, wanted),
    ...logFindings(facts, wanted),
  ]
}

/**
 * A deployment must start no second copy of what runs. Where containers of these very files run as a project of another
 * name, that name stands somewhere else than where it was looked for (a `.env` beside the env file, the environment of
 * whoever started it). A project that runs already is meant.
 */
export function elsewhereFindings(
  {
    projectName,
    containers,
    others,
    ownSources,
  }: OtherContainers & {
    readonly projectName: string
    readonly containers: readonly Pick<ContainerState, 'oneOff' | 'state'>[]
  },
  deploy: readonly string[],
): readonly PreflightFinding[] {
  if (containers.some(({ oneOff, state }) => oneOff === 'service' && state === 'running')) return []
  const copies = others.filter(
    ({ project, service, oneOff, state, sources }) =>
      state === 'running' &&
      oneOff === 'service' &&
      project !== '' &&
      project !== projectName &&
      deploy.includes(service) &&
      sources.some((source) => ownSources.has(source)),
  )
  return copies
    .filter(({ project }, index) => copies.findIndex((copy) => copy.project === project) === index)
    .map(({ project, service, name }) => ({
      ...{ finding: 'runs-as-other-project', project, service, container: name, wouldBe: projectName },
    }))
}

/** The names that the services' containers will have must be free, or theirs already. */
function nameFindings(
  { projectName, services, others }: PreflightFacts,
  { deploy }: Wanted,
): readonly PreflightFinding[] {
  const owners = new Map(others.map(({ name, project }) => [name, project]))
  return services
    .filter(({ name }) => deploy.includes(name))
    .flatMap((service) =>
      namesOf(service, projectName).flatMap((container): readonly PreflightFinding[] => {
        const owner = owners.get(container)
        if (owner === undefined || owner === projectName) return []
        return [
          {
            ...{ finding: 'container-name-taken', container, service: service.name },
            owner: owner === '' ? 'no compose project' : owner,
          },
        ]
      }),
    )
}

function namesOf({ name, containerName, replicas }: ComposeService, project: string): readonly string[] {
  if (containerName !== '') return [containerName]
  return Array.from({ length: replicas }, (_, index) => `${project}-${name}-${index + 1}`)
}

/** Nothing is built by a deployment: what has no image to pull must have been built before. */
function buildFindings(
  { services, containers, builtImages }: PreflightFacts,
  { deploy }: Wanted,
): readonly PreflightFinding[] {
  const present = containers.map(({ service }) => service)
  const needs = new Map(services.map((service) => [service.name, service.needs]))
  const dependencies = inDependencyOrder(deploy, (name) => needs.get(name) ?? []).filter(
    (name) => !deploy.includes(name),
  )
  return [...deploy, ...dependencies].flatMap((name): readonly PreflightFinding[] => {
    const service = services.find((one) => one.name === name)
    const isThere = !deploy.includes(name) && present.includes(name)
    if (service?.origin !== 'built' || isThere || builtImages.has(`${service.image}:latest`)) return []
    return [{ finding: 'image-not-built', service: name, image: service.image }]
  })
}

/** The evidence is read from the log of the gate service. */
function logFindings({ services, logDriver }: PreflightFacts, { gate }: Wanted): readonly PreflightFinding[] {
  const driver = services.find(({ name }) => name === gate)?.logDriver || logDriver
  return driver === 'none' ? [{ finding: 'log-driver-unreadable', service: gate, driver }] : []
}
