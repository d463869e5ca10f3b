import { afterEach, describe, expect, it, jest } from '@jest/globals'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import type { DeploymentReport } from '../../../src/model/outcome.ts'
import { LAST_LOOK_SECONDS } from '../../../src/model/timeouts.ts'
import { faultOf } from '../../../src/output/messages/problem.ts'
import { stateFact } from '../health/builders.ts'
import { settled } from '../health/hand-clock.ts'
import { afterTimers, type Deploying, deploying, expectTrue, useFakeTimers } from './deploying.ts'
import {
  type Job,
  NEW_IMAGE,
  OLD_IMAGE,
  released,
  reportLines,
  type Scene,
  type ScriptedHost,
} from './scripted-host.ts'

type Happens = (host: ScriptedHost) => void

const becomes =
  (part: Partial<ContainerState>): Happens =>
  (host) =>
    host.job('watch').fact(...stateFact(released(part)))

/** A deployment whose containers change as told in the middle of that job, which then goes on for ever. */
async function during(
  kind: 'watch' | 'evidence' | 'assess',
  happens: Happens,
  more: Pick<Scene, 'endedBy' | 'fault'> = {},
): Promise<{ readonly scene: Deploying; readonly report: DeploymentReport }> {
  const scene = deploying({ jobs: { [kind]: () => undefined }, ...more })
  for (let look = 0; look < 1000 && !scene.host.runningJobs.includes(kind); look += 1) await settled()
  happens(scene.host)
  return { scene, report: await scene.report }
}

/** A host that does not confirm: it saw by itself what became of the judged service. */
const confirmSees =
  (service: string, change: string) =>
  (job: Job): void => {
    job.fact('problem', 'lost', service, change, '3')
    job.end(1)
  }

const FAILING = reportLines({
  closedLoop: { overall_status: 'FAIL', sections: { runtime: { stage: 'S3', verdict: 'FAIL' } } },
  runtimeAssess: { stage: 'S3', verdict: 'FAIL' },
})

afterEach(() => {
  jest.useRealTimers()
})

const CRASHED = { state: 'exited', exitCode: 3 } as const

describe('the gate of a deployment whose judged container instance ends', () => {
  it.each(['evidence', 'assess'] as const)(
    'by a crash during %s is fail, with its last lines',
    async (kind) => {
      const { scene, report } = await during(kind, becomes(CRASHED))
      expect(report).toMatchObject({
        ending: { kind: 'rolled_back', because: { code: 'health.lost', change: 'exited', exitCode: 3 } },
        gate: {
          kind: 'enforced',
          decision: { kind: 'fail', reasons: [{ kind: 'instance-ended', problem: { exitCode: 3 } }] },
        },
        failureLog: { kind: 'logged', container: 'ai-trade', lines: ['the last line'] },
      })
      expectTrue(report, scene)
    },
  )

  it.each<readonly [string, Happens]>([
    ['replaced', becomes({ imageId: OLD_IMAGE })],
    ['removed', (host) => host.job('watch').fact('gone', released().id)],
  ])('because something else %s it is error: it could not be measured', async (change, happens) => {
    const { scene, report } = await during('evidence', happens)
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', change } },
      gate: { kind: 'enforced', decision: { kind: 'error' } },
    })
    expectTrue(report, scene)
  })

  it('because somebody stopped it from outside is error, which no exit code could tell', async () => {
    const { scene, report } = await during('evidence', becomes(CRASHED), { endedBy: 'docker' })
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', change: 'stopped' } },
      gate: { kind: 'enforced', decision: { kind: 'error' } },
    })
    expect(faultOf(report)).toBe('environment')
    expect(scene.host.log).toContain('log_tail')
    expectTrue(report, scene)
  })

  it('for an unknown cause is error, because Docker did not answer: nobody is blamed', async () => {
    const { scene, report } = await during('evidence', becomes(CRASHED), {
      endedBy: 'docker',
      fault: ({ verb }) => (verb === 'ended_by' ? 'fails' : 'none'),
    })
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', change: 'ended' } },
      gate: { decision: { kind: 'error' } },
    })
    expect(faultOf(report)).toBe('unknown')
    expectTrue(report, scene)
  })

  it('that was seen to be unhealthy is fail, also where Docker cannot be asked what ended it', async () => {
    const { report } = await during('evidence', becomes({ health: 'unhealthy' }), {
      fault: ({ verb }) => (verb === 'ended_by' ? 'fails' : 'none'),
    })
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', change: 'unhealthy' } },
      gate: { decision: { kind: 'fail' } },
    })
  })

  it.each([
    ['ended_by', 'error'],
    ['log_tail', 'fail'],
  ] as const)('is not waited for by the rollback, where %s has no answer: %s', async (silent, kind) => {
    useFakeTimers()
    const scene = deploying({
      jobs: { evidence: (_job, host) => becomes(CRASHED)(host) },
      fault: ({ verb }) => (verb === silent ? 'silent' : 'none'),
    })
    await jest.advanceTimersByTimeAsync((LAST_LOOK_SECONDS + 5) * 1000)
    expect(scene.host.log).toContain('start_job rollback')
    const report = await afterTimers(scene)
    expect(report).toMatchObject({ ending: { kind: 'rolled_back' }, gate: { decision: { kind } } })
    expectTrue(report, scene)
  })

  it('after a pass is decided by what ended the container instance, with the run that was judged', async () => {
    const scene = deploying({ jobs: { confirm: confirmSees('ai-trade', 'exited') } })
    const report = await scene.report
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', change: 'exited' } },
      gate: { decision: { kind: 'fail', verdict: 'PASS', overallStatus: 'PASS' } },
      failureLog: { kind: 'logged', container: 'ai-trade' },
    })
    expectTrue(report, scene)
  })

  it('counts, although CLOSED_LOOP_ENFORCE is false', async () => {
    const scene = deploying(
      { jobs: { confirm: confirmSees('ai-trade', 'removed') }, reports: () => FAILING },
      { variables: { CLOSED_LOOP_ENFORCE: 'false' } },
    )
    const report = await scene.report
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost' } },
      gate: { kind: 'enforced', decision: { kind: 'error', verdict: 'FAIL' } },
    })
  })
})

describe('the gate of a deployment that fails otherwise', () => {
  it('is not reached if the gate service never became ready', async () => {
    const { report } = await during('watch', becomes(CRASHED))
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.crashed' } },
      gate: { kind: 'not_run' },
      failureLog: { kind: 'logged', container: 'ai-trade', lines: ['the last line'] },
    })
  })

  it('is not reached where another service ends before the assessment did', async () => {
    const { report } = await during('assess', becomes({ service: 'watchdog', ...CRASHED }))
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', service: 'watchdog' } },
      gate: { kind: 'not_run' },
    })
  })

  it('stays as it was where another service ends after it', async () => {
    const scene = deploying({ jobs: { confirm: confirmSees('watchdog', 'exited') } })
    const report = await scene.report
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back', because: { code: 'health.lost', service: 'watchdog' } },
      gate: { kind: 'enforced', decision: { kind: 'pass' } },
    })
    expect(report.image.imageId).toBe(NEW_IMAGE)
  })
})
