import { describe, expect, it } from '@jest/globals'
import { containerFact, findingsWith, READY } from './builders.ts'

/** A container of the host, and from where Compose started it. */
const other = (
  name: string,
  project: string,
  service: string,
  { status = 'Up 2 hours', oneOff = 'False', dir = '/srv', files = '/srv/a.yml' } = {},
) =>
  `other\tid\t${name}\t${status}\t${project}\t${service}\t${oneOff}\t${JSON.stringify(dir)}\t${JSON.stringify(files)}`

describe('a project of these files that runs under another name', () => {
  const found = (others: readonly string[], containers: readonly string[] = []) =>
    findingsWith({ others, containers })
  const finding = {
    ...{ finding: 'runs-as-other-project', project: 'old', service: 'app' },
    ...{ container: 'old-app-1', wouldBe: 'shop' },
  }

  it.each([
    ['by its directory', [other('old-app-1', 'old', 'app'), 'ours\t/srv']],
    [
      'by one of its files',
      [other('old-app-1', 'old', 'app', { dir: '/', files: '/x.yml,/link/a.yml' }), 'ours\t/link/a.yml'],
    ],
    [
      'while it restarts',
      [other('old-app-1', 'old', 'app', { status: 'Restarting (1) 2 s ago' }), 'ours\t/srv'],
    ],
    [
      'once, however many containers it has',
      [other('old-app-1', 'old', 'app'), other('old-side-1', 'old', 'side'), 'ours\t/srv'],
    ],
  ])('is named %s', (_, others) => {
    expect(found(others)).toEqual([finding])
  })

  it.each([
    ['has other files', [other('old-app-1', 'old', 'app'), 'ours\t/opt']],
    ['has another service', [other('old-x-1', 'old', 'x'), 'ours\t/srv']],
    ['has stopped', [other('old-app-1', 'old', 'app', { status: 'Exited (0) 2 hours ago' }), 'ours\t/srv']],
    ['was never started', [other('old-app-1', 'old', 'app', { status: 'Created' }), 'ours\t/srv']],
    ['is a one-off', [other('old-app-run-1', 'old', 'app', { oneOff: 'True' }), 'ours\t/srv']],
    ['is the project itself', [other('shop-app-1', 'shop', 'app'), 'ours\t/srv']],
    ['is no project', [other('app', '', 'app'), 'ours\t/srv']],
  ])('is none that %s', (_, others) => {
    expect(found(others)).toEqual([])
  })

  it('is none where the project runs already', () => {
    const others = [other('old-app-1', 'old', 'app'), 'ours\t/srv']
    expect(found(others, [containerFact('side')])).toEqual([])
    expect(
      found(others, [containerFact('side', 'exited'), containerFact('side', 'running', 'True')]),
    ).toEqual([finding])
  })
})

describe('a container name', () => {
  const services = (...lines: readonly string[]) => ({ services: lines })

  it('is taken by another project, or by nobody of Compose', () => {
    const others = [other('shop-app-1', 'other', 'app'), other('mine', '', '')]
    const named = services('service\tapp\tapp:1\t\tx\tpulled', 'service\tside\tside:1\tmine\t\tpulled')
    expect(findingsWith({ others, ...named })).toEqual([
      { finding: 'container-name-taken', container: 'shop-app-1', service: 'app', owner: 'other' },
      { finding: 'container-name-taken', container: 'mine', service: 'side', owner: 'no compose project' },
    ])
  })

  it('is that of each replica', () => {
    const others = [1, 2, 3].map((number) => other(`shop-app-${number}`, 'other', 'x'))
    const scaled = services(...READY.services, 'scale\tapp\t2')
    expect(findingsWith({ others, ...scaled })).toEqual(
      [1, 2].map((number) => ({
        ...{
          finding: 'container-name-taken',
          container: `shop-app-${number}`,
          service: 'app',
          owner: 'other',
        },
      })),
    )
    expect(findingsWith({ others, ...services(...READY.services, 'scale\tapp\t0') })).toEqual([])
  })

  it('is free where the project has it, a service is not deployed, or the number is another', () => {
    const others = [
      ...[other('shop-app-1', 'shop', 'app'), other('shop-x-1', 'other', 'x')],
      other('shop-app-2', 'other', 'app'),
    ]
    expect(findingsWith({ others, ...services(...READY.services, 'service\tx\tx:1\t\t\tpulled') })).toEqual(
      [],
    )
  })
})

describe('an image that a service builds', () => {
  const base = [READY.services[0], 'service\tside\tshop-side\t\t\tbuilt']
  const needed = [
    ...READY.services,
    'service\tdb\tshop-db\t\t\tbuilt',
    'service\tseed\tshop-seed\t\t\tbuilt',
    'depends\tapp\tdb\tservice_started',
    'depends\tdb\tseed\tservice_started',
    'depends\tseed\tapp\tservice_started',
  ]
  const notBuilt = (...names: readonly string[]) =>
    names.map((name) => ({ finding: 'image-not-built', service: name, image: `shop-${name}` }))

  it('must be there, also where an old container runs it', () => {
    expect(findingsWith({ services: base })).toEqual(notBuilt('side'))
    expect(findingsWith({ services: base, containers: [containerFact('side')] })).toEqual(notBuilt('side'))
    expect(findingsWith({ services: base, images: ['local_image\tshop-side:latest'] })).toEqual([])
    expect(findingsWith({ services: base, images: ['local_image\tshop-side:old'] })).toEqual(notBuilt('side'))
  })

  it('must be there for what is needed and not there yet, in whatever circle', () => {
    expect(findingsWith({ services: needed })).toEqual(notBuilt('seed', 'db'))
    expect(findingsWith({ services: needed, containers: [containerFact('db', 'exited')] })).toEqual(
      notBuilt('seed'),
    )
  })
})

describe('the log of the gate service', () => {
  const logging = (driver: string, own: string) =>
    findingsWith({
      services: [`service\tapp\tapp:1\t\t${driver}\tpulled`, 'service\tside\tside:1\t\tnone\tpulled'],
      looked: ['looked\tcontainers', `log_driver\t${own}`],
    })

  it.each([
    ['none', '', true],
    ['', 'none', true],
    ['json-file', 'none', false],
    ['', 'journald', false],
    ['', '', false],
  ])('with driver %j, Docker’s own being %j', (driver, own, isUnreadable) => {
    const finding = { finding: 'log-driver-unreadable', service: 'app', driver: 'none' }
    expect(logging(driver, own)).toEqual(isUnreadable ? [finding] : [])
  })
})
