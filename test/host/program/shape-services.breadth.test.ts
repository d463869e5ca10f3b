import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  layOutShape,
  publishShapeImage,
  type Shape,
  type ShapeOptions,
  withoutInstances,
} from '../../support/compose-shape/shape.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
let images: Readonly<Record<'aside' | 'old' | 'new', Awaited<ReturnType<typeof publishShapeImage>>>>
let shape: Shape | undefined

beforeAll(async () => {
  images = {
    aside: await publishShapeImage(host, 'aside', 'VOLUME /data'),
    old: await publishShapeImage(host, 'old', 'VOLUME /data'),
    new: await publishShapeImage(host, 'new'),
  }
})
afterEach(async () => {
  await shape?.remove()
  shape = undefined
})

async function laidOut(
  compose: string,
  options: Partial<ShapeOptions> & Pick<ShapeOptions, 'deploy'>,
  environment = '',
): Promise<Shape> {
  shape = await layOutShape(host, {
    images: { APP_IMAGE: images.new.reference },
    ...options,
    files: {
      'compose.yml': compose,
      '.env': `APP_IMAGE=${images.old.reference}\n${environment}`,
      ...options.files,
    },
  })
  return shape
}

/** Every container of the services, by service, and what it runs. */
async function running({ containers }: Shape, ...services: readonly string[]) {
  const all = Object.values(await containers())
  return services.map((service) =>
    all
      .filter((one) => one.service === service)
      .map(({ state, imageId }) => `${state} ${nameOf(imageId)}`)
      .toSorted(),
  )
}

function nameOf(imageId: string): string {
  return Object.entries(images).find(([, image]) => image.imageId === imageId)?.[0] ?? imageId
}

describe('a project of many shapes', () => {
  // Names that begin with each other, several files, a profile, replicas, one that is built, a one-shot, and
  // dependencies of every kind.
  const BASE = () => `
services:
  app:
    image: "\${APP_IMAGE}"
    profiles: [production]
    depends_on:
      db: {condition: service_healthy}
      schema: {condition: service_completed_successfully}
  app-2:
    image: "\${APP_IMAGE}"
    deploy: {replicas: 2}
  App_2.x: {image: "\${APP_IMAGE}", pull_policy: build, build: .}
  migrate: {image: "\${APP_IMAGE}", command: ["true"], restart: "no"}
  helper: {build: .}
  db:
    image: "${images.aside.reference}"
    environment: {NOTE: "\${NOTE}"}
    healthcheck: {test: ["CMD", "true"], interval: 1s}
  schema: {image: "${images.aside.reference}", command: ["sh", "-c", "echo ran >>/data/ran"]}
  debugger: {image: "${images.aside.reference}", profiles: [debug]}
  quiet:
    image: "${images.aside.reference}"
    logging: {driver: none}
    depends_on: {debugger: {condition: service_started, required: false}}
`
  const OVERRIDE = 'services:\n  app: {environment: {FROM: override}}\n'
  const DEPLOY = ['app', 'app-2', 'App_2.x', 'migrate', 'helper', 'quiet']

  it('is brought up, promoted and rolled back as its files say', async () => {
    const project = await laidOut(
      BASE(),
      {
        deploy: DEPLOY,
        composeFiles: ['compose.yml', 'override.yml'],
        files: { 'override.yml': OVERRIDE, Dockerfile: 'FROM no-such-image\n' },
      },
      'NOTE=before\n',
    )
    const helper = `${project.directory.split('/').at(-1)}-helper`
    expect(await project.findings()).toEqual([['image-not-built', 'helper', helper]])
    await host.sh(
      `docker pull --quiet '${images.aside.reference}' && docker tag '${images.aside.reference}' '${helper}'`,
    )
    await project.compose(`--profile production up --detach --quiet-pull --no-build ${DEPLOY.join(' ')}`)
    // A dependency that drifted and does not run; one that ran once.
    await project.compose('stop db')
    await host.sh(`sed -i 's/NOTE=before/NOTE=after/' '${project.directory}/.env'`)
    expect(await project.findings()).toEqual([])
    const standing = await project.containers()
    const dependency = (of: typeof standing, service: string) =>
      Object.values(of).find((one) => one.service === service)

    const good = await project.begin({ APP_IMAGE: images.new.reference })
    expect(await good.apply()).toMatchObject({ code: 0 })
    expect(await running(project, ...DEPLOY, 'db', 'schema', 'debugger')).toEqual([
      ['running new'],
      ['running new', 'running new'],
      ['running new'],
      ['exited new'],
      ['running aside'],
      ['running aside'],
      ['running aside'],
      ['exited aside'],
      [],
    ])
    const applied = await project.containers()
    expect(dependency(applied, 'db')).toMatchObject({ id: dependency(standing, 'db')?.id, health: 'healthy' })
    expect(dependency(applied, 'schema')?.startedAt).toBe(dependency(standing, 'schema')?.startedAt)
    expect(dependency(applied, 'app')?.makeup).toContain('environment FROM=override')
    expect(await good.confirm()).toMatchObject({ code: 0 })

    await project.compose('stop db')
    const before = await project.containers()
    const bad = await project.begin({ APP_IMAGE: images.old.reference })
    expect(await bad.apply()).toMatchObject({ code: 0 })
    expect(await running(project, 'app', 'app-2', 'db')).toEqual([
      ['running old'],
      ['running old', 'running old'],
      ['running aside'],
    ])
    expect(await bad.rollback()).toMatchObject({ code: 0 })
    const after = await project.containers()
    // What had run once is not run again: its container is a new one.
    const migrated = (all: typeof after) =>
      Object.values(withoutInstances(all))
        .map((one) => (one.service === 'migrate' ? { ...one, state: 'does not run' } : one))
        .toSorted((one, other) => one.name.localeCompare(other.name))
    expect(migrated(after)).toEqual(migrated(before))
    expect(dependency(after, 'db')).toMatchObject({ id: dependency(standing, 'db')?.id, state: 'exited' })
  })
})

describe('a needed dependency that fails', () => {
  it('keeps the release from coming up, and rests again', async () => {
    const project = await laidOut(
      `
services:
  app: {image: "\${APP_IMAGE}", depends_on: {schema: {condition: service_completed_successfully}}}
  schema: {image: "${images.aside.reference}", command: ["false"]}
`,
      { deploy: ['app'] },
    )
    await project.compose('up --detach --quiet-pull --no-deps app')
    const before = await project.containers()
    const bad = await project.begin({ APP_IMAGE: images.new.reference })

    expect(await bad.apply()).toMatchObject({ code: 1, words: expect.stringContaining('exit code 1') })

    expect(await bad.rollback()).toMatchObject({ code: 0 })
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
  })
})

describe('references', () => {
  const TWO = `
services:
  one: {image: "\${APP_IMAGE}"}
  two: {image: "\${APP_IMAGE}"}
`

  it('that are digests are promoted, and rolled back to', async () => {
    const repository = images.old.reference.replace(/:[^:]*$/, '')
    const old = `${images.old.reference}@${images.old.digest}`
    const next = `${repository}@${images.new.digest}`
    const project = await laidOut(TWO, { deploy: ['one', 'two'], images: { APP_IMAGE: next } })
    await host.sh(`echo 'APP_IMAGE=${old}' >'${project.directory}/.env'`)
    await project.compose('up --detach --quiet-pull')
    expect(await project.findings()).toEqual([])
    const before = await project.containers()

    const bad = await project.begin({ APP_IMAGE: next })
    expect(await bad.apply()).toMatchObject({ code: 0 })
    expect(await running(project, 'one', 'two')).toEqual([['running new'], ['running new']])
    const rolledBack = await bad.rollback()
    expect(rolledBack).toMatchObject({ code: 0 })
    expect(rolledBack.facts.filter(([name]) => name === 'exception')).toEqual([])
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))

    const good = await project.begin({ APP_IMAGE: next })
    expect(await good.apply()).toMatchObject({ code: 0 })
    expect(await good.confirm()).toMatchObject({ code: 0 })
    expect(Object.values(await project.containers()).map(({ reference }) => reference)).toEqual([next, next])
  })

  it('that meant two images are given back to each service as it had it', async () => {
    const tag = images.old.reference.replace(/:[^:]*$/, ':moving')
    const project = await laidOut(TWO, { deploy: ['one', 'two'] })
    await host.sh(`
echo 'APP_IMAGE=${tag}' >'${project.directory}/.env'
docker pull --quiet '${images.old.reference}' && docker pull --quiet '${images.aside.reference}' && docker tag '${images.old.reference}' '${tag}'`)
    await project.compose('up --detach --pull never one')
    await host.sh(`docker tag '${images.aside.reference}' '${tag}'`)
    await project.compose('up --detach --pull never two')
    expect(await project.findings()).toEqual([['drift', 'one']])
    const before = await project.containers()

    const bad = await project.begin({ APP_IMAGE: images.new.reference }, ['one'])
    expect(await bad.apply()).toMatchObject({ code: 0 })
    expect(await bad.rollback()).toMatchObject({ code: 0 })

    expect(await running(project, 'one', 'two')).toEqual([['running old'], ['running aside']])
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
    expect((await host.sh(`docker image inspect --format '{{.Id}}' '${tag}'`)).trim()).toBe(
      images.aside.imageId,
    )
    await host.sh(`docker image rm '${tag}' >/dev/null`)
  })
})

describe('a volume without a name', () => {
  const DATA = `services:\n  app: {image: "\${APP_IMAGE}"}\n`
  const written = ({ compose }: Shape) => compose('exec --no-TTY app cat /data/mine')

  it.each([
    ['the new image declares no volume there', async () => undefined],
    ['the last container that had it is gone', (project: Shape) => project.compose('rm --force --stop app')],
  ])('is the restored container’s again when %s', async (_, meanwhile) => {
    const project = await laidOut(DATA, { deploy: ['app'] })
    await project.compose('up --detach --quiet-pull')
    await project.compose("exec --no-TTY app sh -c 'echo kept >/data/mine'")
    const before = await project.containers()
    const bad = await project.begin({ APP_IMAGE: images.new.reference })
    expect(await bad.apply()).toMatchObject({ code: 0 })
    await meanwhile(project)

    expect(await bad.rollback()).toMatchObject({ code: 0 })

    expect(await written(project)).toBe('kept\n')
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
    expect(await project.findings()).toEqual([])
  })
})
