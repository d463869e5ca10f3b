import { describe, expect, it } from '@jest/globals'
import { deploying } from './deploying.ts'

const BUSY = 75
const holder = (kind: string, where: string) =>
  `fact\tholder\t${kind}\tcd34\tocto\t${where}\t2026-02-14T15:00:00Z\t1\towner/repository\t/opt/ai-trade`

/** Answers to `acquire` in order; the last one again and again. */
function answers(...given: readonly (readonly [lines: readonly string[], code: number])[]) {
  let asked = 0
  return () => given[Math.min(asked++, given.length - 1)] ?? [[], 1]
}

describe('the lock of a project', () => {
  it('that is free is taken, after one preflight', async () => {
    const scene = deploying()
    expect((await scene.report).ending.kind).toBe('promoted')
    expect(scene.host.log.filter((verb) => verb === 'preflight')).toHaveLength(1)
  })

  it('that somebody has is waited for; the holder is named once, and preflight repeated', async () => {
    const busy = [[holder('deployment', 'https://github.com/o/r/actions/runs/7')], BUSY] as const
    const scene = deploying({ acquire: answers(busy, busy, [['fact\tacquired\t3'], 0]) })
    expect((await scene.report).ending.kind).toBe('promoted')
    expect(scene.host.log.filter((verb) => verb === 'preflight')).toHaveLength(2)
    const told = scene.progress.told.filter(({ kind }) => kind === 'locked')
    expect(told).toMatchObject([
      {
        holder: {
          kind: 'deployment',
          transaction: 'cd34',
          runUrl: 'https://github.com/o/r/actions/runs/7',
          attempt: '1',
          actor: 'octo',
          repository: 'owner/repository',
        },
      },
    ])
  })

  it('repeats preflight also if somebody had it between preflight and lock', async () => {
    const scene = deploying({ acquire: answers([['fact\tacquired\t2'], 0]) })
    await scene.report
    expect(scene.host.log.filter((verb) => verb === 'preflight')).toHaveLength(2)
  })

  it.each(['hold', 'command', 'deployment'])(
    'that a %s keeps too long: unchanged, and who it was',
    async (kind) => {
      const scene = deploying({
        acquire: () => {
          void scene.clock.advance(600_000)
          return [[holder(kind, 'words')], BUSY]
        },
      })
      expect((await scene.report).ending).toMatchObject({
        kind: 'unchanged',
        because: { code: 'lock.busy', holder: { kind } },
      })
      expect(scene.host.log).not.toContain('begin')
    },
  )

  it('is given back where nothing was begun', async () => {
    const scene = deploying({ fault: (call) => (call.verb === 'begin' ? 'fails' : 'none') })
    expect((await scene.report).ending.kind).toBe('unchanged')
    expect(scene.host.log.at(-1)).toBe('release')
  })
})
