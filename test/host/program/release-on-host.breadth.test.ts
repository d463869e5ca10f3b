import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { preflightFacts } from '../../../src/host/protocol/preflight-facts.ts'
import {
  layOutShape,
  publishShapeImage,
  type Shape,
  withoutInstances,
} from '../../support/compose-shape/shape.ts'
import { casesOf } from '../../support/jest/tiers.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
let images: Readonly<Record<'old' | 'new', Awaited<ReturnType<typeof publishShapeImage>>>>
let shape: Shape | undefined

beforeAll(async () => {
  images = { old: await publishShapeImage(host, 'old'), new: await publishShapeImage(host, 'new') }
})
afterEach(async () => {
  await shape?.remove()
  shape = undefined
})

/** `app` mounts the state, `side` a single file of what is replaced; `free` mounts nothing of that. */
const COMPOSE = (app: string) => `name: files
services:
  app:
    image: "\${APP_IMAGE}"
    environment: {NOTE: "${app}"}
    volumes: ["./data:/data", "./conf:/conf:ro"]
  side:
    image: "\${OLD_IMAGE}"
    volumes: ["./conf/one.conf:/one.conf:ro"]
  free:
    image: "\${OLD_IMAGE}"
    volumes: ["./other:/other"]
`
const WEB = `  web:
    image: "\${APP_IMAGE}"
    env_file: ops/web.env
`
const ENTRIES = ['compose.yml', 'conf', 'ops/web.env']
const PUT = {
  entries: ENTRIES,
  stateFiles: ['data/models'],
  touched: ['app', 'side'],
  files: {
    'compose.yml': COMPOSE('new') + WEB,
    'conf/one.conf': 'new\n',
    'conf/two.conf': 'two\n',
    'ops/web.env': 'WEB=1\n',
  },
}

const everything = ({ directory }: Shape) =>
  host.sh(
    `cd '${directory}' && find . -path ./.closed-loop -prune -o -print0 | sort -z | xargs -0 stat -c '%n %a %u:%g %F' && find . -path ./.closed-loop -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`,
  )
const inside = async (project: Shape, service: string, words: string) => {
  const one = Object.values(await project.containers()).find((container) => container.service === service)
  return (await host.sh(`docker exec ${one?.id} ${words}`)).trim()
}
const idsOf = async (project: Shape) =>
  Object.fromEntries(
    Object.values(await project.containers()).map(({ service, id, startedAt }) => [
      service,
      `${id} ${startedAt}`,
    ]),
  )

async function running(): Promise<Shape> {
  shape = await layOutShape(host, {
    images: { APP_IMAGE: images.new.reference },
    deploy: ['app', 'side', 'web'],
    release: PUT,
    files: {
      '.env': `APP_IMAGE=${images.old.reference}\nOLD_IMAGE=${images.old.reference}\n`,
      'compose.yml': COMPOSE('old'),
      'conf/one.conf': 'old\n',
      'conf/gone.conf': 'gone\n',
      'data/models/m1': 'm1\n',
      'other/x': 'x\n',
    },
  })
  await shape.compose('up --detach --wait --quiet-pull')
  return shape
}

describe('the files of a release on a host', () => {
  it('are in service with it, and a rollback brings files, state and mounts back as they were', async () => {
    const project = await running()
    const before = await everything(project)
    const containers = await project.containers()
    const ids = await idsOf(project)
    await project.stage()
    const looked = preflightFacts((await project.preflight()).facts)
    expect(looked).toMatchObject({
      findings: [],
      release: { kind: 'images' },
      stateSize: { kibibytes: expect.any(Number), freeKibibytes: expect.any(Number) },
      effects: {
        oldConfig: 'read',
        definitions: [],
        services: expect.arrayContaining([
          { service: 'app', change: 'changed' },
          { service: 'web', change: 'added' },
        ]),
        mounts: expect.arrayContaining([
          { service: 'side', container: 'files-side-1', source: `${project.directory}/conf/one.conf` },
        ]),
      },
    })
    expect(looked.effects?.services).toHaveLength(2)
    expect(looked.services.map(({ name }) => name)).toEqual(['app', 'free', 'side', 'web'])
    expect(looked.comparison.changed.toSorted()).toEqual([
      'compose.yml',
      'conf/gone.conf',
      'conf/one.conf',
      'conf/two.conf',
      'ops/web.env',
    ])
    expect(await everything(project)).toBe(before)

    const transaction = await project.begin({ APP_IMAGE: images.new.reference })
    expect(await everything(project)).toBe(before)
    expect(await transaction.apply()).toMatchObject({ code: 0 })
    expect(await inside(project, 'app', 'cat /conf/one.conf /conf/two.conf')).toBe('new\ntwo')
    expect(await inside(project, 'side', 'cat /one.conf')).toBe('new')
    const applied = await idsOf(project)
    expect(applied.free).toBe(ids.free)
    expect(applied.side).not.toBe(ids.side)
    expect(Object.keys(applied).toSorted()).toEqual(['app', 'free', 'side', 'web'])
    await inside(project, 'app', `sh -c 'rm /data/models/m1; echo m2 >/data/models/m2'`)

    const rolledBack = await transaction.rollback()
    expect(rolledBack).toMatchObject({ code: 0 })
    expect(rolledBack.facts.filter(([name]) => name === 'exception')).toEqual([])
    expect(await everything(project)).toBe(before)
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(containers))
    expect(await inside(project, 'app', 'cat /conf/one.conf /data/models/m1')).toBe('old\nm1')
    expect(await inside(project, 'side', 'cat /one.conf')).toBe('old')
    expect((await idsOf(project)).free).toBe(ids.free)
    // Asked again, it looks again and changes nothing.
    expect(
      await host.sh(`sh '${project.directory}/.closed-loop/host.sh' rollback ${transaction.id}`),
    ).not.toContain('failed')
    expect(await everything(project)).toBe(before)
  })

  it.each([
    ...casesOf('all', [['before anything moved', ':']] as const),
    [
      'between the two renames of a directory',
      `mkdir -p "$TX_DIR/aside"; mv "$PROJECT_DIR/conf" "$TX_DIR/aside/2"`,
    ],
    ...casesOf('all', [
      ['with the files in place, and no service up', 'prepare_release && put_release'],
    ] as const),
  ])('go back after a power cut %s', async (_when, done) => {
    const project = await running()
    const before = await everything(project)
    const ids = await idsOf(project)
    await project.stage()
    const transaction = await project.begin({ APP_IMAGE: images.new.reference })
    await transaction.cross()
    await host.sh(`CLOSED_LOOP_LIBRARY=yes CLOSED_LOOP_CLEAN=yes; . '${project.directory}/.closed-loop/host.sh'
STATE_DIR='${project.directory}/.closed-loop'; open_transaction ${transaction.id} && ${done}`)
    await host.sh(`sh '${project.directory}/.closed-loop/host.sh' rollback ${transaction.id}`)
    expect(await everything(project)).toBe(before)
    expect(await inside(project, 'side', 'cat /one.conf')).toBe('old')
    expect((await idsOf(project)).free).toBe(ids.free)
  })

  it('may be the first that a project has: a rollback leaves nothing of them', async () => {
    shape = await layOutShape(host, {
      images: { APP_IMAGE: images.new.reference },
      deploy: ['app', 'web'],
      gate: 'app',
      projectName: 'files',
      release: PUT,
      files: { '.env': `OLD_IMAGE=${images.new.reference}\n` },
    })
    const before = await everything(shape)
    await shape.stage()
    expect(await shape.findings()).toEqual([])
    const transaction = await shape.begin({ APP_IMAGE: images.new.reference })
    expect(await transaction.apply()).toMatchObject({ code: 0 })
    expect(Object.keys(await idsOf(shape)).toSorted()).toEqual(['app', 'web'])
    const rolledBack = await transaction.rollback()
    expect(rolledBack).toMatchObject({ code: 0 })
    expect(await shape.containers()).toEqual({})
    // Docker itself makes directories that a service mounts and that are missing.
    expect((await everything(shape)).replace(/^\.\/data.*\n/gmu, '')).toBe(before)
  })
})
