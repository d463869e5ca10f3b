import { describe, expect, it } from '@jest/globals'
import { deploying, expectTrue, overTime } from './deploying.ts'
import type { Job } from './scripted-host.ts'

/** A command that ends with each of these codes in turn. */
function ending(...codes: readonly number[]) {
  let at = 0
  return (job: Job) => {
    job.text(`try ${at + 1}`)
    job.fact('exited', String(codes[at++] ?? 0))
    job.end(0)
  }
}

const COMMAND = { 'preflight-command': 'node check.js' }
const RETRIED = { ...COMMAND, 'preflight-retry-codes': '75' }

describe('a preflight-command', () => {
  it('that ends with 0 lets the deployment go on, after every image was pulled', async () => {
    const scene = deploying({ jobs: { trial: ending(0) } }, { inputs: COMMAND })
    const report = await scene.report
    expect(report.ending.kind).toBe('promoted')
    expect(scene.progress.phases.slice(4, 7)).toEqual(['prefetch', 'trial', 'apply'])
    expect(scene.progress.told).toContainEqual({ kind: 'tried' })
    expect(scene.progress.remoteLines).toContain('try 1')
  })

  it('that is not given is no phase', async () => {
    const scene = deploying({})
    await scene.report
    expect(scene.progress.phases).not.toContain('trial')
    expect(scene.host.log).not.toContain('start_job trial')
  })

  it.each([
    ['a code that is not listed', RETRIED, [3], { exitCode: 3, tries: 1, detail: 'try 1' }],
    ['a code without any list', COMMAND, [75], { exitCode: 75, tries: 1, detail: 'try 1' }],
    ['a listed code to the last try', RETRIED, [75, 75, 75], { exitCode: 75, tries: 3, detail: 'try 3' }],
    ['another code in a later try', RETRIED, [75, 1], { exitCode: 1, tries: 2, detail: 'try 2' }],
  ])('that ends with %s leaves everything as it is', async (_, inputs, codes, problem) => {
    const scene = deploying({ jobs: { trial: ending(...codes) } }, { inputs })
    const report = await overTime(scene)
    expectTrue(report, scene)
    expect(report.ending).toEqual({
      kind: 'unchanged',
      because: { code: 'preflight.command_failed', ...problem },
    })
    expect(scene.host).toMatchObject({ state: 'unchanged' })
    expect(scene.host.log).not.toContain('start_job apply')
  })

  it('that ends with a listed code is tried again, as a job of its own', async () => {
    const scene = deploying({ jobs: { trial: ending(75, 75, 0) } }, { inputs: RETRIED })
    const { ending: end } = await overTime(scene)
    expect(end.kind).toBe('promoted')
    expect(scene.host.log.filter((line) => line.includes('trial'))).toEqual([
      ...['start_job trial', 'start_job trial-2', 'start_job trial-3'],
    ])
    expect(scene.progress.told).toContainEqual({ kind: 'trying-again', exitCode: 75, tryNumber: 2, tries: 3 })
  })

  it.each([
    ['Docker could not run it', ['text', 'no such network'], 'preflight.command_not_run'],
    ['the env file cannot be edited', ['fact', 'refused', 'env_edit', 'x'], 'apply.env_edit_refused'],
    ['the lock was lost', ['fact', 'problem', 'lock_lost'], 'lock.lost'],
  ])('says so where %s', async (_, [kind = '', ...words], code) => {
    const trial = (job: Job) => {
      if (kind === 'text') job.text(words.join(' '))
      else job.fact(...words)
      job.end(1)
    }
    const scene = deploying({ jobs: { trial } }, { inputs: RETRIED })
    const report = await overTime(scene)
    expectTrue(report, scene)
    expect(report.ending).toMatchObject({ kind: 'unchanged', because: { code } })
  })
})
