import { describe, expect, it } from '@jest/globals'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import { stateFact } from '../health/builders.ts'
import { settled } from '../health/hand-clock.ts'
import { deploying, expectTrue, overTime } from './deploying.ts'
import {
  GOOD_DAY,
  type Job,
  NEW_IMAGE,
  OLD_IMAGE,
  RUN_ID,
  released,
  reportLines,
  type Scene,
  type ScriptedHost,
} from './scripted-host.ts'

const FULL = { variables: { CLOSED_LOOP_ACTION: 'full' } }
const AGAIN = '2026-02-14T15:40:00Z'

type Conclusion = 'PASS' | 'PASS_WITH_ACTIONS' | 'FAIL'

/** `overall`: what the whole of it concludes; as the log of the judged service unless said otherwise. */
const reportsOf = (verdict: Conclusion, action: string, overall = verdict) =>
  reportLines(
    {
      closedLoop: { overall_status: overall, trained: 0 },
      runtimeAssess: { stage: 'S3', verdict },
    },
    action,
  )

/** What the watch, or the runner's job, tells while `full` is at work. */
type Telling = (job: Job, host: ScriptedHost) => void

/** A deployment whose `full` concludes so while that happens; what is assessed afterwards passes unless said otherwise. */
function fullRun(
  happens: Telling,
  {
    first = 'PASS',
    overall = first,
    again = 'PASS',
    exit = 0,
    rules = '',
  }: {
    first?: Conclusion
    overall?: Conclusion
    again?: Conclusion
    exit?: number
    rules?: string
  } = {},
) {
  const confirmed: string[] = []
  const evidenceOf: string[] = []
  const scene: Scene = {
    jobs: {
      evidence(job, host) {
        evidenceOf.push(job.words[2] ?? '')
        GOOD_DAY.evidence?.(job, host)
      },
      assess(job, host) {
        if (job.words[0] === 'full') {
          happens(job, host)
          job.fact('runner_exit', String(exit))
          job.end(0)
        } else GOOD_DAY.assess?.(job, host)
      },
    },
    reports: (host) =>
      host.log.includes('start_job assess-again')
        ? reportsOf(again, 'assess')
        : reportsOf(first, 'full', overall),
    fault: ({ words, stdin }) => {
      if (words[1] === 'confirm') confirmed.push(stdin)
      return 'none'
    },
  }
  return { ...deploying(scene, { ...FULL, inputs: { 'gate-rules': rules } }), confirmed, evidenceOf }
}

const watch = (host: ScriptedHost, ...states: readonly Partial<ContainerState>[]) => {
  for (const state of states) host.job('watch').fact(...stateFact(released(state)))
}

/** As Docker tells it, which calls what it stops unhealthy. */
const STOPPED = { state: 'exited', exitCode: 143, health: 'unhealthy' }
const STARTING = { startedAt: AGAIN, health: 'starting' }
const READY_AGAIN = { startedAt: AGAIN, health: 'healthy' }
const RECREATED = { id: 'id-of-another', startedAt: AGAIN, health: 'healthy' }

describe('deploy, whose runner is called with full,', () => {
  it('is promoted by the reports of that run where nothing was restarted', async () => {
    const scene = fullRun(() => undefined)
    const report = await scene.report
    expect(report).toMatchObject({ ending: { kind: 'promoted' }, gate: { decision: { kind: 'pass' } } })
    expect(scene.host.log.filter((entry) => entry.includes('assess'))).toEqual([
      'start_job assess',
      'assessed',
    ])
  })

  it.each<readonly [string, Telling]>([
    ['the watch tells all of it', (_job, host) => watch(host, STOPPED, STARTING, READY_AGAIN)],
    [
      'the watch is late: the runner is over first',
      (job, host) => {
        job.fact(...stateFact(released(STARTING)))
        setImmediate(() => watch(host, { health: 'healthy' }, STOPPED, STARTING, READY_AGAIN))
      },
    ],
    [
      'the container is another one by then',
      (job, host) => {
        watch(host, STOPPED)
        host.job('watch').fact('gone', released().id)
        job.fact(...stateFact(released(RECREATED)))
      },
    ],
    [
      'the container is another one, and the watch is late',
      (job, host) => {
        job.fact('gone', released().id)
        job.fact(...stateFact(released({ ...RECREATED, health: 'starting' })))
        setImmediate(() => {
          watch(host, { health: 'healthy' }, STOPPED)
          host.job('watch').fact('gone', released().id)
          watch(host, RECREATED)
        })
      },
    ],
  ])(
    'assesses the boot to which the judged service was restarted, and confirms that: %s',
    async (_what, happens) => {
      const scene = fullRun(happens)
      const report = await overTime(scene)
      expect(report).toMatchObject({ ending: { kind: 'promoted' }, gate: { decision: { kind: 'pass' } } })
      expect(scene.evidenceOf).toEqual([released().startedAt, AGAIN])
      expect(scene.host.log).toContain('start_job assess-again')
      expect(scene.confirmed).toHaveLength(1)
      expect(scene.confirmed[0]?.trim().split('\n').toSorted()).toEqual([
        expect.stringMatching(`^id-of-\\S+\t${AGAIN}\t${NEW_IMAGE}\tai-trade$`),
        `id-of-watchdog\t${released().startedAt}\t${NEW_IMAGE}\twatchdog`,
      ])
      expect(scene.progress.told).toContainEqual({ kind: 'restarted', service: 'ai-trade' })
      expectTrue(report, scene)
    },
  )

  it.each<readonly [Conclusion, Conclusion, string]>([
    ['FAIL', 'PASS', 'promoted'],
    ['PASS', 'FAIL', 'rolled_back'],
  ])('judges the last assessment alone: %s, then %s', async (first, again, ending) => {
    const scene = fullRun((_job, host) => watch(host, STOPPED, READY_AGAIN), {
      first,
      again,
      exit: first === 'FAIL' ? 1 : 0,
    })
    const report = await overTime(scene)
    expect(report.ending.kind).toBe(ending)
    expectTrue(report, scene)
  })

  it.each<readonly [Conclusion, Conclusion]>([
    ['PASS', 'FAIL'],
    ['PASS', 'PASS_WITH_ACTIONS'],
    ['PASS_WITH_ACTIONS', 'FAIL'],
  ])('does not forget what speaks of no boot: the log is %s, the whole is %s', async (first, overall) => {
    const scene = fullRun((_job, host) => watch(host, STOPPED, READY_AGAIN), { first, overall, exit: 0 })
    const report = await overTime(scene)
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'gate.failed' } })
    expect(scene.host.log).not.toContain('start_job assess-again')
    expectTrue(report, scene)
  })

  it('does not forget a rule that was not met on something else than the log', async () => {
    const scene = fullRun((_job, host) => watch(host, STOPPED, READY_AGAIN), {
      rules: 'closed_loop_report.trained >= 1',
    })
    const report = await overTime(scene)
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'gate.failed' } })
    expect(scene.host.log).not.toContain('start_job assess-again')
  })

  it('assesses nothing after a run that could not measure', async () => {
    const scene = fullRun((_job, host) => watch(host, STOPPED, READY_AGAIN), { exit: 2 })
    const report = await overTime(scene)
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'gate.error' } })
    expect(scene.host.log).not.toContain('start_job assess-again')
    expect(report.failureLog).toMatchObject({
      kind: 'runner',
      job: 'assess',
      runDirectory: expect.stringMatching(new RegExp(`/${RUN_ID}$`)),
    })
  })

  it.each<readonly [string, Partial<ContainerState>, string]>([
    ['crashes and is restarted by Docker', { startedAt: AGAIN, restarts: 1 }, 'restarted'],
    ['crashes and is to be restarted by Docker', { state: 'restarting', restarts: 1 }, 'restarted'],
    ['runs out of memory', { ...STOPPED, exitCode: 137, outOfMemory: true }, 'exited'],
    ['is unhealthy', { health: 'unhealthy' }, 'unhealthy'],
    ['is unhealthy in its new boot', { startedAt: AGAIN, health: 'unhealthy' }, 'restarted'],
  ])('rolls back at once where the judged service %s', async (_what, state, change) => {
    const scene = deploying({ jobs: { assess: (_job, host) => watch(host, state) } }, FULL)
    const report = await scene.report
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'health.lost', change } })
    expectTrue(report, scene)
  })

  it('rolls back where another service is restarted', async () => {
    const scene = deploying(
      { jobs: { assess: (_job, host) => watch(host, { service: 'watchdog', startedAt: AGAIN }) } },
      FULL,
    )
    const report = await scene.report
    expect(report.ending).toMatchObject({ because: { code: 'health.lost', service: 'watchdog' } })
    expectTrue(report, scene)
  })

  it.each<readonly [string, Telling, object]>([
    ['stays stopped', (_job, host) => watch(host, STOPPED), { code: 'health.crashed', exitCode: 143 }],
    [
      'does not become ready',
      (_job, host) => watch(host, STOPPED, STARTING),
      { code: 'health.not_ready_in_time', seconds: 180 },
    ],
    [
      'is gone',
      (_job, host) => host.job('watch').fact('gone', released().id),
      { code: 'health.not_ready_in_time', state: 'no container' },
    ],
    [
      'is of another image',
      (_job, host) => {
        host.job('watch').fact('gone', released().id)
        watch(host, { ...RECREATED, imageId: OLD_IMAGE })
      },
      { code: 'health.lost', change: 'replaced' },
    ],
  ])('rolls back where the judged service %s', async (_what, happens, because) => {
    const scene = fullRun(happens)
    const report = await overTime(scene)
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because })
    expect(report.gate).toMatchObject({
      decision: { reasons: [{ kind: 'instance-ended', problem: because }] },
    })
    expect(scene.host.log).not.toContain('start_job assess-again')
    expectTrue(report, scene)
  })

  it('rolls back if it is restarted once more while that container instance is assessed', async () => {
    const scene = deploying(
      {
        jobs: {
          assess(job, host) {
            watch(host, job.words[0] === 'full' ? READY_AGAIN : { startedAt: '2026-02-14T15:50:00Z' })
            if (job.words[0] === 'full') GOOD_DAY.assess?.(job, host)
          },
        },
        reports: () => reportsOf('PASS', 'full'),
      },
      FULL,
    )
    const report = await overTime(scene)
    expect(report.ending).toMatchObject({ because: { code: 'health.lost', change: 'restarted' } })
    expect(scene.host.log).toContain('start_job assess-again')
    expectTrue(report, scene)
  })
})

describe('deploy, whose reports are caught half-written,', () => {
  const HALF = ['fact\treport\tclosedLoop\trun\tnew\t9', `fact\tbase64\t${btoa('{"overall')}`]

  it('reads them once more, a second later', async () => {
    let reads = 0
    const scene = deploying({
      reports: () => {
        reads += 1
        return reads === 1 ? HALF : reportsOf('PASS', 'assess')
      },
    })
    for (let look = 0; look < 200; look += 1) await settled()
    await scene.clock.advance(999)
    expect(reads).toBe(1)
    await scene.clock.advance(1)
    expect((await overTime(scene)).ending).toEqual({ kind: 'promoted' })
    expect(reads).toBe(2)
  })

  it('takes them then for what they are', async () => {
    const scene = deploying({ reports: () => HALF })
    expect((await overTime(scene)).ending).toMatchObject({ because: { code: 'gate.error' } })
    expect(scene.host.log.filter((entry) => entry === 'reports')).toHaveLength(2)
  })
})
