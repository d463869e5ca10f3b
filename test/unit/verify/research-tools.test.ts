import { describe, expect, it } from '@jest/globals'
import { failedRequired } from '../../../src/model/check.ts'
import { describeEvidence } from '../../../src/output/messages/check.ts'
import {
  ASSESS,
  checksWith,
  delivered,
  GOOD,
  IMAGE_ID,
  META,
  metaWith,
  REPORT,
  RUN,
  type Topics,
} from './builders.ts'

const OTHER_ID = `sha256:${'f'.repeat(64)}`

function toolsCheck(topics: Topics = {}) {
  const check = checksWith(topics).find(({ name }) => name === 'research-tools')
  if (!check) throw new Error('no such check')
  return check
}

/** A host whose latest_run_meta.json is that. */
const latest = (meta: string, age = 'new'): Topics => ({
  latest: [
    ...delivered('closedLoop', 'latest', REPORT),
    ...delivered('runtimeAssess', 'latest', ASSESS),
    ...delivered('runMeta', 'latest', meta, age),
  ],
})
const made = (research_image_id: unknown) => latest(metaWith({ research_image_id }))
const research = (imageId: string): Topics => ({
  images: [...GOOD.images.slice(0, 3), ['image', 'ai-trade-research', 'research:1', imageId]],
})

describe('that the research image has the tools', () => {
  it('is proven by the run that this very image made', () => {
    const { need, result, evidence } = toolsCheck()
    expect({ need, result }).toEqual({ need: 'informational', result: 'ok' })
    expect(describeEvidence(evidence)).toBe(
      `run ${RUN}, which latest_run_meta.json names, was made by this image (0a1b0a1b0a1b)`,
    )
  })

  it.each<readonly [what: string, topics: Topics, words: string]>([
    [
      'another image',
      made(OTHER_ID),
      `no complete run by this image yet, the newest one (${RUN}) was made by ffffffffffff: run "tools/closed_loop_runner.sh assess"`,
    ],
    [
      'a runner that does not say',
      latest('{"run_id":"20260214T151000Z","action":"full","stage":"S3"}'),
      'the runner does not record the image of its runs',
    ],
    ['a runner that says null', made(null), 'the runner does not record'],
    ['an ID in upper case', made(IMAGE_ID.toUpperCase()), 'is not the ID of an image'],
    ['digits in upper case', made(IMAGE_ID.replace('a', 'A')), 'is not the ID of an image'],
    ['a short ID', made(IMAGE_ID.slice(0, 19)), 'is not the ID of an image'],
    ['a bare ID', made(IMAGE_ID.slice(7)), 'is not the ID of an image'],
    ['an ID and more', made(`${IMAGE_ID}0`), 'is not the ID of an image'],
    ['an ID with a line end', made(`${IMAGE_ID}\n`), 'is not the ID of an image'],
    ['an ID that lost a secret', made(`${IMAGE_ID.slice(0, -5)}***`), 'is not the ID of an image'],
    ['a reference', made('app:1'), 'is not the ID of an image'],
    ['an empty text', made(''), 'is not the ID of an image'],
    ['the word for a silent Docker', made('unknown'), 'is not the ID of an image'],
    ['a list', made([IMAGE_ID]), 'is not the ID of an image'],
    ['an object', made({ [IMAGE_ID]: IMAGE_ID }), 'is not the ID of an image'],
    ['a number', made(1), 'is not the ID of an image'],
    ['a forged long value', made(`${IMAGE_ID}<img src=x>`.repeat(50_000)), 'is not the ID of an image'],
    [
      'a meta of a run that is not there',
      latest(metaWith({ run_id: '20260214T150000Z' })),
      'is of run 20260214T150000Z, which has no complete directory',
    ],
    [
      'a meta of an incomplete run',
      latest(metaWith({ run_id: '20260213T100000Z' })),
      'is of run 20260213T100000Z, which has no complete directory',
    ],
    ['no meta', latest('', 'absent'), 'latest_run_meta.json, which would name a run, is missing or cannot'],
    ['a damaged meta', latest(META.slice(0, 20)), 'is missing or cannot be used'],
    ['runs that cannot be listed', { runs: [['runs_unreadable']], read: [] }, 'cannot be listed'],
    [
      'reports that were not looked at',
      { looked: GOOD.looked.filter(([, what]) => what !== 'reports') },
      'not checked',
    ],
    ['no such service', { images: GOOD.images.slice(0, 3) }, 'the compose files have no such service'],
    ['an image that is not there', research(''), 'is not on the host'],
    ['a silent Docker', research('unknown'), 'Docker does not report'],
    [
      'a silent Docker, and a run that says as much',
      { ...research('unknown'), ...made('unknown') },
      'Docker does not report',
    ],
  ])('is not checked with %s', (_what, topics, words) => {
    const { result, evidence } = toolsCheck(topics)
    expect(result).toBe('not-checked')
    expect(describeEvidence(evidence)).toContain(words)
    expect(describeEvidence(evidence).length).toBeLessThan(300)
  })

  it('decides nothing about the acceptance', () => {
    expect(failedRequired(checksWith(made(OTHER_ID)))).toEqual([])
    expect(failedRequired(checksWith(made({ not: 'an ID' })))).toEqual([])
  })
})
