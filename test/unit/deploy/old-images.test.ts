import { describe, expect, it } from '@jest/globals'
import { canonicalReference } from '../../../src/config/image.ts'
import { oldImages } from '../../../src/deploy/old-images.ts'
import type { OldImages } from '../../../src/host/protocol/old-images.ts'

const APP = 'reg.example/app'
const digest = (digit: string) => `sha256:${digit.repeat(64)}`

/** Releases `1` (the oldest) to `4` of one variable, all there under a tag each. */
const FOUND: OldImages = {
  released: ['4', '3', '2', '1'].map((n) => ({
    transaction: `t${n}`,
    key: 'AI_TRADE_IMAGE',
    reference: `${APP}:${n}`,
    imageId: `sha256:${n}`,
  })),
  there: ['4', '3', '2', '1'].map((n) => ({
    imageId: `sha256:${n}`,
    tags: [`${APP}:${n}`],
    digests: [`${APP}@${digest(n)}`],
  })),
  used: ['sha256:4'],
  freeBytes: 1,
}

const named = (found: OldImages, keepReleases = 2) =>
  oldImages(found, keepReleases).map(({ imageId }) => imageId)

/** The image of release 1 as it is, with this different. */
const first = (part: Partial<OldImages['there'][number]>): OldImages => ({
  ...FOUND,
  there: FOUND.there.map((one) => (one.imageId === 'sha256:1' ? { ...one, ...part } : one)),
})

describe('the images that may go', () => {
  it('are those of releases before the last two', () => {
    expect(named(FOUND)).toEqual(['sha256:2', 'sha256:1'])
    expect(named(FOUND, 3)).toEqual(['sha256:1'])
    expect(named(FOUND, 4)).toEqual([])
    expect(named(FOUND, 1)).toEqual(['sha256:3', 'sha256:2', 'sha256:1'])
  })

  it('are named with the tags that they have', () => {
    expect(oldImages(FOUND, 2).map(({ tags }) => tags)).toEqual([[`${APP}:2`], [`${APP}:1`]])
  })

  it('are of the variables that the last release sets', () => {
    const other = FOUND.released.map((one) =>
      one.transaction === 't1' ? { ...one, key: 'OTHER_IMAGE' } : one,
    )
    expect(named({ ...FOUND, released: other })).toEqual(['sha256:2'])
  })

  it.each<[string, OldImages]>([
    ['a container uses it', { ...FOUND, used: ['sha256:4', 'sha256:1'] }],
    ['it has a tag of somebody else', first({ tags: [`${APP}:1`, `${APP}:debug`] })],
    ['it is held for a rollback', first({ tags: [`${APP}:1`, 'closed-loop-hold:t2-1'] })],
    ['it has a digest of another repository', first({ digests: [`mirror.example/app@${digest('1')}`] })],
    [
      'a release that stays is the same image',
      {
        ...FOUND,
        released: FOUND.released.map((one) =>
          one.transaction === 't3' ? { ...one, imageId: 'sha256:1' } : one,
        ),
      },
    ],
    ['it is not there any more', { ...FOUND, there: FOUND.there.slice(0, 3) }],
  ])('are not one of which %s', (_, found) => {
    expect(named(found)).toEqual(['sha256:2'])
  })

  it('may have lost their tag to a newer one, or have been pulled by digest', () => {
    expect(named(first({ tags: [] }))).toEqual(['sha256:2', 'sha256:1'])
  })

  it('count every image of a release for it', () => {
    const research = FOUND.released.map((one) => ({
      ...one,
      key: 'AI_TRADE_RESEARCH_IMAGE',
      imageId: `${one.imageId}r`,
    }))
    const both = { ...FOUND, released: FOUND.released.flatMap((one, index) => [one, research[index] ?? one]) }
    expect(named(both)).toEqual(['sha256:2', 'sha256:1'])
  })
})

describe('canonicalReference', () => {
  it.each([
    ['app', 'docker.io/library/app:latest'],
    ['docker.io/app:2', 'docker.io/library/app:2'],
    ['index.docker.io/team/app', 'docker.io/team/app:latest'],
    ['team/app:2', 'docker.io/team/app:2'],
    ['localhost/app', 'localhost/app:latest'],
    ['reg.example:5000/a/b:1', 'reg.example:5000/a/b:1'],
    [`reg.example/a@sha256:${'0'.repeat(64)}`, `reg.example/a@sha256:${'0'.repeat(64)}`],
  ])('of %s is %s', (reference, canonical) => {
    expect(canonicalReference(reference)).toBe(canonical)
  })
})
