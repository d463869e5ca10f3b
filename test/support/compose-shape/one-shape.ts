import { afterEach, beforeAll } from '@jest/globals'
import type { PrivateHost } from '../private-host/private-host.ts'
import { layOutShape, publishShapeImage, type Shape, type ShapeOptions } from './shape.ts'

/** One project of a test, whose image `APP_IMAGE` is published once; it is removed after the test. */
export function oneShape(host: PrivateHost) {
  let reference = ''
  let shape: Shape | undefined

  beforeAll(async () => {
    reference = (await publishShapeImage(host, 'old')).reference
  })
  afterEach(async () => {
    await shape?.remove()
    shape = undefined
  })

  const laidOut = async (
    compose: string,
    environment: string,
    options: Partial<ShapeOptions> = {},
  ): Promise<Shape> => {
    shape = await layOutShape(host, {
      files: { 'compose.yml': compose, '.env': `APP_IMAGE=${reference}\n${environment}` },
      images: { APP_IMAGE: reference },
      deploy: ['app'],
      ...options,
    })
    return shape
  }
  return { laidOut, reference: () => reference }
}
