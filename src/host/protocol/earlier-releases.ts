import type { EarlierImage, EarlierReleases } from '../../model/earlier-release.ts'
import { type Fact, fieldsOf } from './facts.ts'

/** Reads the answer of the verb `releases`: every release that was confirmed and is still recorded. */
export function earlierReleases(facts: readonly Fact[]): EarlierReleases {
  const here = new Set(fieldsOf(facts, 'here').map(([imageId = '']) => imageId))
  const of = (name: string, transaction: string) =>
    fieldsOf(facts, name)
      .filter(([id]) => id === transaction)
      .map(([, ...fields]) => fields)
  const confirmed = fieldsOf(facts, 'release').map(
    ([transaction = '', number = '', confirmedAt = '', runUrl = '']) => {
      const deployed = new Map(
        of('deployed', transaction).map(([reference = '', imageId = '']) => [reference, imageId]),
      )
      const sources = of('source', transaction)
      const images = of('planned', transaction).map(([key = '', reference = '']): EarlierImage => {
        const imageId = deployed.get(reference) ?? ''
        const [, byDigest = ''] = sources.find(([id]) => id === imageId) ?? []
        return {
          ...{ key, reference, imageId },
          source: reference.includes('@') ? reference : byDigest,
          presence: here.has(imageId) ? 'here' : 'gone',
        }
      })
      const variables = of('variable', transaction).map(([key = '', value = '']) => ({ key, value }))
      const files = of('file', transaction).map(([target = '']) => target)
      return { transaction, number: Number(number), confirmedAt, runUrl, images, variables, files }
    },
  )
  const unconfirmed = Math.max(0, ...fieldsOf(facts, 'unconfirmed').map(([number]) => Number(number)))
  return { confirmed, unconfirmed }
}
