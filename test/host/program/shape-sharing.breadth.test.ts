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
    aside: await publishShapeImage(host, 'aside'),
    old: await publishShapeImage(host, 'old'),
    new: await publishShapeImage(host, 'new'),
  }
})
afterEach(() => shape?.remove())

// The sharers' reference sorts before that of what they share with.
const SHARING = () => `
services:
  app: {image: "\${APP_IMAGE}", ipc: shareable}
  net: {image: "${images.aside.reference}", network_mode: "service:app"}
  proc: {image: "${images.aside.reference}", ipc: "service:app", pid: "service:app", network_mode: "service:net"}
  late: {image: "${images.aside.reference}", network_mode: "service:app", restart: always}
`

async function laidOut(options: Partial<ShapeOptions> = {}, compose = SHARING()): Promise<Shape> {
  shape = await layOutShape(host, {
    files: { 'compose.yml': compose, '.env': `APP_IMAGE=${images.old.reference}\n` },
    images: { APP_IMAGE: images.new.reference },
    deploy: ['app', 'net', 'proc', 'late'],
    defer: ['late'],
    ...options,
  })
  return shape
}

/** Which containers really are in one network, IPC and process namespace: the names of those of `app`. */
async function sharersOfApp({ containers }: Shape) {
  const all = Object.values(await containers()).filter(({ state }) => state === 'running')
  const spaces = await host.sh(
    all
      .map(
        ({ id, service }) =>
          `pid=$(docker inspect --format '{{.State.Pid}}' ${id}); echo ${service} $(readlink /proc/$pid/ns/net /proc/$pid/ns/ipc /proc/$pid/ns/pid)`,
      )
      .join('\n'),
  )
  const rows = spaces
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const mine = rows.find(([service]) => service === 'app') ?? []
  const among = (column: number) =>
    rows
      .filter((row) => row[column] === mine[column])
      .map(([service]) => service)
      .toSorted()
  return { network: among(1), ipc: among(2), pid: among(3) }
}

const ALL_SHARE = { network: ['app', 'late', 'net', 'proc'], ipc: ['app', 'proc'], pid: ['app', 'proc'] }

describe('services that share the network, IPC or processes of a deployed one', () => {
  it('follow it when the release is promoted, and when the next one is rolled back', async () => {
    const project = await laidOut()
    await project.compose('up --detach --quiet-pull')
    expect(await project.findings()).toEqual([])
    expect(await sharersOfApp(project)).toEqual(ALL_SHARE)

    const good = await project.begin({ APP_IMAGE: images.new.reference })
    expect(await good.apply()).toMatchObject({ code: 0 })
    expect(await sharersOfApp(project)).toEqual({ ...ALL_SHARE, network: ['app', 'net', 'proc'] })
    expect(await good.confirm()).toMatchObject({ code: 0 })
    expect(await sharersOfApp(project)).toEqual(ALL_SHARE)

    const before = await project.containers()
    const bad = await project.begin({ APP_IMAGE: images.old.reference })
    expect(await bad.apply()).toMatchObject({ code: 0 })
    expect(await bad.rollback()).toMatchObject({ code: 0 })
    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
    expect(await sharersOfApp(project)).toEqual(ALL_SHARE)
    expect(
      await host.sh(`cat '${project.directory}/.closed-loop/transactions/${bad.id}/journal'`),
    ).not.toContain('did not reach')
  })

  it('follow it also when only that one had been replaced before it was rolled back', async () => {
    const project = await laidOut()
    await project.compose('up --detach --quiet-pull')
    const before = await project.containers()
    const bad = await project.begin({ APP_IMAGE: images.new.reference })
    await host.sh(`sed -i '/^  net:/s/image: "/image: "no-such-/' '${project.directory}/compose.yml'`)
    await bad.cross()
    await host.sh(`docker pull --quiet '${images.new.reference}'`)
    await host.sh(
      `cd '${project.directory}' && APP_IMAGE='${images.new.reference}' docker compose -f compose.yml up --detach --no-deps app`,
    )
    await host.sh(`sed -i '/^  net:/s/image: "no-such-/image: "/' '${project.directory}/compose.yml'`)

    expect(await bad.rollback()).toMatchObject({ code: 0 })

    expect(withoutInstances(await project.containers())).toEqual(withoutInstances(before))
    expect(await sharersOfApp(project)).toEqual(ALL_SHARE)
  })

  it.each<[string, Partial<ShapeOptions>, readonly string[][]]>([
    [
      'runs but is not deployed',
      { deploy: ['app', 'net', 'late'] },
      [
        ['namespace-cut', 'proc', 'net', 'network', 'deploy'],
        ['namespace-cut', 'proc', 'app', 'ipc', 'deploy'],
        ['namespace-cut', 'proc', 'app', 'pid', 'deploy'],
      ],
    ],
    [
      'stays up while that one is stopped for the gate',
      { deploy: ['late', 'app', 'net', 'proc'], defer: ['app', 'late'], gate: 'late' },
      [
        ['namespace-cut', 'net', 'app', 'network', 'defer'],
        ['namespace-cut', 'proc', 'app', 'ipc', 'defer'],
        ['namespace-cut', 'proc', 'app', 'pid', 'defer'],
      ],
    ],
  ])('are named when one of them %s', async (_, options, findings) => {
    const project = await laidOut(options)
    await project.compose('up --detach --quiet-pull')

    const found = (await project.findings()).filter(([kind]) => kind === 'namespace-cut')
    expect(found.toSorted()).toEqual(findings.toSorted())
  })

  it('are named when they name a container, or are nobody’s', async () => {
    const compose = `
services:
  app: {image: "\${APP_IMAGE}", container_name: shape-app}
  net: {image: "${images.aside.reference}", network_mode: "container:shape-app"}
`
    const project = await laidOut({ deploy: ['app', 'net'], defer: [] }, compose)
    await project.compose('up --detach --quiet-pull app')
    await project.compose('up --detach --quiet-pull net')
    await host.sh(
      `docker run --detach --name stranger --network container:shape-app '${images.aside.reference}'`,
    )
    try {
      const found = await project.findings()
      expect(found.toSorted()).toEqual([
        ['namespace-cut', 'net', 'app', 'network', 'by-service'],
        ['namespace-cut', 'stranger', 'app', 'network', 'outside'],
      ])
    } finally {
      await host.sh('docker rm --force stranger')
    }
  })
})
