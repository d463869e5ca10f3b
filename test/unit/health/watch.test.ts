import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { STABLE_MILLISECONDS } from '../../../src/health/readiness.ts'
import { HealthWatch } from '../../../src/health/watch.ts'
import type { Contact } from '../../../src/host/link/jobs.ts'
import { type ContainerState, isCompleted } from '../../../src/host/protocol/container.ts'
import { anyContainer, container, instanceOf, stateFact } from './builders.ts'
import { HandClock, settled } from './hand-clock.ts'

interface Watching {
  readonly clock: HandClock
  readonly watch: HealthWatch
  hear(...containers: ContainerState[]): Promise<void>
}

function watching(
  services: readonly string[],
  before: readonly ContainerState[] = [],
  upToDate: () => Promise<Contact> = async () => 'in-contact',
): Watching {
  const clock = new HandClock()
  const watch = new HealthWatch(services, before, clock, upToDate)
  return {
    clock,
    watch,
    async hear(...containers) {
      for (const one of containers) watch.hear(stateFact(one))
      await settled()
    },
  }
}

/** What a promise has come to, without waiting for it. */
function fateOf<Value>(promise: Promise<Value>): { now: Value | unknown | 'pending' } {
  const fate: { now: Value | unknown | 'pending' } = { now: 'pending' }
  promise.then(
    (value) => {
      fate.now = value
    },
    (error: unknown) => {
      fate.now = error
    },
  )
  return fate
}

const notReadyYet = () => {
  const told: string[] = []
  return {
    told,
    tell: ({ service, state }: { service: string; state: string }) => told.push(`${service}: ${state}`),
  }
}

describe('HealthWatch.ready', () => {
  it('waits for the announced containers, in any order, and returns their instances', async () => {
    const { watch, hear, clock } = watching(['ai-trade', 'watchdog'])
    const { told, tell } = notReadyYet()
    const fate = fateOf(watch.ready(180, tell))
    await hear(container({ health: 'starting' }))
    await hear(container({ health: 'starting' }), container({ service: 'watchdog' }))
    await hear(container({ health: 'healthy' }))
    expect(fate.now).toBe('pending')
    expect(clock.sleeps).toEqual([STABLE_MILLISECONDS])
    await clock.advance(STABLE_MILLISECONDS)
    expect(fate.now).toEqual([instanceOf(container()), instanceOf(container({ service: 'watchdog' }))])
    expect([...new Set(told)]).toEqual([
      'ai-trade: running, health starting',
      'watchdog: running, not yet for long enough',
    ])
  })

  it('is ready at once when everything was heard before', async () => {
    const { watch, hear } = watching(['ai-trade'])
    await hear(container({ health: 'healthy' }))
    expect(await watch.ready(180, () => {})).toHaveLength(1)
  })

  it('starts the stability window again with every container instance', async () => {
    const { watch, hear, clock } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container())
    await clock.advance(STABLE_MILLISECONDS - 1)
    await hear(container({ startedAt: '2026-02-14T15:00:02Z', restarts: 1 }))
    await clock.advance(STABLE_MILLISECONDS - 1)
    expect(fate.now).toBe('pending')
    await clock.advance(1)
    expect(fate.now).toMatchObject([{ startedAt: '2026-02-14T15:00:02Z' }])
  })

  it('counts the window from the first sight of the container instance, not from its last event', async () => {
    const { watch, hear, clock } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container())
    await clock.advance(STABLE_MILLISECONDS - 1)
    await hear(container())
    await clock.advance(1)
    expect(fate.now).toHaveLength(1)
  })

  it('counts no time in which the container was only created', async () => {
    const { watch, hear, clock } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container({ state: 'created' }))
    await clock.advance(60_000)
    await hear(container())
    expect(fate.now).toBe('pending')
    expect(clock.sleeps).toEqual([STABLE_MILLISECONDS])
  })

  it('forgives a container of the snapshot the restarts it had', async () => {
    const { watch, hear, clock } = watching(['ai-trade'], [container({ restarts: 9 })])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container({ restarts: 9 }))
    await clock.advance(STABLE_MILLISECONDS)
    expect(fate.now).toHaveLength(1)
  })

  it('fails at the first container that failed and names it', async () => {
    const { watch, hear } = watching(['ai-trade', 'watchdog'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container({ state: 'exited', exitCode: 7, id: 'abc' }))
    expect(fate.now).toMatchObject({
      problem: { code: 'health.crashed', containerId: 'abc', container: 'ai-trade', exitCode: 7 },
    })
  })

  it('waits for some of the services only, and fails for any', async () => {
    const { watch, hear } = watching(['ai-trade', 'watchdog'])
    await hear(container({ health: 'starting' }), container({ service: 'watchdog', health: 'starting' }))
    const some = fateOf(watch.ready(180, () => {}, ['ai-trade']))
    const others = fateOf(watch.ready(180, () => {}, ['watchdog']))
    await hear(container({ health: 'healthy' }))
    expect(some.now).toEqual([instanceOf(container())])
    const again = fateOf(watch.ready(180, () => {}, ['ai-trade']))
    await settled()
    expect(again.now).toEqual([instanceOf(container())])
    await hear(container({ health: 'starting' }), container({ service: 'watchdog', state: 'exited' }))
    expect(others.now).toMatchObject({ problem: { code: 'health.crashed', service: 'watchdog' } })
    expect(await watch.ready(180, () => {}, ['ai-trade']).catch((error: unknown) => error)).toMatchObject({
      problem: { code: 'health.crashed', service: 'watchdog' },
    })
  })

  it('gives up at the deadline, not before, and says what it waited for', async () => {
    const { watch, hear, clock } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(container({ health: 'starting', id: 'abc' }))
    await clock.advance(179_999)
    expect(fate.now).toBe('pending')
    await clock.advance(1)
    expect(fate.now).toMatchObject({
      problem: {
        containerId: 'abc',
        code: 'health.not_ready_in_time',
        state: 'running, health starting',
        seconds: 180,
      },
    })
  })

  it('says nothing of any container before the first report', async () => {
    const { watch, hear } = watching(['ai-trade'])
    const { told, tell } = notReadyYet()
    void watch.ready(180, tell).catch(() => undefined)
    await settled()
    expect(told).toEqual([])
    await hear(container({ service: 'watchdog' }))
    expect(told).toEqual(['ai-trade: no container'])
  })

  describe('at the deadline, where contact was away,', () => {
    const late = (services: readonly string[]) => {
      const back = Promise.withResolvers<Contact>()
      const scene = watching(services, [], () => back.promise)
      const fate = fateOf(scene.watch.ready(180, () => {}))
      return { ...scene, fate, comeBack: () => back.resolve('was-away') }
    }

    it('first hears what happened meanwhile', async () => {
      const { hear, clock, fate, comeBack } = late(['ai-trade'])
      await hear(container({ health: 'starting' }))
      await clock.advance(240_000)
      expect(fate.now).toBe('pending')
      await hear(container({ health: 'healthy' }))
      comeBack()
      await settled()
      expect(fate.now).toEqual([instanceOf(container())])
    })

    it('lets a service without a healthcheck show that it is stable', async () => {
      const { hear, clock, fate, comeBack } = late(['ai-trade'])
      await hear(container({ state: 'created' }))
      await clock.advance(240_000)
      await hear(container())
      comeBack()
      await settled()
      expect(fate.now).toBe('pending')
      await clock.advance(STABLE_MILLISECONDS)
      expect(fate.now).toEqual([instanceOf(container())])
    })

    it('gives up a moment later all the same', async () => {
      const { hear, clock, fate, comeBack } = late(['ai-trade'])
      await hear(container({ health: 'starting' }))
      await clock.advance(240_000)
      comeBack()
      await settled()
      await clock.advance(STABLE_MILLISECONDS)
      expect(fate.now).toMatchObject({ problem: { code: 'health.not_ready_in_time', seconds: 180 } })
    })
  })

  it('gives up at the deadline when nothing was ever heard', async () => {
    const { watch, clock } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(5, () => {}))
    await settled()
    await clock.advance(5000)
    expect(fate.now).toMatchObject({ problem: { code: 'health.not_ready_in_time', state: 'no container' } })
  })

  it('judges the deployed services only, and no one-off container', async () => {
    const { watch, hear } = watching(['ai-trade'])
    const fate = fateOf(watch.ready(180, () => {}))
    await hear(
      container({ service: 'scheduler', state: 'exited' }),
      container({ name: 'ai-trade-run-1', state: 'exited', oneOff: 'one-off' }),
      container({ health: 'healthy' }),
    )
    expect(fate.now).toEqual([instanceOf(container())])
  })

  it('is not ready by a container that is gone', async () => {
    const { watch, hear } = watching(['ai-trade'])
    await hear(container({ health: 'healthy' }))
    watch.hear(['gone', container().id])
    const fate = fateOf(watch.ready(180, () => {}))
    await settled()
    expect(fate.now).toBe('pending')
  })

  it('takes no notice of facts that are none of its own', async () => {
    const { watch, hear } = watching(['ai-trade'])
    for (const fact of [['gone'], ['state'], ['other', 'x']] as const) watch.hear(fact)
    await hear(container({ health: 'healthy' }))
    expect(await watch.ready(180, () => {})).toHaveLength(1)
  })

  it('never calls what it heard ready unless every service is running, healthy or stable', async () => {
    const services = ['ai-trade', 'watchdog']
    const step = fc.oneof(anyContainer(services), fc.integer({ min: 1, max: 4000 }))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { watch, hear, clock } = watching(services)
        const latest = new Map<string, ContainerState>()
        const fate = fateOf(watch.ready(3600, () => {}))
        await settled()
        for (const one of steps) {
          if (typeof one === 'number') await clock.advance(one)
          else {
            latest.set(one.id, one)
            await hear(one)
          }
          if (fate.now !== 'pending') break
        }
        if (!Array.isArray(fate.now)) return
        const mine = [...latest.values()].filter(
          ({ oneOff, service }) => oneOff === 'service' && services.includes(service),
        )
        expect(fate.now).toEqual(mine.map(instanceOf))
        const lasting = mine.filter((one) => !isCompleted(one))
        expect(lasting.every(({ state }) => state === 'running')).toBe(true)
        expect(lasting.every(({ health }) => health === 'healthy' || health === 'none')).toBe(true)
        expect(new Set(mine.map(({ service }) => service)).size).toBe(services.length)
      }),
      { numRuns: 500 },
    )
  })
})

describe('HealthWatch.hold', () => {
  async function held() {
    const scene = watching(['ai-trade'])
    await scene.hear(container({ health: 'healthy' }))
    const instances = await scene.watch.ready(180, () => {})
    return { ...scene, instances, fate: fateOf(scene.watch.hold(instances)) }
  }

  it('goes on while nothing changes', async () => {
    const { hear, clock, fate } = await held()
    await hear(container({ health: 'healthy' }), container({ service: 'scheduler', state: 'exited' }))
    await clock.advance(3_600_000)
    expect(fate.now).toBe('pending')
  })

  it('rejects as soon as a container instance ends, with the container whose log tells more', async () => {
    const { hear, fate } = await held()
    await hear(container({ state: 'exited', exitCode: 1 }))
    expect(fate.now).toMatchObject({
      problem: { containerId: container().id, code: 'health.lost', change: 'exited', exitCode: 1 },
    })
  })

  it('rejects for what happened between ready and hold', async () => {
    const { watch, hear } = watching(['ai-trade'])
    await hear(container({ health: 'healthy' }))
    const instances = await watch.ready(180, () => {})
    await hear(container({ startedAt: '2026-02-14T16:00:00Z', health: 'starting' }))
    await expect(watch.hold(instances)).rejects.toMatchObject({ problem: { change: 'restarted' } })
  })

  it('notices every restart after ready, whatever comes with it and however close together', async () => {
    const noise = fc.array(anyContainer(['ai-trade', 'watchdog']), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(noise, noise, fc.boolean(), async (earlier, later, together) => {
        const { watch, fate } = await held()
        const others = (all: readonly ContainerState[]) =>
          all.filter(({ service }) => service !== 'ai-trade').map(stateFact)
        const restarted = container({ startedAt: '2026-02-14T16:00:00Z', health: 'healthy' })
        for (const fact of [...others(earlier), stateFact(restarted), ...others(later)]) {
          watch.hear(fact)
          if (!together) await settled()
        }
        await settled()
        expect(fate.now).toMatchObject({ problem: { change: 'restarted' } })
      }),
      { numRuns: 200 },
    )
  })

  it('notices a container instance that was unhealthy for a moment, although it is healthy again by now', async () => {
    const { hear, fate } = await held()
    await hear(container({ health: 'unhealthy' }), container({ health: 'healthy' }))
    expect(fate.now).toMatchObject({ problem: { change: 'unhealthy' } })
  })
})
