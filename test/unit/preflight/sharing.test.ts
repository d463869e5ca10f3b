import { describe, expect, it } from '@jest/globals'
import type { Wanted } from '../../../src/preflight/wanted.ts'
import { containerFact, findingsWith, READY } from './builders.ts'

interface Scene {
  readonly sharers?: readonly string[]
  readonly shares?: readonly string[]
  readonly wanted?: Partial<Wanted>
}

/** `app` runs, and `third`, which is not deployed. */
function cuts({ sharers = [], shares = [], wanted = {} }: Scene) {
  const services = [...READY.services, 'service\tthird\tthird:1\tnamed\t\tpulled', ...shares]
  const containers = ['app', 'third'].map((service) => containerFact(service))
  return findingsWith({ services, containers, sharers }, wanted).map((finding) =>
    Object.values(finding).join(' '),
  )
}

const sharer = (service: string, modes: string, { project = 'shop', oneOff = 'False' } = {}) =>
  `sharer\t${project}-${service}-1\t${project}\t${service}\t${oneOff}\t${modes}`

describe('what runs and shares something with a container that is replaced', () => {
  it.each([
    ['its network', 'container:id-app\t\t', 'network'],
    ['its IPC', 'bridge\tcontainer:id-app\t', 'ipc'],
    ['its processes, by name', 'bridge\tprivate\tcontainer:shop-app-1', 'pid'],
  ])('must be deployed as well: %s', (_, modes, kind) => {
    expect(cuts({ sharers: [sharer('third', modes)] })).toEqual([`namespace-cut third app ${kind} deploy`])
    expect(cuts({ sharers: [sharer('side', modes)] })).toEqual([])
  })

  it('must be deployed as well where that one is only deferred', () => {
    const sharers = [sharer('side', 'container:id-third\t\t'), sharer('x', 'container:id-third\t\t')]
    expect(cuts({ sharers })).toEqual([])
    expect(cuts({ sharers, wanted: { defer: ['third'] } })).toEqual(['namespace-cut x third network deploy'])
  })

  it('must not be another project’s, or nobody’s', () => {
    const sharers = [
      sharer('side', 'container:id-app\t\t', { project: 'other' }),
      'sharer\tstranger\t\t\t\tbridge\tprivate\tcontainer:id-app',
    ]
    expect(cuts({ sharers })).toEqual([
      'namespace-cut other-side-1 app network outside',
      'namespace-cut stranger app pid outside',
    ])
  })

  it('is of no interest where it ends by itself, or shares with others', () => {
    const sharers = [
      sharer('third', 'container:id-app\t\t', { oneOff: 'True' }),
      sharer('third', 'container:unknown\tcontainer:id-third\tservice:app'),
    ]
    expect(cuts({ sharers })).toEqual([])
  })

  it('is named once for each kind', () => {
    const both = sharer('third', 'container:id-app\tcontainer:id-app\t')
    expect(cuts({ sharers: [both, both] })).toEqual([
      'namespace-cut third app network deploy',
      'namespace-cut third app ipc deploy',
    ])
  })
})

describe('what the files say that a service shares', () => {
  it.each<[what: string, shares: string, wanted: Partial<Wanted>, cuts: readonly string[]]>([
    ['with a service', 'side\tnetwork\tservice:app', {}, []],
    [
      'with one that waits for the gate',
      'side\tnetwork\tservice:app',
      { defer: ['app'] },
      ['side app network defer'],
    ],
    ['with one, and both wait', 'side\tipc\tservice:app', { defer: ['app', 'side'] }, []],
    ['with a container of a service', 'side\tpid\tcontainer:shop-app-1', {}, ['side app pid by-service']],
    [
      'with a container of one that is deferred',
      'side\tpid\tcontainer:named',
      { defer: ['third'] },
      ['side third pid by-service'],
    ],
    ['with a container of one that stays', 'side\tpid\tcontainer:named', {}, []],
    ['with a container of nobody', 'side\tipc\tcontainer:x', {}, []],
    ['where it is not deployed', 'third\tipc\tcontainer:shop-app-1', {}, []],
  ])('%s', (_, shares, wanted, found) => {
    expect(cuts({ shares: [`shares\t${shares}`], wanted })).toEqual(
      found.map((cut) => `namespace-cut ${cut}`),
    )
  })

  it('is named once with what runs', () => {
    const sharers = [sharer('side', 'container:id-app\t\t')]
    expect(cuts({ sharers, shares: ['shares\tside\tnetwork\tcontainer:shop-app-1'] })).toEqual([
      'namespace-cut side app network by-service',
    ])
  })
})
