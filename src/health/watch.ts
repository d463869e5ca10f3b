import type { Contact } from '../host/link/jobs.ts'
import { type ContainerState, parseContainer } from '../host/protocol/container.ts'
import type { Fact } from '../host/protocol/facts.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { Clock } from '../model/clock.ts'
import { DeployError, type Problem } from '../model/problem.ts'
import { continuityOf, hasEnded } from './continuity.ts'
import {
  type NotReady,
  type Observed,
  type Readiness,
  readinessOf,
  STABLE_MILLISECONDS,
} from './readiness.ts'

/**
 * Keeps the states of the project's containers as the host's watch job reports them: first until every
 * service is ready, then (after {@link hold}) that nothing of it changes any more.
 */
export class HealthWatch {
  readonly #services: readonly string[]
  readonly #startedAtMilliseconds: number
  readonly #clock: Clock
  readonly #upToDate: () => Promise<Contact>
  readonly #restartsBefore: ReadonlyMap<string, number>
  readonly #containers = new Map<string, ContainerState | 'removed'>()
  readonly #instanceSeenAt = new Map<string, number>()
  #held: readonly ContainerInstance[] = []
  /** The containers that somebody may restart, by ID, with the restarts that Docker had counted when that began. */
  #restartable: ReadonlyMap<string, number> = new Map()
  /** The containers with a held instance that somebody ended so. */
  readonly #restarted = new Set<string>()
  #failure: DeployError | undefined
  #changed = Promise.withResolvers<void>()

  /**
   * `before`: the snapshot's containers, for the restart counters of those that stay. `upToDate` resolves once everything
   * that happened by now has been heard here.
   */
  constructor(
    services: readonly string[],
    before: readonly ContainerState[],
    clock: Clock,
    upToDate: () => Promise<Contact>,
  ) {
    this.#upToDate = upToDate
    this.#services = services
    this.#restartsBefore = new Map(before.map(({ id, restarts }) => [id, restarts]))
    this.#clock = clock
    this.#startedAtMilliseconds = clock.now()
  }

  /** One fact of the watch job. Remembers what breaks a held instance, also if it heals at once. */
  hear(fact: Fact): void {
    if (fact[0] === 'gone' && fact[1] !== undefined) this.#containers.set(fact[1], 'removed')
    if (fact[0] === 'state') this.#see(parseContainer(fact.slice(1)))
    this.#look()
  }

  /** The watch ended: from here on nothing is known, so nothing can become ready or be held. */
  watchEnded(problem: Problem): void {
    this.#failure ??= new DeployError(problem)
    this.#look()
  }

  /**
   * Waits until every service is ready, or each of `services`, and returns their container
   * instances. The time counts from the start of the watch.
   * @throws DeployError `health.crashed` or `health.unhealthy` at the first container that failed,
   *   `health.not_ready_in_time`, what {@link watchEnded} was told
   */
  async ready(
    timeoutSeconds: number,
    waitingOn: (notReady: NotReady) => void,
    services = this.#services,
  ): Promise<readonly ContainerInstance[]> {
    return this.#readySince(this.#startedAtMilliseconds, timeoutSeconds, waitingOn, services)
  }

  /** From here on somebody may restart or recreate these held instances; a crash stays a crash. */
  letRestart(instances: readonly ContainerInstance[]): void {
    this.#restartable = new Map(
      instances.map(({ id }) => {
        const container = this.#containers.get(id)
        return [id, typeof container === 'object' ? container.restarts : 0]
      }),
    )
  }

  /** Ends what {@link letRestart} began, and returns its ended instances: they are held no longer. */
  endRestarts(): readonly ContainerInstance[] {
    const ended = this.#held.filter(
      (instance) => this.#restartable.has(instance.id) && hasEnded(instance, this.#containers),
    )
    this.#held = this.#held.filter((instance) => !ended.includes(instance))
    for (const { id } of ended) this.#restarted.add(id)
    this.#restartable = new Map()
    return ended
  }

  /**
   * Waits until the services of ended instances are ready once more, of the same image, and returns the new instances.
   * The time counts from now.
   * @throws DeployError as {@link ready}; `health.lost` where another image runs
   */
  async readyAgain(
    ended: readonly ContainerInstance[],
    timeoutSeconds: number,
    waitingOn: (notReady: NotReady) => void,
  ): Promise<readonly ContainerInstance[]> {
    const services = [...new Set(ended.map(({ service }) => service))]
    const instances = await this.#readySince(this.#clock.now(), timeoutSeconds, waitingOn, services)
    const images = ended.map(({ imageId }) => imageId)
    const other = instances.find(({ imageId }) => !images.includes(imageId))
    if (!other) return instances
    const { service, container, id: containerId } = other
    const failed = { service, container, containerId }
    throw new DeployError({ code: 'health.lost', ...failed, change: 'replaced', exitCode: 0 })
  }

  async #readySince(
    sinceMilliseconds: number,
    timeoutSeconds: number,
    waitingOn: (notReady: NotReady) => void,
    services: readonly string[],
  ): Promise<readonly ContainerInstance[]> {
    let deadline = sinceMilliseconds + timeoutSeconds * 1000
    // The first report names every container; before it, nothing is known of any.
    if (this.#containers.size === 0 && !this.#failure)
      await this.#clock.changeOr(this.#changed.promise, deadline - this.#clock.now())
    let isLastLook = false
    for (;;) {
      const changed = this.#changed.promise
      if (this.#failure) throw this.#failure
      const now = this.#clock.now()
      const readiness = this.#readinessOf(services, now)
      if (readiness.kind === 'ready') return this.#instances(services)
      if (readiness.kind === 'failed') throw new DeployError(readiness.problem)
      if (now >= deadline) {
        if (isLastLook || (await this.#upToDate()) === 'in-contact')
          throw new DeployError({
            code: 'health.not_ready_in_time',
            ...readiness.on,
            seconds: timeoutSeconds,
          })
        // It may have become ready in time while contact was away; what has no healthcheck has to show it to us now.
        isLastLook = true
        deadline = this.#clock.now() + STABLE_MILLISECONDS
        continue
      }
      waitingOn(readiness.on)
      await this.#clock.changeOr(changed, Math.min(deadline - now, readiness.againInMilliseconds))
    }
  }

  /**
   * Rejects as soon as one of the instances ends or turns unhealthy, or the watch ends; never resolves.
   * @throws DeployError `health.lost`, what {@link watchEnded} was told
   */
  async hold(instances: readonly ContainerInstance[]): Promise<never> {
    this.#held = instances
    this.#look()
    for (;;) {
      if (this.#failure) throw this.#failure
      await this.#changed.promise
    }
  }

  /** What failed is failed, whoever is waited for. */
  #readinessOf(services: readonly string[], now: number): Readiness {
    const observed = this.#observed()
    const whole = readinessOf(this.#services, observed, now)
    return whole.kind === 'waiting' ? readinessOf(services, observed, now) : whole
  }

  #see(container: ContainerState): void {
    if (this.#isOutdated(container)) return
    this.#containers.set(container.id, container)
    const instance = instanceKey(container.id, container.startedAt)
    if (container.state === 'running' && !this.#instanceSeenAt.has(instance)) {
      this.#instanceSeenAt.set(instance, this.#clock.now())
    }
  }

  /** What is told of a restart when the runner ends, and what the watch told of the time before, come in any order. */
  #isOutdated({ id, startedAt }: ContainerState): boolean {
    if (!this.#restartable.has(id) && !this.#restarted.has(id)) return false
    const known = this.#containers.get(id)
    return known === 'removed' || (known !== undefined && isEarlier(startedAt, known.startedAt))
  }

  #look(): void {
    const continuity = continuityOf(this.#held, this.#containers, this.#restartable)
    if (continuity.kind === 'broken') this.#failure ??= new DeployError(continuity.problem)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  #observed(): Observed[] {
    return this.#mine().map((container) => ({
      container,
      instanceSeenAtMilliseconds:
        this.#instanceSeenAt.get(instanceKey(container.id, container.startedAt)) ?? this.#clock.now(),
      restartsBefore: this.#restartsBefore.get(container.id) ?? 0,
    }))
  }

  #instances(services: readonly string[]): ContainerInstance[] {
    const mine = this.#mine().filter(({ service }) => services.includes(service))
    return mine.map(({ service, name, id, startedAt, imageId }) => ({
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
}

/** Of two times of Docker's, in UTC and with as many digits as they need. */
function isEarlier(one: string, other: string): boolean {
  return one.replace(/Z$/, '') < other.replace(/Z$/, '')
}

function instanceKey(id: string, startedAt: string): string {
  return `${id} ${startedAt}`
}
