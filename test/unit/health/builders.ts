import fc from 'fast-check'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import type { Fact } from '../../../src/host/protocol/facts.ts'
import type { ContainerInstance } from '../../../src/host/protocol/results.ts'

export const IMAGE = `sha256:${'1'.repeat(64)}`

/** A running container of `ai-trade` without a healthcheck, but for the parts given. */
export function container(part: Partial<ContainerState> = {}): ContainerState {
  return {
    name: part.service ?? 'ai-trade',
    service: 'ai-trade',
    oneOff: 'service',
    imageId: IMAGE,
    reference: 'registry.example.com/ai-trade:2',
    state: 'running',
    health: 'none',
    id: `id-of-${part.name ?? part.service ?? 'ai-trade'}`,
    startedAt: '2026-02-14T15:00:00.1Z',
    restarts: 0,
    exitCode: 0,
    outOfMemory: false,
    kind: 'lasting',
    ...part,
  }
}

/** The `state` fact by which the host's watch tells of a container. */
export function stateFact(one: ContainerState): Fact {
  return [
    'state',
    one.name,
    one.service,
    '1',
    one.oneOff === 'one-off' ? 'True' : 'False',
    one.imageId,
    one.reference,
    one.state,
    one.health,
    'always:0',
    '-',
    one.id,
    one.startedAt,
    String(one.restarts),
    String(one.exitCode),
    String(one.outOfMemory),
    one.kind,
  ]
}

export function instanceOf({ service, name, id, startedAt, imageId }: ContainerState): ContainerInstance {
  return { service, container: name, id, startedAt, imageId }
}

export const STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const
export const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'] as const

/** Any container of one of these services, of one of two boots. */
export function anyContainer(services: readonly string[]): fc.Arbitrary<ContainerState> {
  return fc
    .record({
      service: fc.constantFrom(...services, 'another'),
      number: fc.constantFrom('1', '2'),
      oneOff: fc.constantFrom('service' as const, 'service' as const, 'one-off' as const),
      state: fc.oneof({ weight: 3, arbitrary: fc.constant('running') }, fc.constantFrom(...STATES)),
      health: fc.constantFrom(...HEALTHS),
      startedAt: fc.constantFrom('2026-02-14T15:00:00.1Z', '2026-02-14T15:00:07.2Z'),
      restarts: fc.nat({ max: 4 }),
      exitCode: fc.constantFrom(0, 1, 137),
      outOfMemory: fc.boolean(),
      kind: fc.constantFrom('lasting' as const, 'lasting' as const, 'one-shot' as const),
    })
    .map(({ number, ...part }) => container({ ...part, name: `${part.service}-${number}` }))
}
