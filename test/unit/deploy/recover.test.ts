import { describe, expect, it } from '@jest/globals'
import { afterRecovery } from '../../../src/deploy/recover.ts'
import { describeProblem } from '../../../src/output/messages/problem.ts'
import { describeWarning } from '../../../src/output/messages/warnings.ts'
import { deploying, expectTrue } from './deploying.ts'
import type { Job, ScriptedHost } from './scripted-host.ts'

const EARLIER = { transaction: 'ab12', state: 'applied' } as const
const IMAGE = `sha256:${'9'.repeat(64)}`

/** What the host does when it is asked to recover the first of its unfinished transactions. */
type Recovery = (job: Job, host: ScriptedHost) => void

const ending =
  (state: string, code = 0): Recovery =>
  (job, host) => {
    host.unfinished.shift()
    job.fact('recovered', 'ab12', state)
    job.end(code)
  }

/** A deployment on a host where somebody left `unfinished` in the middle. */
async function deployingAfter(unfinished: readonly string[], recovery: Recovery) {
  const scene = deploying({ jobs: { recover: recovery } })
  scene.host.unfinished.push(...unfinished)
  return { scene, report: await scene.report }
}

describe('a deployment that finds an unfinished earlier one', () => {
  it('has the host end that one first, without the lock, repeats preflight, and says so', async () => {
    const { scene, report } = await deployingAfter(['ab12\tapplied'], (job, host) => {
      job.fact('exception', 'drift', 'scheduler')
      ending('rolled_back')(job, host)
    })
    expect(report).toMatchObject({
      ending: { kind: 'promoted' },
      warnings: [
        {
          kind: 'recovered',
          ...EARLIER,
          end: 'rolled_back',
          exceptions: [{ kind: 'drift', service: 'scheduler' }],
        },
      ],
    })
    const { log } = scene.host
    const recovered = log.findIndex((call) => call.startsWith('start_job recover-'))
    expect(log.slice(recovered - 2, recovered)).toEqual(['release', 'installed'])
    expect(log.slice(recovered + 1)).toEqual(expect.arrayContaining(['preflight', 'acquire', 'begin']))
    expectTrue(report, scene)
  })

  it('ends them one after the other where there are several', async () => {
    const { report } = await deployingAfter(['ab12\tapplied', 'cd34\trolling_back'], ending('rolled_back'))
    expect(report.ending.kind).toBe('promoted')
    expect(report.warnings.map((warning) => 'transaction' in warning && warning.transaction)).toEqual([
      'ab12',
      'cd34',
    ])
  })

  it.each([
    ['promoted', 0],
    ['rollback_failed', 1],
    ['unchanged', 0],
  ])('goes on after that one ended as %s', async (state, code) => {
    const { report } = await deployingAfter(['ab12\tconfirming'], ending(state, code))
    expect(report).toMatchObject({
      ending: { kind: 'promoted' },
      warnings: [{ kind: 'recovered', state: 'confirming', end: state }],
    })
  })

  it('touches nothing where somebody changed the project since, and asks', async () => {
    const { scene, report } = await deployingAfter(['ab12\tapplied'], (job) => {
      job.fact('problem', 'foreign', 'image', 'ai-trade', 'ai-trade-1', IMAGE)
      job.fact('problem', 'foreign', 'env', 'AI_TRADE_IMAGE')
      job.end(67)
    })
    expect(report.ending).toMatchObject({
      kind: 'unchanged',
      because: {
        code: 'recover.foreign',
        ...EARLIER,
        changes: [
          { kind: 'image', service: 'ai-trade', container: 'ai-trade-1', imageId: IMAGE },
          { kind: 'env', key: 'AI_TRADE_IMAGE' },
        ],
      },
    })
    expect(scene.host.state).toBe('none')
    expect(scene.host.log).not.toContain('snapshot')
  })

  it.each<readonly [string, Recovery, string]>([
    ['the host could not end it', (job) => job.end(1), 'recover.failed'],
    ['somebody else took the project', (job) => job.end(66), 'lock.lost'],
    ['it is still there afterwards', (job) => saysEnded(job), 'recover.failed'],
  ])('changes nothing where %s', async (_, recovery, code) => {
    const { scene, report } = await deployingAfter(['ab12\tapplied'], recovery)
    expect(report.ending).toMatchObject({ kind: 'unchanged', because: { code } })
    expectTrue(report, scene)
  })
})

function saysEnded(job: Job): void {
  job.fact('recovered', 'ab12', 'rolled_back')
  job.end(0)
}

describe('what is said of it', () => {
  const NONE = [] as const

  it.each(['promoted', 'rolled_back', 'rollback_failed', 'unchanged'] as const)('after %s', (end) => {
    const after = afterRecovery(EARLIER, { kind: 'ended', end, exceptions: NONE }, '/opt/ai trade')
    expect(after.kind).toBe('goes-on')
    if (after.kind === 'goes-on') expect(describeWarning(after.tells)).toContain('ab12')
  })

  it('where a person has to decide', () => {
    const changes = [
      { kind: 'image', service: 's', container: 'c', imageId: IMAGE },
      { kind: 'env', key: 'AI_TRADE_IMAGE' },
    ] as const
    const after = afterRecovery(EARLIER, { kind: 'foreign', changes }, '/opt/ai trade')
    if (after.kind !== 'stops') throw new Error('it goes on')
    const { what, next } = describeProblem(after.problem)
    expect(what).toContain('999999999999')
    expect(what).toContain('AI_TRADE_IMAGE')
    expect(next).toContain(`sh '/opt/ai trade/.closed-loop/host.sh' rollback ab12`)
  })
})
