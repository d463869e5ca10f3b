import { describe, expect, it } from '@jest/globals'
import { compileRestorePlan } from '../../../src/deploy/restore-plan.ts'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import { parseServiceLinks, restorePlanText } from '../../../src/host/protocol/restore-plan.ts'
import { container } from '../health/builders.ts'

type Link = readonly [kind: string, ...words: string[]]

/** The rows that the host stores for containers of image `1`, each given as `service`, or with what differs. */
function rows(
  containers: readonly (string | Partial<ContainerState>)[],
  links: readonly Link[] = [],
): readonly string[] {
  const snapshot = containers.map((one) =>
    container({
      imageId: 'sha256:1',
      reference: 'app:1',
      ...(typeof one === 'string' ? { service: one } : one),
    }),
  )
  const facts = links.map((link) => ['link', ...link] as const)
  return restorePlanText(compileRestorePlan(snapshot, parseServiceLinks(facts)))
    .split('\n')
    .map((row) => row.replaceAll('\t', ' '))
}

const depends = (service: string, on: string): Link => ['depends', service, on, 'service_started']
const shares = (service: string, on: string): Link => ['shares', service, 'network', `service:${on}`]

describe('the plan of a rollback', () => {
  it('is whole where nothing ran', () => {
    expect(rows([])).toEqual(['whole 0', ''])
    expect(rows([{ service: 'app', oneOff: 'one-off' }])).toEqual(['whole 0', ''])
  })

  it('brings back together what had one reference and one image, with its replicas', () => {
    expect(rows(['web', 'app', { service: 'web', name: 'web-2' }])).toEqual([
      'group app:1 sha256:1 up app=1 web=2',
      'whole 1',
      '',
    ])
  })

  it.each<[string, Partial<ContainerState>, string]>([
    ['another reference', { reference: 'app:2' }, 'app:2 sha256:1 up'],
    ['a tag that meant another image', { imageId: 'sha256:2' }, 'app:1 sha256:2 up'],
    ['what did not run', { state: 'exited' }, 'app:1 sha256:1 down'],
    ['what was only made', { state: 'created' }, 'app:1 sha256:1 down'],
  ])('brings back by itself %s', (_, change, row) => {
    expect(rows(['app', { service: 'side', ...change }]).slice(0, 2)).toEqual([
      'group app:1 sha256:1 up app=1',
      `group ${row} side=1`,
    ])
  })

  it.each(['restarting', 'paused'])('counts what was %s as up', (state) => {
    expect(rows([{ service: 'app', state }])[0]).toBe('group app:1 sha256:1 up app=1')
  })

  it('counts every replica of a service that was half up, in both of its groups', () => {
    expect(rows(['web', { service: 'web', name: 'web-2', state: 'exited' }]).slice(0, 2)).toEqual([
      'group app:1 sha256:1 up web=2',
      'group app:1 sha256:1 down web=2',
    ])
  })

  it('brings back last, one by one, what shares with another service, what something needs before it', () => {
    const links = [
      shares('probe', 'proxy'),
      shares('proxy', 'net'),
      depends('probe', 'proxy'),
      depends('proxy', 'net'),
    ]
    expect(rows(['probe', 'proxy', 'net'], links).slice(0, 3)).toEqual([
      'group app:1 sha256:1 up net=1',
      'sharing app:1 sha256:1 up proxy=1',
      'sharing app:1 sha256:1 up probe=1',
    ])
  })

  it('finds the order through services that share nothing, in circles too', () => {
    const order = (links: readonly Link[]) =>
      rows(['a', 'b', 'c'], [shares('a', 'x'), shares('b', 'x'), ...links])
        .filter((row) => row.startsWith('sharing'))
        .map((row) => row.replace(/.* (\w)=1$/u, '$1'))
    expect(order([])).toEqual(['a', 'b'])
    expect(order([depends('a', 'c'), depends('c', 'b')])).toEqual(['b', 'a'])
    expect(order([depends('a', 'b'), depends('b', 'a')])).toEqual(['b', 'a'])
  })

  it('names what was not running and healthy before, which is held to no more', () => {
    const all = rows([
      { service: 'fine', health: 'healthy' },
      { service: 'loops', state: 'restarting', health: 'unhealthy' },
      { service: 'ill', health: 'unhealthy' },
      { service: 'begins', health: 'starting' },
      { service: 'rests', state: 'exited' },
      { service: 'sleeps', state: 'paused' },
    ])
    expect(all.filter((row) => row.startsWith('exception '))).toEqual([
      'exception was-unhealthy-before loops restarting',
      'exception was-unhealthy-before ill unhealthy',
      'exception was-unhealthy-before begins starting',
      'exception was-stopped-before rests exited',
      'exception was-stopped-before sleeps paused',
    ])
    expect(all.at(-2)).toBe('whole 7')
  })
})
