import type { EarlierImage, EarlierRelease, EarlierReleases, KnownRelease } from '../model/earlier-release.ts'
import type { ReturnProblem } from '../model/problem.ts'

/** Paths of the project directory, and keys of the env file. */
export interface Left {
  readonly files: readonly string[]
  readonly keys: readonly string[]
}

/** The release to return to, or why there is none. */
export type Choice =
  /** `left`: what later releases put in place or set, and that this one has nothing for. */
  | { readonly kind: 'chosen'; readonly release: KnownRelease; readonly left: Left }
  | { readonly kind: 'refused'; readonly problem: ReturnProblem }

/**
 * Chooses among the releases that were confirmed on the host: the one of `wanted`, or without it the one before the present
 * one, which is the last of all where something unconfirmed runs now. Refuses one of which an image is gone for good.
 */
export function chooseRelease(known: EarlierReleases, wanted: string | undefined): Choice {
  const releases = known.confirmed.toSorted((one, other) => other.number - one.number)
  const [last, beforeLast] = releases
  const previous = last !== undefined && last.number < known.unconfirmed ? last : beforeLast
  const release = wanted === undefined ? previous : releases.find(({ transaction }) => transaction === wanted)
  if (release === undefined) {
    return wanted === undefined
      ? refused({ code: 'return.no_release', choices: releases })
      : refused({ code: 'return.unknown_transaction', transaction: wanted, choices: releases })
  }
  const [first, ...others] = release.images
  const lost = release.images.filter(isLost)
  if (first === undefined || lost.length > 0)
    return refused({ code: 'return.image_gone', release, images: lost, choices: releases })
  const later = releases.filter(({ number }) => number > release.number)
  const left = {
    files: onlyLater(release, later, ({ files }) => files),
    keys: onlyLater(release, later, ({ images, variables }) =>
      [...images, ...variables].map(({ key }) => key),
    ),
  }
  return { kind: 'chosen', release: { ...release, images: [first, ...others] }, left }
}

function onlyLater(
  release: EarlierRelease,
  later: readonly EarlierRelease[],
  namesOf: (release: EarlierRelease) => readonly string[],
): readonly string[] {
  return [...new Set(later.flatMap(namesOf))].filter((name) => !namesOf(release).includes(name))
}

/** Its image is not on the host, and no digest is known by which a registry gives it; or nobody knows which image it was. */
function isLost({ imageId, presence, source }: EarlierImage): boolean {
  return imageId === '' || (presence === 'gone' && source === '')
}

function refused(problem: ReturnProblem): Choice {
  return { kind: 'refused', problem }
}
