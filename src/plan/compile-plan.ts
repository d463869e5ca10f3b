import type { ContainerState } from '../host/protocol/container.ts'
import type { PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { ChangeReason, PlannedReturn, PlannedService } from '../model/release-plan.ts'

/** What a plan is made of beside the facts of preflight. */
export interface PlanInput {
  /** The services that would be deployed, and those of them that would be deferred. */
  readonly deploy: readonly string[]
  readonly defer: readonly string[]
  /** Services that mount a path which `files` changes. */
  readonly touched: readonly string[]
  /** Services that do not run what their files say. */
  readonly drifted: readonly string[]
}

/** What would become of each deployed service. A pure function. */
export function plannedServices(facts: PreflightFacts, input: PlanInput): readonly PlannedService[] {
  return input.deploy.map((service) => {
    const containers = serviceContainers(facts).filter((container) => container.service === service)
    const after = releasedImage(facts, service)
    const reasons = reasonsOf(service, containers, facts, input)
    return {
      ...{ service, reasons, after },
      before: containers[0]?.reference ?? '',
      effect: effectOf(containers, reasons, after),
      turn: input.defer.includes(service) ? 'after-gate' : 'before-gate',
    }
  })
}

/** What runs now, as a rollback would return to it. */
export function plannedReturn(facts: PreflightFacts): readonly PlannedReturn[] {
  return serviceContainers(facts).map(({ service, name, reference, imageId, state }) => ({
    ...{ service, container: name, reference, imageId, state },
  }))
}

function serviceContainers({ containers }: PreflightFacts): readonly ContainerState[] {
  return containers.filter(({ oneOff }) => oneOff === 'service')
}

function releasedImage({ release, services }: PreflightFacts, service: string): string {
  const written = services.find(({ name }) => name === service)?.image ?? ''
  return release.kind === 'images' ? (release.byService.get(service) ?? written) : written
}

function reasonsOf(
  service: string,
  containers: readonly ContainerState[],
  facts: PreflightFacts,
  { touched, drifted }: PlanInput,
): readonly ChangeReason[] {
  if (containers.length === 0) return []
  const after = releasedImage(facts, service)
  const isOtherImage = containers.some(({ reference }) => reference !== after)
  const isOtherwise = facts.planned.services.includes(service) || drifted.includes(service)
  return [
    ...(isOtherImage ? (['image'] as const) : []),
    ...(isOtherwise ? (['configuration'] as const) : []),
    ...(touched.includes(service) ? (['files'] as const) : []),
  ]
}

function effectOf(
  containers: readonly ContainerState[],
  reasons: readonly ChangeReason[],
  after: string,
): PlannedService['effect'] {
  if (containers.length === 0) return 'started'
  if (reasons.length > 0) return 'recreated'
  return after.includes('@') ? 'kept' : 'depends-on-tag'
}
