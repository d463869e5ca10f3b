import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { parseManifest } from '../../../../src/host/protocol/manifest.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`

const IMAGE = {
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
  config: { mediaType: 'x', size: 7, digest: digest('0') },
  layers: [
    { mediaType: 'x', size: 100, digest: digest('1') },
    { mediaType: 'x', size: 20, digest: digest('2') },
  ],
}

const LIST = {
  schemaVersion: 2,
  manifests: [
    { digest: digest('a'), size: 528, platform: { architecture: 'arm', os: 'linux', variant: 'v7' } },
    { digest: digest('b'), size: 528, platform: { architecture: 'amd64', os: 'linux' } },
    { digest: digest('c'), size: 528, platform: { architecture: 'unknown', os: 'unknown' } },
    { digest: digest('d'), size: 528 },
  ],
}

describe('parseManifest', () => {
  it('reads the layers of an image, and its configuration, which is pulled too', () => {
    expect(parseManifest(JSON.stringify(IMAGE), 'linux/amd64')).toEqual({
      kind: 'layers',
      layers: [
        { digest: digest('0'), bytes: 7 },
        { digest: digest('1'), bytes: 100 },
        { digest: digest('2'), bytes: 20 },
      ],
    })
  })

  it.each([
    ['linux/amd64', { kind: 'list', digest: digest('b') }],
    ['linux/arm', { kind: 'list', digest: digest('a') }],
    ['linux/s390x', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('finds the image for %s in a list', (platform, manifest) => {
    expect(parseManifest(JSON.stringify(LIST), platform)).toEqual(manifest)
  })

  it.each([
    ['words', 'no such manifest: registry.example.com/x:1'],
    ['nothing', ''],
    [
      'the first format of Docker',
      JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum: digest('1') }] }),
    ],
    ['a size that is none', JSON.stringify({ ...IMAGE, layers: [{ size: -1, digest: digest('1') }] })],
    [
      'a digest that is a word for a shell',
      JSON.stringify({
        manifests: [{ digest: 'sha256:$(reboot)', platform: { architecture: 'amd64', os: 'linux' } }],
      }),
    ],
  ])('does not know: %s', (_, text) => {
    expect(parseManifest(text, 'linux/amd64')).toEqual({ kind: 'unknown' })
  })

  it('takes any text', () => {
    fc.assert(fc.property(fc.json(), (text) => void parseManifest(text, 'linux/amd64')))
  })
})
