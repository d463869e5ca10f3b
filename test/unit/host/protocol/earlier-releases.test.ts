import { describe, expect, it } from '@jest/globals'
import { earlierReleases } from '../../../../src/host/protocol/earlier-releases.ts'

const APP = 'registry.example.com/app:1'
const BY_DIGEST = 'registry.example.com/research@sha256:b'

describe('the answer to the verb releases', () => {
  it('is each release with its images, whether the host has them, and by what they can be pulled', () => {
    expect(
      earlierReleases([
        ['release', 'one', '4', '2026-02-14T15:00:00Z', 'https://github.com/acme/trade/actions/runs/7'],
        ['planned', 'one', 'AI_TRADE_IMAGE', APP],
        ['planned', 'one', 'AI_TRADE_RESEARCH_IMAGE', BY_DIGEST],
        ['planned', 'one', 'OTHER', 'app:3'],
        ['file', 'one', 'ops'],
        ['variable', 'one', 'RELEASE_ID', '77'],
        ['deployed', 'one', APP, 'sha256:1'],
        ['deployed', 'one', BY_DIGEST, 'sha256:2'],
        ['source', 'one', 'sha256:1', 'registry.example.com/app@sha256:a'],
        // Of another release: nobody's here.
        ['release', 'two', '9', '', ''],
        ['deployed', 'two', 'app:3', 'sha256:3'],
        ['here', 'sha256:1'],
        ['unconfirmed', '2'],
        ['unconfirmed', '12'],
      ]),
    ).toEqual({
      unconfirmed: 12,
      confirmed: [
        {
          transaction: 'one',
          number: 4,
          confirmedAt: '2026-02-14T15:00:00Z',
          runUrl: 'https://github.com/acme/trade/actions/runs/7',
          images: [
            {
              key: 'AI_TRADE_IMAGE',
              reference: APP,
              imageId: 'sha256:1',
              source: 'registry.example.com/app@sha256:a',
              presence: 'here',
            },
            {
              key: 'AI_TRADE_RESEARCH_IMAGE',
              reference: BY_DIGEST,
              imageId: 'sha256:2',
              source: BY_DIGEST,
              presence: 'gone',
            },
            { key: 'OTHER', reference: 'app:3', imageId: '', source: '', presence: 'gone' },
          ],
          variables: [{ key: 'RELEASE_ID', value: '77' }],
          files: ['ops'],
        },
        { transaction: 'two', number: 9, confirmedAt: '', runUrl: '', images: [], variables: [], files: [] },
      ],
    })
  })
})
