import { type Fact, fieldsOf } from './facts.ts'

/** An image that a confirmed release was of. */
export interface ReleasedImage {
  readonly transaction: string
  readonly key: string
  readonly reference: string
  readonly imageId: string
}

/** An image of an earlier release that is on the host, with all its tags. */
export interface OldImage {
  readonly imageId: string
  readonly tags: readonly string[]
}

/** The answer to `old_images`. */
export interface OldImages {
  /** The latest release first. */
  readonly released: readonly ReleasedImage[]
  readonly there: readonly (OldImage & { readonly digests: readonly string[] })[]
  /** Images of containers, also of stopped ones. */
  readonly used: readonly string[]
  /** Where Docker keeps images; undefined where that cannot be seen. */
  readonly freeBytes: number | undefined
}

/** The answer to `remove_images`; `said`: what Docker said of those that stayed, foreign text. */
export interface RemovedImages {
  readonly removed: readonly string[]
  readonly freeBytes: number | undefined
  readonly said: readonly string[]
}

export function parseOldImages(facts: readonly Fact[]): OldImages {
  const namesOf = (kind: 'tag' | 'digest', imageId: string) =>
    fieldsOf(facts, kind).flatMap(([id, name = '']) => (id === imageId ? [name] : []))
  return {
    released: fieldsOf(facts, 'release').map(
      ([transaction = '', key = '', reference = '', imageId = '']) => ({
        transaction,
        key,
        reference,
        imageId,
      }),
    ),
    there: fieldsOf(facts, 'image').map(([imageId = '']) => ({
      imageId,
      tags: namesOf('tag', imageId),
      digests: namesOf('digest', imageId),
    })),
    used: fieldsOf(facts, 'used').map(([imageId = '']) => imageId),
    freeBytes: freeOf(facts),
  }
}

export function parseRemoved(facts: readonly Fact[]): Omit<RemovedImages, 'said'> {
  return { removed: fieldsOf(facts, 'removed').map(([imageId = '']) => imageId), freeBytes: freeOf(facts) }
}

function freeOf(facts: readonly Fact[]): number | undefined {
  const [, free = ''] = fieldsOf(facts, 'data_root')[0] ?? []
  return /^\d+$/u.test(free) ? Number(free) * 1024 : undefined
}
