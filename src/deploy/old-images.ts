import { canonicalReference, repositoryOf } from '../config/image.ts'
import type { OldImage, OldImages } from '../host/protocol/old-images.ts'

/**
 * The images that may go: of an earlier release, for one of the variables that the last one sets, not of the last releases,
 * used by no container, and with no name but those that deployments gave it. Pure.
 */
export function oldImages({ released, there, used }: OldImages, keepReleases: number): readonly OldImage[] {
  const transactions = [...new Set(released.map(({ transaction }) => transaction))]
  const keys = released.flatMap(({ transaction, key }) => (transaction === transactions[0] ? [key] : []))
  const kept = new Set(transactions.slice(0, keepReleases))
  const keptIds = new Set(
    released.filter(({ transaction }) => kept.has(transaction)).map(({ imageId }) => imageId),
  )
  return there.filter(({ imageId, tags, digests }) => {
    const ours = released.filter((one) => one.imageId === imageId && keys.includes(one.key))
    const references = new Set(ours.map(({ reference }) => canonicalReference(reference)))
    const repositories = new Set(ours.map(({ reference }) => canonicalReference(repositoryOf(reference))))
    return (
      ours.length > 0 &&
      !keptIds.has(imageId) &&
      !used.includes(imageId) &&
      // A tag of ours that holds it for a rollback is none of these.
      tags.every((tag) => references.has(canonicalReference(tag))) &&
      digests.every((digest) => repositories.has(canonicalReference(repositoryOf(digest))))
    )
  })
}
