import * as z from 'zod'

/** What a registry has of an image: its layers, or a list of images for several platforms. */
export type Manifest =
  | {
      readonly kind: 'layers'
      readonly layers: readonly { readonly digest: string; readonly bytes: number }[]
    }
  /** The digest of the image for the platform that was asked for. */
  | { readonly kind: 'list'; readonly digest: string }
  | { readonly kind: 'unknown' }

const sized = z.object({ digest: z.string(), size: z.number().nonnegative() })
const image = z.object({ config: sized, layers: z.array(sized) })
const list = z.object({
  manifests: z.array(
    z.object({
      digest: z.string().regex(/^sha(?:256|512):[0-9a-f]+$/u),
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
})

/**
 * What `docker manifest inspect` prints, of both formats (Docker's and OCI's). Of several images for one platform, which
 * differ by its variant, the first: their sizes are alike.
 */
export function parseManifest(text: string, platform: string): Manifest {
  const json = jsonOf(text)
  const one = image.safeParse(json)
  if (one.success) {
    const parts = [one.data.config, ...one.data.layers]
    return { kind: 'layers', layers: parts.map(({ digest, size }) => ({ digest, bytes: size })) }
  }
  const several = list.safeParse(json)
  const match = several.data?.manifests.find(
    ({ platform: its }) => its !== undefined && `${its.os}/${its.architecture}` === platform,
  )
  return match === undefined ? { kind: 'unknown' } : { kind: 'list', digest: match.digest }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
