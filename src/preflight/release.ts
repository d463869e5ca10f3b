import type { PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { Warning } from '../model/outcome.ts'
import type { PreflightFinding } from '../model/problem.ts'

/** What the files of a release mean for the services of the project. */
export interface ReleaseScope {
  /** The services to deploy: those that were asked for, then those that the files concern. */
  readonly deploy: readonly string[]
  /** Of these, the ones that mount something that changes: Compose would not recreate them for that. */
  readonly touched: readonly string[]
  readonly findings: readonly PreflightFinding[]
  readonly warnings: readonly Warning[]
}

/** Of a container that a deployment would restart; what was stopped stays stopped. */
const RUNNING = ['running', 'restarting', 'paused']

/**
 * A service that runs and of which the new files make something else, or that mounts something they change, is recreated, and
 * so whatever shares its network, IPC or processes. A pure function.
 */
export function releaseScope(
  facts: PreflightFacts,
  asked: readonly string[],
  projectDir: string,
): ReleaseScope {
  const { effects, services, containers } = facts
  if (effects === undefined) return { deploy: asked, touched: [], findings: [], warnings: [] }
  const lasting = containers.filter(({ oneOff }) => oneOff === 'service')
  if (effects.oldConfig !== 'read' && lasting.length > 0) {
    const finding = { finding: 'present-files-unreadable', why: effects.oldConfig } as const
    return { deploy: asked, touched: [], findings: [finding], warnings: [] }
  }
  const running = new Set(
    lasting.filter(({ state }) => RUNNING.includes(state)).map(({ service }) => service),
  )
  const isConcerned = (name: string) => asked.includes(name) || running.has(name)
  const mounting = mountingServices(facts, projectDir)
  const remade = effects.services.filter(({ change }) => change === 'changed').map(({ service }) => service)
  const names = services.map(({ name }) => name)
  const touched = withSharers(
    names.filter((name) => mounting.has(name) && isConcerned(name)),
    facts,
  ).filter((name) => names.includes(name) && isConcerned(name))
  const joined = names.filter(
    (name) => !asked.includes(name) && running.has(name) && (remade.includes(name) || touched.includes(name)),
  )
  return {
    deploy: [...asked, ...joined],
    touched,
    findings: effects.definitions.flatMap(({ kind, name, change }): readonly PreflightFinding[] =>
      (kind === 'network' || kind === 'volume') && change === 'changed'
        ? [{ finding: 'definition-changed', kind, name }]
        : [],
    ),
    warnings: effects.services
      .filter(({ service, change }) => change === 'removed' && running.has(service))
      .map(({ service }) => ({ kind: 'service-left', service })),
  }
}

/** The services of which a container mounts what changes, something in it, or a directory around it. */
function mountingServices(
  { comparison, effects, projectDir: real }: PreflightFacts,
  projectDir: string,
): ReadonlySet<string> {
  const changed = comparison.changed.flatMap((path) => [
    ...[real, projectDir].filter((directory) => directory !== '').map((directory) => `${directory}/${path}`),
  ])
  const mounts = effects?.mounts ?? []
  return new Set(
    mounts
      .filter(({ source }) => changed.some((path) => contains(source, path) || contains(path, source)))
      .map(({ service }) => service),
  )
}

/** A monitor that mounts the whole host reads no setting of this project. */
function contains(outer: string, inner: string): boolean {
  return !['', '/'].includes(outer) && (inner === outer || inner.startsWith(`${outer}/`))
}

/** With those that share something with one of them, by what runs and by the files. */
function withSharers(
  services: readonly string[],
  { sharers, services: written, containers }: PreflightFacts,
): readonly string[] {
  const owners = new Map(
    containers.flatMap(({ name, id, service }) => [[name, service] as const, [id, service] as const]),
  )
  const shares = [
    ...sharers.flatMap(({ service, shares }) =>
      shares.map((share) => ({ service, on: owners.get(share.with) ?? '' })),
    ),
    ...written.flatMap(({ name, shares }) =>
      shares.map((share) => ({ service: name, on: share.with.replace(/^service:/u, '') })),
    ),
  ]
  const all = new Set(services)
  for (let before = -1; before !== all.size; ) {
    before = all.size
    for (const { service, on } of shares) if (all.has(on)) all.add(service)
  }
  return [...all]
}
