import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  CRASH_LOOP_RESTARTS,
  type Observed,
  readinessOf,
  STABLE_MILLISECONDS,
} from '../../../src/health/readiness.ts'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import { anyContainer, container } from './builders.ts'

const NOW = 100_000

/** Observed running for long, unless told otherwise. */
function observed(part: Partial<ContainerState> = {}, rest: Partial<Observed> = {}): Observed {
  return { container: container(part), instanceSeenAtMilliseconds: 0, restartsBefore: 0, ...rest }
}

function ofOne(part: Partial<ContainerState>, rest: Partial<Observed> = {}) {
  return readinessOf(['ai-trade'], [observed(part, rest)], NOW)
}

const CULPRIT = { service: 'ai-trade', container: 'ai-trade', containerId: 'id-of-ai-trade' }

const waitingFor = (state: string, againInMilliseconds = Number.POSITIVE_INFINITY) => ({
  kind: 'waiting',
  on: { ...CULPRIT, state },
  againInMilliseconds,
})
const crashed = (exitCode: number, restarts: number) => ({
  kind: 'failed',
  problem: {
    code: 'health.crashed',
    ...CULPRIT,
    exitCode,
    restarts,
    outOfMemory: false,
  },
})

describe('readinessOf one container', () => {
  it.each([
    ['healthy', { health: 'healthy' }, { kind: 'ready' }],
    ['without a healthcheck, up for long', {}, { kind: 'ready' }],
    ['starting', { health: 'starting' }, waitingFor('running, health starting')],
    ['of a health that nobody knows', { health: 'odd' }, waitingFor('running, health odd')],
    ['created', { state: 'created' }, waitingFor('created')],
    ['restarting', { state: 'restarting', health: 'healthy' }, waitingFor('restarting')],
    ['paused', { state: 'paused', health: 'healthy' }, waitingFor('paused')],
    ['being removed', { state: 'removing' }, waitingFor('removing')],
    ['of a state that nobody knows', { state: '', health: 'healthy' }, waitingFor('')],
    ['exited', { state: 'exited', exitCode: 3 }, crashed(3, 0)],
    ['exited with 0', { state: 'exited', health: 'healthy' }, crashed(0, 0)],
    ['a one-shot that ended well', { state: 'exited', kind: 'one-shot' }, { kind: 'ready' }],
    ['a one-shot that failed', { state: 'exited', exitCode: 1, kind: 'one-shot' }, crashed(1, 0)],
    ['dead', { state: 'dead', exitCode: 137 }, crashed(137, 0)],
    ['in a crash loop, between two crashes', { restarts: CRASH_LOOP_RESTARTS }, crashed(0, 3)],
    [
      'in a crash loop, though healthy',
      { restarts: 3, health: 'healthy', state: 'restarting' },
      crashed(0, 3),
    ],
    ['restarted less often than that', { restarts: CRASH_LOOP_RESTARTS - 1 }, { kind: 'ready' }],
  ] satisfies [string, Partial<ContainerState>, unknown][])('%s', (_what, part, readiness) => {
    expect(ofOne(part)).toEqual(readiness)
  })

  it('takes unhealthy for final', () => {
    expect(ofOne({ health: 'unhealthy' })).toEqual({
      kind: 'failed',
      problem: { code: 'health.unhealthy', ...CULPRIT },
    })
  })

  it('tells a kill for lack of memory', () => {
    expect(ofOne({ state: 'exited', exitCode: 137, outOfMemory: true })).toMatchObject({
      problem: { outOfMemory: true },
    })
  })

  it('waits exactly until a container instance without a healthcheck is stable', () => {
    const seen = (ago: number) => ofOne({}, { instanceSeenAtMilliseconds: NOW - ago })
    const waits = waitingFor('running, not yet for long enough', STABLE_MILLISECONDS)
    expect(seen(0)).toEqual(waits)
    expect(seen(STABLE_MILLISECONDS - 1)).toEqual({ ...waits, againInMilliseconds: 1 })
    expect(seen(STABLE_MILLISECONDS)).toEqual({ kind: 'ready' })
  })

  it('needs no stability window where a healthcheck passed', () => {
    expect(ofOne({ health: 'healthy' }, { instanceSeenAtMilliseconds: NOW })).toEqual({ kind: 'ready' })
  })

  it('counts only the restarts since this deployment', () => {
    expect(ofOne({ restarts: 7 }, { restartsBefore: 7 })).toEqual({ kind: 'ready' })
    expect(ofOne({ restarts: 10 }, { restartsBefore: 7 })).toEqual(crashed(0, 3))
    // Docker's counter starts again when somebody restarts the container by hand.
    expect(ofOne({ restarts: 0 }, { restartsBefore: 7 })).toEqual({ kind: 'ready' })
  })
})

describe('readinessOf several services', () => {
  const services = ['ai-trade', 'watchdog']

  it('names the service that has no container', () => {
    expect(readinessOf(services, [observed()], NOW)).toEqual({
      kind: 'waiting',
      on: { service: 'watchdog', container: 'watchdog', containerId: '', state: 'no container' },
      againInMilliseconds: Number.POSITIVE_INFINITY,
    })
  })

  it('needs every container of a service', () => {
    const replicas = [observed({ name: 'ai-trade-1' }), observed({ name: 'ai-trade-2', state: 'created' })]
    expect(readinessOf(['ai-trade'], replicas, NOW)).toMatchObject({ on: { container: 'ai-trade-2' } })
  })

  it('puts a failure before any wait, and looks again at the earliest moment that matters', () => {
    const late = observed({ service: 'watchdog' }, { instanceSeenAtMilliseconds: NOW - 1000 })
    expect(readinessOf(services, [observed({ health: 'starting' }), late], NOW)).toMatchObject({
      on: { service: 'ai-trade' },
      againInMilliseconds: 2000,
    })
    expect(readinessOf(services, [observed({ state: 'exited' }), late], NOW).kind).toBe('failed')
    expect(readinessOf(['watchdog', 'ai-trade'], [observed({ state: 'exited' }), late], NOW).kind).toBe(
      'failed',
    )
  })

  it('is never ready while a service has no container, or one that is not running, healthy and stable', () => {
    const anyObserved = fc.record({
      container: anyContainer(services),
      instanceSeenAtMilliseconds: fc.integer({ min: NOW - 6000, max: NOW }),
      restartsBefore: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(anyObserved, { maxLength: 5 }), (all) => {
        const mine = all.filter(({ container: one }) => services.includes(one.service))
        const good = mine.every(
          ({ container: one, instanceSeenAtMilliseconds, restartsBefore }) =>
            (one.state === 'exited' && one.exitCode === 0 && one.kind === 'one-shot') ||
            (one.state === 'running' &&
              one.restarts - restartsBefore < CRASH_LOOP_RESTARTS &&
              (one.health === 'healthy' ||
                (one.health === 'none' && NOW - instanceSeenAtMilliseconds >= STABLE_MILLISECONDS))),
        )
        const complete = services.every((service) =>
          mine.some(({ container: one }) => one.service === service),
        )
        const readiness = readinessOf(services, all, NOW)
        expect(readiness.kind === 'ready').toBe(good && complete)
        if (readiness.kind === 'waiting') expect(readiness.againInMilliseconds).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })
})
