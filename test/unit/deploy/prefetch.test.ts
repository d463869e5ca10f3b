import { describe, expect, it } from '@jest/globals'
import { otherRevision } from '../../../src/deploy/prefetch.ts'
import { deploying, expectTrue } from './deploying.ts'
import { type Job, NEW_IMAGE, type ScriptedHost } from './scripted-host.ts'

const COMMIT = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const image = { reference: 'r:1', imageId: NEW_IMAGE }

describe('otherRevision', () => {
  it.each([
    ['the commit', COMMIT],
    ['in capitals', COMMIT.toUpperCase()],
    ['abbreviated as git does', COMMIT.slice(0, 7)],
    ['with blanks around', ` ${COMMIT} `],
  ])('is none where the image says the commit: %s', (_, revision) => {
    expect(otherRevision({ ...image, revision }, { run: { sha: COMMIT } })).toBeUndefined()
  })

  it.each([
    ['another commit', COMMIT.replace('4', '5')],
    ['too few characters to be sure', COMMIT.slice(0, 6)],
    ['more than a commit', `${COMMIT}0`],
    ['a commit and something else', `${COMMIT}-dirty`],
    ['no commit at all', '::error::$(reboot)'],
    ['nothing', ''],
  ])('is there where it says %s', (_, revision) => {
    expect(otherRevision({ ...image, revision }, { run: { sha: COMMIT } })).toEqual({
      reference: 'r:1',
      revision,
      commit: COMMIT,
    })
  })
})

describe('an image that was built from another commit', () => {
  const pulled = (revision: string) => ({
    prefetch(job: Job, host: ScriptedHost) {
      host.state = 'prefetched'
      job.fact('pulled', 'registry.example.com/ai-trade:2', NEW_IMAGE, revision)
      job.end(0)
    },
  })

  it('is deployed, with a warning', async () => {
    const { ending, warnings } = await deploying({ jobs: pulled('abc') }).report
    expect(ending.kind).toBe('promoted')
    expect(warnings).toContainEqual(expect.objectContaining({ kind: 'other-revision', revision: 'abc' }))
  })

  it.each(['abc', ''])(
    'is refused with expect-revision, before anything was changed (it says "%s")',
    async (revision) => {
      const scene = deploying({ jobs: pulled(revision) }, { inputs: { 'expect-revision': 'true' } })
      const report = await scene.report
      expectTrue(report, scene)
      expect(report.ending).toMatchObject({
        kind: 'unchanged',
        because: { code: 'prefetch.other_revision', revision },
      })
      expect(scene.host).toMatchObject({ state: 'unchanged' })
    },
  )

  it('is nothing to speak of where the image does not say, and nobody asked', async () => {
    const { ending, warnings } = await deploying({ jobs: pulled('') }).report
    expect(ending.kind).toBe('promoted')
    expect(warnings).toEqual([])
  })
})
