import { DeployError, type HealthProblem } from '../errors.ts'
import { type ContainerState, parseContainer } from '../host/container.ts'
import type { Fact } from '../host/facts.ts'
import type { Boot } from '../host/transaction.ts'
import type { Clock } from '../ports.ts'
import { continuityOf } from './continuity.ts'
import { type Laggard, type Observed, readinessOf } from './readiness.ts'

/** A health failure that names the container whose log tells more. */
export class HealthFailure extends DeployError {
  readonly containerId: string
  /** The container's name. */
  readonly container: string

  constructor(problem: HealthProblem, containerId: string) {
    super(problem)
    this.containerId = containerId
    this.container = problem.container
  }
}

/**
 * Keeps the states of the project's containers as the host's watch job reports them: first until every
 * service is ready, then (after {@link hold}) that nothing of it changes any more.
 */
export class HealthWatch {
  readonly #services: readonly string[]
  readonly #clock: Clock
  readonly #restartsBefore: ReadonlyMap<string, number>
  readonly #containers = new Map<string, ContainerState | 'removed'>()
  readonly #bootSeenAt = new Map<string, number>()
  #changed = Promise.withResolvers<void>()

  /** `before`: the snapshot's containers, for the restart counters of those that stay. */
  constructor(services: readonly string[], before: readonly ContainerState[], clock: Clock) {
    this.#services = services
    this.#restartsBefore = new Map(before.map(({ id, restarts }) => [id, restarts]))
    this.#clock = clock
  }

  /** One fact of the watch job. */
  hear(fact: Fact): void {
    if (fact[0] === 'gone' && fact[1] !== undefined) this.#containers.set(fact[1], 'removed')
    if (fact[0] === 'state') {
      const container = parseContainer(fact.slice(1))
      this.#containers.set(container.id, container)
      const boot = bootKey(container.id, container.startedAt)
      if (container.state === 'running' && !this.#bootSeenAt.has(boot))
        this.#bootSeenAt.set(boot, this.#clock.now())
    }
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  /**
   * Waits until every service is ready and gives the boots that are.
   * @throws HealthFailure at the first container that failed, or `health.not_ready_in_time`
   */
  async ready(timeoutSeconds: number, waitingOn: (laggard: Laggard) => void): Promise<readonly Boot[]> {
    const deadline = this.#clock.now() + timeoutSeconds * 1000
    // The first report names every container; before it, nothing is known of any.
    if (this.#containers.size === 0) await this.#clock.changeOr(this.#changed.promise, timeoutSeconds * 1000)
    for (;;) {
      const changed = this.#changed.promise
      const now = this.#clock.now()
      const readiness = readinessOf(this.#services, this.#observed(), now)
      if (readiness.kind === 'ready') return this.#boots()
      if (readiness.kind === 'failed') throw new HealthFailure(readiness.problem, readiness.containerId)
      if (now >= deadline) {
        const { service, container, state } = readiness.on
        const problem = {
          code: 'health.not_ready_in_time',
          service,
          container,
          state,
          seconds: timeoutSeconds,
        } as const
        throw new HealthFailure(problem, this.#idOf(container))
      }
      waitingOn(readiness.on)
      await this.#clock.changeOr(changed, Math.min(deadline - now, readiness.againInMilliseconds))
    }
  }

  /** Rejects with a HealthFailure as soon as one of the boots ends or turns unhealthy; never resolves. */
  async hold(boots: readonly Boot[]): Promise<never> {
    for (;;) {
      const changed = this.#changed.promise
      const continuity = continuityOf(boots, this.#containers)
      if (continuity.kind === 'broken') throw new HealthFailure(continuity.problem, continuity.containerId)
      await changed
    }
  }

  #observed(): Observed[] {
    return this.#mine().map((container) => ({
      container,
      bootSeenAtMilliseconds:
        this.#bootSeenAt.get(bootKey(container.id, container.startedAt)) ?? this.#clock.now(),
      restartsBefore: this.#restartsBefore.get(container.id) ?? 0,
    }))
  }

  #boots(): Boot[] {
    return this.#mine().map(({ service, name, id, startedAt, imageId }) => ({
      service,
      container: name,
      id,
      startedAt,
      imageId,
    }))
  }

  #mine(): ContainerState[] {
    const present = [...this.#containers.values()].filter((container) => container !== 'removed')
    return present.filter(({ oneOff, service }) => oneOff === 'service' && this.#services.includes(service))
  }

  #idOf(name: string): string {
    return this.#mine().find((container) => container.name === name)?.id ?? name
  }
}

function bootKey(id: string, startedAt: string): string {
  return `${id} ${startedAt}`
}
