import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Ended,
  layOutShape,
  publishShapeImage,
  type Shape,
  type ShapeOptions,
  withoutInstances,
} from '../../support/compose-shape/shape.ts'
import { casesOf } from '../../support/jest/tiers.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
let images: Readonly<Record<'aside' | 'old' | 'new', Awaited<ReturnType<typeof publishShapeImage>>>>
let shape: Shape | undefined

beforeAll(async () => {
  images = {
    aside: await publishShapeImage(host, 'aside'),
    old: await publishShapeImage(host, 'old'),
    new: await publishShapeImage(host, 'new'),
  }
})
afterEach(async () => {
  await shape?.remove()
  shape = undefined
})

/** A project that runs its old release, laid out with an env file that names it. */
async function running(
  files: Readonly<Record<string, string>>,
  options: Partial<ShapeOptions> & Pick<ShapeOptions, 'deploy'>,
  environment = '',
): Promise<Shape> {
  shape = await layOutShape(host, {
    images: { APP_IMAGE: images.new.reference },
    ...options,
    files: { '.env': `APP_IMAGE=${images.old.reference}\n${environment}`, ...files },
  })
  await shape.compose('up --detach --wait --quiet-pull')
  return shape
}

/** The release is in, and waits for its gate. */
async function released(project: Shape) {
  const transaction = await project.begin({ APP_IMAGE: images.new.reference })
  expect(await transaction.apply()).toMatchObject({ code: 0 })
  return transaction
}

const factsNamed = ({ facts }: Ended, name: string) =>
  facts
    .filter(([first]) => first === name)
    .map(([, ...fields]) => fields.join(' '))
    .toSorted()

const states = async ({ containers }: Shape) =>
  Object.fromEntries(
    Object.values(await containers()).map(({ service, state, imageId }) => [
      service,
      `${state} ${Object.entries(images).find(([, image]) => image.imageId === imageId)?.[0]}`,
    ]),
  )

const inspected = async (project: Shape, service: string, template: string) => {
  const one = Object.values(await project.containers()).find((container) => container.service === service)
  return (await host.sh(`docker inspect --format '${template}' ${one?.id}`)).trim()
}

/** What a person types on the host, and is told. */
const byHand = (project: Shape, id: string) =>
  host.sh(`sh '${project.directory}/.closed-loop/host.sh' rollback ${id}`)

describe('what a rollback says of the containers that it made again', () => {
  // Everything of which a new container has its own, or another order.
  const RICH = () => `
services:
  app:
    image: "\${APP_IMAGE}"
    mem_limit: 64m
    cap_add: [NET_ADMIN, SYS_TIME]
    cap_drop: [MKNOD]
    labels: {note: "a \\"quoted\\\\ , {brace"}
    env_file: extra.env
    environment: {ONE: "1", TWO: "2", THREE: "3", FOUR: "\${NOTE}"}
    ulimits: {nofile: {soft: 1000, hard: 2000}, core: 0, nproc: 100}
    shm_size: 32m
    sysctls: {net.core.somaxconn: 1024, net.ipv4.tcp_syncookies: 0}
    extra_hosts: ["one:10.0.0.1", "two:10.0.0.2", "three:10.0.0.3"]
    healthcheck: {test: [CMD, "true"], interval: 1s}
    networks: {default: {aliases: [api, front]}, back: {ipv4_address: 172.30.9.9}}
    ports: ["127.0.0.1::81"]
    volumes: [data:/named, /anonymous, ./extra.env:/x:ro, {type: tmpfs, target: /t, tmpfs: {size: 1000000}}]
    tmpfs: /t2
    logging: {driver: json-file, options: {max-size: 1m, max-file: "2"}}
    security_opt: [no-new-privileges:true]
  sidecar: {image: "\${APP_IMAGE}", network_mode: "service:app"}
  many: {image: "\${APP_IMAGE}", deploy: {replicas: 2}}
networks: {back: {ipam: {config: [{subnet: 172.30.9.0/24}]}}}
volumes: {data: {}}
`
  const DEPLOY = ['app', 'sidecar', 'many']

  it.each([
    ['the files lead to the image', async () => undefined],
    [
      'the image has to be named by its ID',
      (project: Shape) =>
        host.sh(`sed -i 's/^networks:/# edited\\n&/' '${project.directory}/compose.yml'
docker image rm '${images.old.reference}' && docker tag '${images.aside.reference}' '${images.old.reference}'`),
    ],
  ])('names nothing where nobody edited anything that counts: %s', async (_, meanwhile) => {
    const project = await running(
      { 'compose.yml': RICH(), 'extra.env': 'EXTRA=1\n' },
      { deploy: DEPLOY },
      'NOTE=n\n',
    )
    await host.sh(`docker pull --quiet '${images.aside.reference}'`)
    const before = await project.containers()
    const bad = await released(project)
    await meanwhile(project)

    const result = await bad.rollback()

    expect(result).toMatchObject({ code: 0 })
    expect(
      factsNamed(result, 'exception').filter((exception) => !exception.startsWith('file-edited-meanwhile')),
    ).toEqual([])
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
  })

  const LINKED = {
    'compose.yml': `
include: [more.yml]
services:
  app: {extends: {file: base.yml, service: base}, image: "\${APP_IMAGE}", env_file: extra.env}
  same: {image: "\${APP_IMAGE}"}
`,
    'base.yml': 'services:\n  base: {mem_limit: 64m, labels: {by: hand}}\n',
    'more.yml': `services:\n  other: {image: "\${APP_IMAGE}", cap_drop: [MKNOD]}\n`,
    'extra.env': 'EXTRA=1\n',
  }

  it('names the services whose configuration somebody changed in a file that is extended, or included, or in an env file', async () => {
    const project = await running(LINKED, { deploy: ['app', 'same', 'other'] })
    const bad = await released(project)
    await host.sh(`cd '${project.directory}'
sed -i 's/64m/32m/; s/by: hand/by: nobody/' base.yml
echo EXTRA=2 >extra.env
sed -i 's/MKNOD/CHOWN/' more.yml`)

    const result = await bad.rollback()

    expect(result).toMatchObject({ code: 0 })
    expect(await states(project)).toEqual({ app: 'running old', same: 'running old', other: 'running old' })
    expect(await inspected(project, 'app', '{{.HostConfig.Memory}}')).toBe('33554432')
    expect(await inspected(project, 'app', '{{index .Config.Env 0}}')).toBe('EXTRA=2')
    expect(await inspected(project, 'other', '{{.HostConfig.CapDrop}}')).toBe('[CHOWN]')
    expect(factsNamed(result, 'exception')).toEqual([
      'config-edited-meanwhile app environment labels limits',
      'config-edited-meanwhile other privileges',
    ])
  })

  it('names what was set by hand and is lost, and the mode of a file that somebody changed', async () => {
    const project = await running(LINKED, { deploy: ['app', 'same', 'other'] })
    await project.compose('up --detach')
    const app = await inspected(project, 'app', '{{.Id}}')
    await host.sh(`docker update --memory 48m --memory-swap 96m ${app}`)
    const bad = await released(project)
    await host.sh(`chmod 644 '${project.directory}/compose.yml'`)

    const result = await bad.rollback()

    expect(result).toMatchObject({ code: 0 })
    expect(await inspected(project, 'app', '{{.HostConfig.Memory}}')).toBe(`${64 * 1024 * 1024}`)
    expect(factsNamed(result, 'exception')).toEqual([
      'container-differs app limits',
      `file-edited-meanwhile ${project.directory}/compose.yml`,
    ])
  })

  it('keeps the values themselves out of what is recorded', async () => {
    const project = await running(LINKED, { deploy: ['app'] })
    await host.sh(`echo EXTRA=a-secret-value >'${project.directory}/extra.env'`)
    await project.compose('up --detach')
    const transaction = await project.begin({ APP_IMAGE: images.new.reference })

    const snapshot = `${project.directory}/.closed-loop/transactions/${transaction.id}/snapshot`
    expect(await host.sh(`cat ${snapshot}/details ${snapshot}/configs`)).toMatch(
      /^(?:[\w.-]+\t[a-z]+\t[0-9a-f]{64}\n)+$/u,
    )
  })
})

describe('a container whose removal was interrupted by a power cut', () => {
  /** What Docker makes of it at its next start: nothing can start such a container, only remove it. */
  const die = (id: string) =>
    host.sh(`sh /etc/private-host/host.sh stop dockerd
sed -i 's/"Dead":false/"Dead":true/; s/"Running":true/"Running":false/' /var/lib/docker/containers/${id}/config.v2.json
sh /etc/private-host/host.sh start dockerd
until docker inspect ${id} >/dev/null 2>&1; do sleep 0.1; done`)

  it.each([['of the new release', 'new'], ...casesOf('all', [['of the release before', 'old']])])(
    '%s comes back as a new one, with its data',
    async (_, which) => {
      const project = await running(
        {
          'compose.yml': `services:\n  app: {image: "\${APP_IMAGE}", volumes: [/data]}\n  rest: {image: "\${APP_IMAGE}", restart: always}\n`,
        },
        { deploy: ['app'] },
      )
      const before = await project.containers()
      await inspected(project, 'app', '{{.Id}}').then((id) =>
        host.sh(`docker exec ${id} sh -c 'echo old >/data/file'`),
      )
      const bad = await project.begin({ APP_IMAGE: images.new.reference })
      if (which === 'new') expect(await bad.apply()).toMatchObject({ code: 0 })
      else await bad.cross()
      await die(await inspected(project, 'app', '{{.Id}}'))
      expect(await states(project)).toMatchObject({ app: `dead ${which}` })

      const result = await bad.rollback()

      expect(result).toMatchObject({ code: 0 })
      expect(await states(project)).toEqual({ app: 'running old', rest: 'running old' })
      expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
      const id = await inspected(project, 'app', '{{.Id}}')
      expect(await host.sh(`docker exec ${id} cat /data/file`)).toBe('old\n')
    },
  )
})

describe('one service that cannot be restored', () => {
  const FOUR = () => `
services:
  app: {image: "\${APP_IMAGE}", restart: always, depends_on: {aside: {condition: service_started}}}
  bad: {image: "\${APP_IMAGE}", ports: ["127.0.0.1:\${PORT}:80"]}
  aside: {image: "${images.aside.reference}", restart: always}
  later: {image: "${images.aside.reference}", restart: "on-failure:3"}
`
  const OPTIONS = { deploy: ['app', 'bad', 'aside', 'later'], defer: ['later'] }
  const policies = (project: Shape) => inspected(project, 'later', '{{.HostConfig.RestartPolicy.Name}}')

  it('keeps no other one down, and is named with what Docker said; the others are not restarted again for it', async () => {
    const project = await running({ 'compose.yml': FOUR() }, OPTIONS, 'PORT=7777\n')
    const bad = await released(project)
    const port = await inspected(project, 'bad', '{{.Id}}')
    await host.sh(`docker rm --force ${port}
docker run --detach --name takes-the-port --publish 127.0.0.1:7777:80 '${images.aside.reference}'`)
    try {
      const result = await bad.rollback()

      expect(result).toMatchObject({ code: 1 })
      expect(await states(project)).toEqual({
        app: 'running old',
        aside: 'running aside',
        later: 'running aside',
        bad: expect.stringMatching(/^(?:created|exited) old$/u),
      })
      expect(await policies(project)).toBe('on-failure')
      expect(factsNamed(result, 'not_restored')).toEqual([
        expect.stringMatching(/^bad .*port is already allocated/u),
      ])
      const name = project.directory.split('/').at(-1)
      expect(factsNamed(result, 'back')).toEqual(
        ['aside', 'app', 'later'].map((service) => `${name}-${service}-1`).toSorted(),
      )
      // Its further tries were for the sake of `bad` alone.
      const journal = await host.sh(`cat '${project.directory}/.closed-loop/transactions/${bad.id}/journal'`)
      const firstTry = /^(\S+)\trollback try 1 did not reach the snapshot$/mu.exec(journal)?.[1] ?? ''
      const startedAt = await inspected(project, 'app', '{{.State.StartedAt}}')
      // The journal tells whole seconds.
      expect(Date.parse(startedAt)).toBeLessThan(Date.parse(firstTry) + 1000)

      const again = await host.run(`sh '${project.directory}/.closed-loop/host.sh' rollback ${bad.id}`)
      expect(again).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not_restored: bad\t/mu) })
      expect(again.stdout).toContain(`back: ${name}-app-1\n`)
      await host.sh('docker rm --force takes-the-port')
      expect(await byHand(project, bad.id)).toContain('Done: what ran before')
      expect(await states(project)).toMatchObject({ bad: 'running old' })
    } finally {
      await host.sh('docker rm --force takes-the-port 2>/dev/null || :')
    }
  })

  it('because its image is gone keeps those of other images no less than itself', async () => {
    const project = await running({ 'compose.yml': FOUR() }, OPTIONS, 'PORT=7778\n')
    const bad = await released(project)
    await host.sh(`docker ps --all --quiet --filter name=closed-loop-hold | xargs docker rm --force
docker image ls --format '{{.Repository}}:{{.Tag}}' --filter 'reference=closed-loop-*' | xargs docker image rm --force
docker image rm --force '${images.old.imageId}'`)
    await host.stopRegistry()
    try {
      const result = await bad.rollback()

      expect(result).toMatchObject({ code: 1 })
      expect(await states(project)).toMatchObject({ aside: 'running aside', later: 'running aside' })
      expect(await policies(project)).toBe('on-failure')
      expect(factsNamed(result, 'problem')).toEqual([
        `image_gone ${images.old.reference} ${images.old.imageId}`,
      ])
      expect(factsNamed(result, 'not_restored')).toEqual(
        ['app', 'bad'].map((service) => `${service} image ${images.old.reference} is gone from this host`),
      )
    } finally {
      await host.startRegistry()
    }
  })

  it.each([
    ...casesOf('all', [
      ['an env file of a service', 'rm extra.env'],
      ['a file that the compose file extends', 'echo "services: [" >base.yml'],
    ]),
    ['all of them', 'rm extra.env base.yml && echo "services: [" >compose.yml && echo \'A="\' >>.env'],
  ])('comes back all the same where somebody broke %s', async (_, breaks) => {
    const compose = FOUR()
      .replace('bad: {', 'bad: {env_file: extra.env, ')
      .replace('app: {', 'app: {extends: {file: base.yml, service: base}, labels: {price: "$$5"}, ')
    const project = await running(
      {
        'compose.yml': compose,
        'extra.env': 'A=1\nDOLLAR=a$$b\n',
        'base.yml': 'services:\n  base: {mem_limit: 64m, volumes: ["./extra.env:/x:ro", "/data"]}\n',
      },
      OPTIONS,
      'PORT=7779\n',
    )
    const before = await project.containers()
    const bad = await released(project)
    await host.sh(`cd '${project.directory}' && cp extra.env kept && ${breaks}`)

    const result = await bad.rollback()

    expect(result).toMatchObject({ code: 0 })
    expect(await states(project)).toEqual({
      app: 'running old',
      bad: 'running old',
      aside: 'running aside',
      later: 'running aside',
    })
    expect(await policies(project)).toBe('on-failure')
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
    expect(factsNamed(result, 'exception')).toContain('recorded-files-used')
    expect(factsNamed(result, 'exception').join()).not.toContain('container-differs')
  })
})

describe('settings of Compose in the env file', () => {
  const SETTINGS =
    'COMPOSE_REMOVE_ORPHANS=true\nCOMPOSE_ANSI=always\nCOMPOSE_PARALLEL_LIMIT=1\nDOCKER_HOST=tcp://127.0.0.1:1\n'

  it('reach neither containers that the files do not name, nor what is read from Compose', async () => {
    const project = await running(
      {
        'compose.yml': `services:\n  app: {image: "\${APP_IMAGE}"}\n  later: {image: "${images.aside.reference}"}\n`,
        'more.yml': `services:\n  orphan: {image: "${images.aside.reference}"}\n`,
      },
      { deploy: ['app', 'later'], defer: ['later'] },
      SETTINGS,
    )
    // By hand, and without the setting: it is one of the project that its files do not name.
    await host.sh(
      `cd '${project.directory}' && COMPOSE_REMOVE_ORPHANS=false docker compose -f compose.yml -f more.yml --env-file .env up --detach 2>&1`,
    )
    const before = await project.containers()
    const orphan = (of: typeof before) => Object.values(of).find(({ service }) => service === 'orphan')
    expect(orphan(before)).toMatchObject({ state: 'running' })
    expect(await project.findings()).toEqual([])

    const good = await released(project)
    expect(await good.confirm()).toMatchObject({ code: 0 })
    expect(orphan(await project.containers())).toEqual(orphan(before))

    const bad = await project.begin({ APP_IMAGE: images.old.reference })
    expect(await bad.apply()).toMatchObject({ code: 0 })
    const result = await bad.rollback()
    expect(result).toMatchObject({ code: 0 })
    expect(factsNamed(result, 'exception')).toEqual([])
    expect(orphan(await project.containers())).toEqual(orphan(before))
  })
})
