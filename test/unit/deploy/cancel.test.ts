import { describe, expect, it } from '@jest/globals'
import { settled } from '../health/hand-clock.ts'
import { deploying, KEEPS_ALL } from './deploying.ts'
import { BEFORE_BOUNDARY } from './scripted-host.ts'

/** Every call of a good deployment, in order. */
async function everyCall(): Promise<readonly string[]> {
  const scene = deploying()
  await scene.report
  return scene.host.log
}

/** A deployment that is cancelled as its call of this number arrives on the host. */
async function cancelledAt(number: number) {
  let cancel = () => {}
  const scene = deploying({
    fault: (_call, at) => {
      if (at === number) cancel()
      return 'none'
    },
  })
  cancel = scene.cancel
  const report = await scene.report
  const told = scene.host.log.length
  await settled()
  return { scene, report, startedLater: scene.host.log.slice(told) }
}

describe('deploy, when the run is cancelled,', () => {
  it('says at once only what is so, and starts nothing more, at every call in turn', async () => {
    const wrong: unknown[] = []
    for (const [number, what] of (await everyCall()).entries()) {
      const { scene, report, startedLater } = await cancelledAt(number)
      const { ending } = report
      try {
        expect(startedLater).toEqual([])
        expect(scene.host.closed).toBe('closed')
        expect(scene.saved.at(-1)).toBe('outcome=cancelled')
        expect(ending).toMatchObject({ because: { code: 'step.cancelled' } })
        if (ending.kind === 'unchanged') expect(BEFORE_BOUNDARY).toContain(scene.host.state)
        else expect(ending.kind).toBe('unknown')
      } catch (error) {
        wrong.push([what, String(error)])
      }
    }
    expect(wrong).toEqual([])
  })

  it('has saved the transaction before the host holds anything of it', async () => {
    const calls = await everyCall()
    const { scene } = await cancelledAt(calls.indexOf('acquire'))
    expect(scene.saved).toEqual([expect.stringMatching(/^transaction=[0-9a-f]{16}$/), 'outcome=cancelled'])
  })

  it('before it began at all: unchanged', async () => {
    const scene = deploying()
    scene.cancel()
    expect((await scene.report).ending).toMatchObject({ kind: 'unchanged' })
  })

  it('keeps the outcome that was known by then, and says so to the post step', async () => {
    const scene = deploying({}, { reportStore: { ...KEEPS_ALL, keep: () => new Promise(() => {}) } })
    while (!scene.saved.includes('outcome=promoted')) await settled()
    scene.cancel()
    expect((await scene.report).ending).toEqual({ kind: 'promoted' })
    expect(scene.saved.at(-1)).toBe('outcome=promoted')
  })
})
