import { describe, expect, it } from '@jest/globals'
import { deploying } from './deploying.ts'

const OLD = [
  'fact\tdata_root\t/var/lib/docker\t1000\t1',
  ...['3', '2', '1'].map((n) => `fact\trelease\tt${n}\tAI_TRADE_IMAGE\treg/app:${n}\tsha256:${n}`),
  'fact\timage\tsha256:1',
  'fact\ttag\tsha256:1\treg/app:1',
]

const PRUNE = { inputs: { 'prune-images': 'old' } }

describe('images of old releases', () => {
  it('are removed after the promotion, and what was freed is said', async () => {
    const removed = ['fact\tremoved\tsha256:1', 'fact\tdata_root\t/var/lib/docker\t3048\t1']
    const scene = deploying({ answers: { old_images: [OLD, 0], remove_images: [removed, 0] } }, PRUNE)
    const { ending, warnings } = await scene.report
    expect(ending.kind).toBe('promoted')
    expect(warnings).toEqual([])
    expect(scene.progress.phases.at(-1)).toBe('prune')
    expect(scene.progress.told).toContainEqual({
      kind: 'pruned',
      images: [expect.objectContaining({ imageId: 'sha256:1', tags: ['reg/app:1'] })],
      freedBytes: 2048 * 1024,
    })
    expect(scene.host.log.slice(-2)).toEqual(['old_images', 'remove_images'])
  })

  it('stay where nobody asks, and after a release that was not promoted', async () => {
    const silent = deploying({})
    await silent.report
    const failed = deploying({ jobs: { apply: (job) => job.end(1) } }, PRUNE)
    await failed.report
    for (const { host } of [silent, failed]) expect(host.log).not.toContain('old_images')
  })

  it('are none where there is nothing old', async () => {
    const scene = deploying({ answers: { old_images: [OLD.slice(0, 3), 0] } }, PRUNE)
    await scene.report
    expect(scene.progress.told).toContainEqual({ kind: 'pruned', images: [] })
    expect(scene.host.log).not.toContain('remove_images')
  })

  it.each<[string, Parameters<typeof deploying>[0], string]>([
    [
      'somebody else is at work',
      { answers: { old_images: [OLD, 0], remove_images: [[], 66] } },
      'somebody else works on the project',
    ],
    ['the host does not say', { answers: { old_images: [[], 1] } }, 'ssh.shell_unusable'],
    [
      'Docker keeps one',
      { answers: { old_images: [OLD, 0], remove_images: [['text\timage is being used'], 0] } },
      'image is being used',
    ],
  ])('that stay are a warning, and the release is promoted: %s', async (_, scene, detail) => {
    const { ending, warnings } = await deploying(scene, PRUNE).report
    expect(ending.kind).toBe('promoted')
    expect(warnings).toEqual([{ kind: 'prune-failed', detail }])
  })
})
