import type { Release } from '../releases/releases.ts'

/** As docker shows it. */
export function shortId(imageId: string): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12)
}

/** The short ID with the name of the release that it is. */
export function namedImage(imageId: string, releases: Readonly<Record<string, Release>>): string {
  if (imageId === '') return 'nothing'
  const name = Object.entries(releases).find(([, release]) => release.imageId === imageId)?.[0]
  return `${shortId(imageId)}${name === undefined ? '' : ` (${name})`}`
}
