import { describe, expect, it } from '@jest/globals'
import type { EarlierImage, EarlierRelease } from '../../../src/model/earlier-release.ts'
import { chooseRelease } from '../../../src/rollback/choose-release.ts'

const HERE: EarlierImage = {
  key: 'AI_TRADE_IMAGE',
  reference: 'registry.example.com/app:1',
  imageId: 'sha256:1',
  source: 'registry.example.com/app@sha256:a',
  presence: 'here',
}

function release(transaction: string, number: number, ...images: readonly EarlierImage[]): EarlierRelease {
  return {
    transaction,
    number,
    confirmedAt: '2026-02-14T15:00:00Z',
    runUrl: '',
    images,
    variables: [],
    files: [],
  }
}

const known = (...confirmed: readonly EarlierRelease[]) => ({ confirmed, unconfirmed: 0 })
const CONFIRMED = known(release('b', 7, HERE), release('c', 12, HERE), release('a', 3, HERE))

describe('the release that a manual rollback returns to', () => {
  it.each([
    { unconfirmed: 13, transaction: 'c' },
    { unconfirmed: 11, transaction: 'b' },
  ])(
    'is the last one where something unconfirmed came after it: $unconfirmed',
    ({ unconfirmed, transaction }) => {
      expect(chooseRelease({ ...CONFIRMED, unconfirmed }, undefined)).toMatchObject({
        release: { transaction },
      })
    },
  )

  it('is the one before the present one, by the numbers of the lock', () => {
    expect(chooseRelease(CONFIRMED, undefined)).toMatchObject({
      kind: 'chosen',
      release: { transaction: 'b' },
    })
  })

  it.each(['a', 'b', 'c'])('is %s where that is asked for', (transaction) => {
    expect(chooseRelease(CONFIRMED, transaction)).toMatchObject({ kind: 'chosen', release: { transaction } })
  })

  it.each([{ confirmed: [] }, { confirmed: [release('c', 12, HERE)] }])(
    'is none where nothing was confirmed before: $confirmed.length',
    ({ confirmed }) => {
      expect(chooseRelease(known(...confirmed), undefined)).toEqual({
        kind: 'refused',
        problem: { code: 'return.no_release', choices: confirmed },
      })
    },
  )

  it('is none where the host does not know the transaction, and the choices are named, the latest first', () => {
    const choice = chooseRelease(CONFIRMED, 'other')
    expect(choice).toMatchObject({
      kind: 'refused',
      problem: { code: 'return.unknown_transaction', transaction: 'other' },
    })
    if (choice.kind !== 'refused' || !('choices' in choice.problem)) throw new Error('chosen')
    expect(choice.problem.choices.map(({ transaction }) => transaction)).toEqual(['c', 'b', 'a'])
  })

  it.each<{ readonly why: string; readonly part: Partial<EarlierImage>; readonly kind: string }>([
    { why: 'is gone, and can be pulled by digest', part: { presence: 'gone' }, kind: 'chosen' },
    { why: 'is here, without a digest', part: { source: '' }, kind: 'chosen' },
    { why: 'is gone, without a digest', part: { presence: 'gone', source: '' }, kind: 'refused' },
    { why: 'was never noted down', part: { imageId: '', presence: 'gone' }, kind: 'refused' },
  ])('with an image that $why: $kind', ({ part, kind }) => {
    const image = { ...HERE, ...part }
    const choice = chooseRelease(known(...CONFIRMED.confirmed, release('d', 5, HERE, image)), 'd')
    expect(choice.kind).toBe(kind)
    if (choice.kind === 'refused')
      expect(choice.problem).toMatchObject({ code: 'return.image_gone', images: [image] })
  })

  it('is refused where its record names no image', () => {
    expect(chooseRelease(known(release('d', 5)), 'd')).toMatchObject({
      kind: 'refused',
      problem: { code: 'return.image_gone', images: [] },
    })
  })

  it('names the keys that only later releases set', () => {
    const other = {
      ...release('d', 20, HERE, { ...HERE, key: 'RESEARCH' }),
      variables: [{ key: 'ID', value: '1' }],
    }
    expect(chooseRelease(known(...CONFIRMED.confirmed, other), 'b')).toMatchObject({
      left: { keys: ['RESEARCH', 'ID'] },
    })
  })

  it('names the paths that later releases put in place, and that it has nothing for', () => {
    const bringing = (transaction: string, number: number, ...files: readonly string[]) => ({
      ...release(transaction, number, HERE),
      files,
    })
    const all = known(
      bringing('a', 1, 'old'),
      bringing('b', 2, 'ops'),
      bringing('c', 3, 'ops', 'tools'),
      bringing('d', 4, 'tools'),
    )
    expect(chooseRelease(all, 'b')).toMatchObject({ kind: 'chosen', left: { files: ['tools'], keys: [] } })
    expect(chooseRelease(all, 'd')).toMatchObject({ kind: 'chosen', left: { files: [], keys: [] } })
  })
})
