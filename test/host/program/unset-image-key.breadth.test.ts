import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  layOutShape,
  publishShapeImage,
  type Shape,
  withoutInstances,
} from '../../support/compose-shape/shape.ts'
import { casesOf } from '../../support/jest/tiers.ts'
import { workerHost } from '../../support/jest/worker-host.ts'

const host = workerHost()
let older: Awaited<ReturnType<typeof publishShapeImage>>
let newer: Awaited<ReturnType<typeof publishShapeImage>>
let shape: Shape | undefined

beforeAll(async () => {
  older = await publishShapeImage(host, 'old')
  newer = await publishShapeImage(host, 'new')
})
afterEach(async () => {
  await shape?.remove()
  shape = undefined
})

/** Compose refuses to read it without the variable, which the action sets. */
const FILE = `services: {app: {image: "\${APP_IMAGE:?set by the deployment}", environment: {NOTE: "\${NOTE}"}}}\n`
const ENV = 'NOTE=one\n'

async function laidOut(env = ENV): Promise<Shape> {
  shape = await layOutShape(host, {
    files: { 'compose.yml': FILE, '.env': env },
    images: { APP_IMAGE: newer.reference },
    deploy: ['app'],
    projectName: 'unset',
  })
  return shape
}

const envOf = (project: Shape) => host.sh(`cat '${project.directory}/.env'`)

describe('an image variable that the compose file requires, and that the env file does not have yet', () => {
  it.each([
    ['absent', ENV],
    ['empty in quotes', `${ENV}APP_IMAGE="" # by the deployment\n`],
    ...casesOf('all', [['empty', `APP_IMAGE=\n${ENV}`]]),
  ])('is no obstacle to a first deployment, whose rollback leaves nothing: %s', async (_what, env) => {
    const project = await laidOut(env)
    expect(await project.findings()).toEqual([])
    const transaction = await project.begin({ APP_IMAGE: newer.reference })
    expect((await transaction.apply()).code).toBe(0)
    expect(Object.values(await project.containers())).toMatchObject([
      { imageId: newer.imageId, state: 'running' },
    ])
    const rolledBack = await transaction.rollback()
    expect([rolledBack.code, rolledBack.facts.map(([name]) => name)]).toEqual([
      0,
      expect.arrayContaining(['nothing_ran', 'rolled_back']),
    ])
    expect(await project.containers()).toEqual({})
    expect(await envOf(project)).toBe(env)
  })

  it('is none where somebody started the project with it in the environment, and that comes back', async () => {
    const project = await laidOut()
    await host.sh(
      `cd '${project.directory}' && APP_IMAGE='${older.reference}' docker compose -p unset --env-file .env up --detach 2>&1`,
    )
    const before = await project.containers()
    expect((await project.findings()).filter(([kind]) => kind !== 'drift')).toEqual([])
    const transaction = await project.begin({ APP_IMAGE: newer.reference }, ['app'])
    expect((await transaction.apply()).code).toBe(0)
    expect(Object.values(await project.containers())).toMatchObject([{ imageId: newer.imageId }])
    const rolledBack = await transaction.rollback()
    expect([rolledBack.code, rolledBack.words]).toEqual([0, expect.any(String)])
    const after = Object.values(withoutInstances(await project.containers()))
    expect(after).toMatchObject([{ imageId: older.imageId, state: 'running' }])
    expect(after).toHaveLength(Object.keys(before).length)
    expect(await envOf(project)).toBe(ENV)
  })

  it('does not hide another one that the action does not set', async () => {
    shape = await layOutShape(host, {
      files: {
        'compose.yml': `services: {app: {image: "\${APP_IMAGE:?by the deployment}", environment: {NOTE: "\${NOTE:?by you}"}}}\n`,
        '.env': '',
      },
      images: { APP_IMAGE: newer.reference },
      deploy: ['app'],
      projectName: 'unset',
    })
    expect(await shape.findings()).toEqual([['compose-config-invalid', expect.stringContaining('NOTE')]])
  })
})
