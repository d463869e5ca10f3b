import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { continuityOf, hasEnded } from '../../../src/health/continuity.ts'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import { anyContainer, container, instanceOf } from './builders.ts'

const READY = container()
const changedTo = (now: ContainerState | 'removed') =>
  continuityOf([instanceOf(READY)], new Map([[READY.id, now]]))

describe('continuityOf', () => {
  it('is unbroken while the container instance runs', () => {
    expect(changedTo(READY)).toEqual({ kind: 'unbroken' })
    expect(changedTo(container({ health: 'healthy' }))).toEqual({ kind: 'unbroken' })
    expect(changedTo(container({ health: 'starting' }))).toEqual({ kind: 'unbroken' })
    expect(changedTo(container({ kind: 'one-shot', state: 'exited' }))).toEqual({ kind: 'unbroken' })
    expect(continuityOf([], new Map())).toEqual({ kind: 'unbroken' })
  })

  it.each([
    ['exited', container({ state: 'exited', exitCode: 3 }), 3],
    ['exited', container({ state: 'exited' }), 0],
    ['exited', container({ state: 'exited', exitCode: 3, kind: 'one-shot' }), 3],
    ['exited', container({ state: 'dead', kind: 'one-shot' }), 0],
    ['restarted', container({ state: 'restarting' }), 0],
    ['restarted', container({ startedAt: '2026-02-14T15:09:00Z' }), 0],
    ['restarted', container({ state: 'created', startedAt: '0001-01-01T00:00:00Z' }), 0],
    ['stopped', container({ state: 'paused' }), 0],
    ['exited', container({ state: 'removing' }), 0],
    ['replaced', container({ imageId: `sha256:${'2'.repeat(64)}` }), 0],
    ['unhealthy', container({ health: 'unhealthy' }), 0],
  ])('tells a container instance that %s', (change, now, exitCode) => {
    expect(changedTo(now)).toEqual({
      kind: 'broken',
      problem: {
        code: 'health.lost',
        service: 'ai-trade',
        container: 'ai-trade',
        containerId: READY.id,
        change,
        exitCode,
      },
    })
  })

  it('tells an instance whose container was removed', () => {
    expect(changedTo('removed')).toMatchObject({
      kind: 'broken',
      problem: { change: 'removed', exitCode: 0 },
    })
  })

  it.each([
    ['stopped', container({ state: 'exited', exitCode: 143, health: 'unhealthy' })],
    ['started again', container({ startedAt: '2026-02-14T15:09:00Z', health: 'starting' })],
    ['started again, its restarts counted anew', container({ startedAt: '2026-02-14T15:09:00Z' }), 2],
    ['removed', 'removed' as const],
  ])('goes on where the container may be restarted, and is %s', (_how, now, restartsBefore = 0) => {
    const known = new Map([[READY.id, now]])
    expect(continuityOf([instanceOf(READY)], known, new Map([[READY.id, restartsBefore]]))).toEqual({
      kind: 'unbroken',
    })
    expect(hasEnded(instanceOf(READY), known)).toBe(true)
    // Only that one.
    expect(continuityOf([instanceOf(READY)], known, new Map([['another', 0]])).kind).toBe('broken')
  })

  it.each([
    ['crashed', container({ startedAt: '2026-02-14T15:09:00Z', restarts: 3 })],
    ['crashed, and is restarted soon', container({ state: 'restarting', restarts: 2 })],
    ['is dead', container({ state: 'dead' })],
    ['ran out of memory', container({ state: 'exited', outOfMemory: true })],
    ['is unhealthy', container({ health: 'unhealthy' })],
    [
      'is of another image',
      container({ startedAt: '2026-02-14T15:09:00Z', imageId: `sha256:${'2'.repeat(64)}` }),
    ],
  ])('is broken where the container may be restarted, and %s', (_how, now) => {
    const continuity = continuityOf([instanceOf(READY)], new Map([[READY.id, now]]), new Map([[READY.id, 2]]))
    expect(continuity.kind).toBe('broken')
  })

  it('is broken by any change of what identifies a container instance, whatever else is so', () => {
    fc.assert(
      fc.property(anyContainer(['ai-trade']), anyContainer(['ai-trade']), (ready, now) => {
        const continuity = continuityOf([instanceOf(ready)], new Map([[ready.id, now]]))
        const ended =
          now.startedAt !== ready.startedAt ||
          (now.state !== 'running' &&
            !(now.state === 'exited' && now.kind === 'one-shot' && now.exitCode === 0)) ||
          now.health === 'unhealthy'
        expect(continuity.kind).toBe(ended ? 'broken' : 'unbroken')
      }),
    )
  })
})
