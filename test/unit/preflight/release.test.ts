import { describe, expect, it } from '@jest/globals'
import { releaseScope } from '../../../src/preflight/release.ts'
import { MOST_STATE_KIBIBYTES, stateFindings } from '../../../src/preflight/state-files.ts'
import { containerFact, readyFacts, type Topics } from './builders.ts'

const service = (name: string, more = '') => `service\t${name}\t${name}:1\t\t\tpulled${more}`
const SERVICES = ['app', 'side', 'proxy', 'cache'].map((name) => service(name))
const RUNNING = ['app', 'side', 'proxy', 'cache'].map((name) => containerFact(name))
const mount = (name: string, source: string) => `mount\t${name}\tshop-${name}-1\t${source}`

/** Of a project at /srv/shop, which /opt/shop is a link to. */
function scope(files: readonly string[], changed: Topics = {}) {
  const facts = readyFacts({
    services: SERVICES,
    containers: RUNNING,
    ...changed,
    files: ['project_dir\t/srv/shop', ...files],
  })
  return releaseScope(facts, ['app', 'side'], '/opt/shop')
}

describe('releaseScope', () => {
  it('changes nothing of what was asked for without files, or where nothing differs', () => {
    const asked = { deploy: ['app', 'side'], touched: [], findings: [], warnings: [] }
    expect(scope([])).toEqual(asked)
    expect(scope(['old_config\tread', mount('proxy', '/srv/shop/ops')])).toEqual(asked)
  })

  it('deploys a running service of which the files make something else', () => {
    expect(scope(['old_config\tread', 'reconfigured\tproxy\tchanged', 'reconfigured\tapp\tchanged'])).toEqual(
      {
        ...{ deploy: ['app', 'side', 'proxy'], touched: [] },
        ...{ findings: [], warnings: [] },
      },
    )
  })

  it('starts no service that is new, or does not run', () => {
    const files = [
      ...['old_config\tread', 'reconfigured\tnew\tadded', 'reconfigured\tcache\tchanged'],
      ...['changed\tops/x', mount('proxy', '/srv/shop/ops')],
    ]
    const changed = {
      services: [...SERVICES, service('new')],
      containers: [
        ...['app', 'side'].map((name) => containerFact(name)),
        ...[containerFact('cache', 'exited'), containerFact('proxy', 'running', 'True')],
      ],
    }
    expect(scope(files, changed)).toMatchObject({ deploy: ['app', 'side'], touched: [] })
  })

  it.each([
    ['the very file', '/srv/shop/ops/x.conf'],
    ['a directory around it', '/srv/shop/ops'],
    ['the project directory', '/srv/shop'],
    ['a directory around that', '/srv'],
    ['it by the name that the project directory was given', '/opt/shop/ops/x.conf'],
  ])('recreates what mounts %s', (_name, source) => {
    expect(scope(['old_config\tread', 'changed\tops/x.conf', mount('proxy', source)])).toMatchObject({
      ...{ deploy: ['app', 'side', 'proxy'], touched: ['proxy'] },
    })
  })

  it('recreates what mounts something in a directory that is removed', () => {
    expect(scope(['old_config\tread', 'changed\tops', mount('side', '/srv/shop/ops/deep/x')])).toMatchObject({
      ...{ deploy: ['app', 'side'], touched: ['side'] },
    })
  })

  it.each(['/srv/shop/ops/x', '/srv/shop/opsx.conf', '/srv/shop/op', '/', '/var/run/docker.sock', ''])(
    'leaves alone what mounts %j',
    (source) => {
      expect(scope(['old_config\tread', 'changed\tops/x.conf', mount('proxy', source)])).toMatchObject({
        deploy: ['app', 'side'],
        touched: [],
      })
    },
  )

  it('recreates with it what shares its network, and what shares with that', () => {
    const sharers = [
      'sharer\tshop-cache-1\tshop\tcache\tFalse\tcontainer:id-proxy\t\t',
      'sharer\tshop-side-1\tshop\tside\tFalse\t\tcontainer:id-cache\t',
    ]
    const files = ['old_config\tread', 'changed\tops/x', mount('proxy', '/srv/shop/ops')]
    expect(scope(files, { sharers })).toMatchObject({
      deploy: ['app', 'side', 'proxy', 'cache'],
    })
    expect([...scope(files, { sharers }).touched].toSorted()).toEqual(['cache', 'proxy', 'side'])
    const written = [...SERVICES, 'shares\tside\tnetwork\tservice:proxy']
    expect([...scope(files, { services: written }).touched].toSorted()).toEqual(['proxy', 'side'])
  })

  it('refuses another definition of a network or volume that exists', () => {
    const files = [
      ...['old_config\tread', 'redefined\tnetwork\tdefault\tchanged', 'redefined\tvolume\tdb\tchanged'],
      ...[
        'redefined\tvolume\tnew\tadded',
        'redefined\tnetwork\tgone\tremoved',
        'redefined\tconfig\tc\tchanged',
      ],
    ]
    expect(scope(files).findings).toEqual([
      { finding: 'definition-changed', kind: 'network', name: 'default' },
      { finding: 'definition-changed', kind: 'volume', name: 'db' },
    ])
  })

  it('names a service that the release leaves behind', () => {
    const files = ['old_config\tread', 'reconfigured\tcache\tremoved', 'reconfigured\told\tremoved']
    const services = SERVICES.filter((line) => !line.includes('cache'))
    expect(scope(files, { services }).warnings).toEqual([{ kind: 'service-left', service: 'cache' }])
  })

  it.each(['absent', 'invalid'] as const)('refuses a rollback to files that are %s', (why) => {
    expect(scope([`old_config\t${why}`]).findings).toEqual([{ finding: 'present-files-unreadable', why }])
    const oneOff = [containerFact('app', 'running', 'True')]
    expect(scope([`old_config\t${why}`], { containers: oneOff }).findings).toEqual([])
  })
})

describe('stateFindings', () => {
  const size = (kibibytes: number, freeKibibytes: number) => ({ kibibytes, freeKibibytes })

  it('has nothing against what fits, or is not asked for', () => {
    expect(stateFindings(undefined, 5_000_000)).toEqual([])
    expect(stateFindings(size(MOST_STATE_KIBIBYTES, MOST_STATE_KIBIBYTES + 5), 5)).toEqual([])
  })

  it('names size, limit and room', () => {
    expect(stateFindings(size(MOST_STATE_KIBIBYTES + 1, 100), 7)).toEqual([
      {
        ...{ finding: 'state-too-large', kibibytes: MOST_STATE_KIBIBYTES + 1 },
        limitKibibytes: MOST_STATE_KIBIBYTES,
      },
      {
        ...{ finding: 'state-no-room', kibibytes: MOST_STATE_KIBIBYTES + 1 },
        ...{ neededKibibytes: MOST_STATE_KIBIBYTES + 8, freeKibibytes: 100 },
      },
    ])
    expect(stateFindings(size(90, 99), 10)).toHaveLength(1)
  })
})
