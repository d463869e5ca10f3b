import { afterEach, describe, expect, it, jest } from '@jest/globals'
import type { ContainerState } from '../../../src/host/protocol/container.ts'
import type { DeploymentReport } from '../../../src/model/outcome.ts'
import { DeployError } from '../../../src/model/problem.ts'
import { container, stateFact } from '../health/builders.ts'
import { settled } from '../health/hand-clock.ts'
import {
  afterTimers,
  deploying,
  expectTrue,
  KEEPS_ALL,
  NO_FILES,
  overTime,
  RecordingReporter,
  useFakeTimers,
} from './deploying.ts'
import {
  type Fault,
  GOOD_DAY,
  type Job,
  NEW_IMAGE,
  OLD_IMAGE,
  PREFLIGHT,
  refused,
  released,
  reportLines,
} from './scripted-host.ts'

/** A deployment that takes another way than the test means must not be waited for for ever. */
async function until(condition: () => boolean): Promise<void> {
  for (let look = 0; look < 1000; look += 1) {
    if (condition()) return
    await settled()
  }
  throw new Error('the deployment did not get there')
}

afterEach(() => {
  jest.useRealTimers()
})

describe('deploy', () => {
  it('begins nothing on a host that ends what a login leaves running', async () => {
    const scene = deploying({ survived: 'no' })
    expect((await scene.report).ending).toEqual({
      kind: 'unchanged',
      because: { code: 'preflight.refused', findings: [{ finding: 'login-kills' }] },
    })
    expect(scene.host.state).toBe('none')
    expect(scene.host.closed).toBe('closed')
  })

  it('begins nothing where the second connection of the first checks cannot be made', async () => {
    const scene = deploying({ beside: refused() })
    expect((await overTime(scene)).ending).toEqual({ kind: 'unchanged', because: refused() })
    expect(scene.host.log.filter((verb) => verb !== 'ask_docker')).toEqual(['preflight'])
    expect(scene.host.closed).toBe('closed')
  })

  it('promotes a good release, and reports what was verified', async () => {
    const scene = deploying()
    const report = await scene.report
    expect(report).toMatchObject({
      ending: { kind: 'promoted' },
      gate: { kind: 'enforced', decision: { kind: 'pass' } },
      image: { reference: 'registry.example.com/ai-trade:2', imageId: NEW_IMAGE },
      previousImage: { imageId: OLD_IMAGE },
      warnings: [],
    })
    expect(report.timings.map(({ phase }) => phase)).toEqual([
      'connect',
      'preflight',
      'lock',
      'snapshot',
      'prefetch',
      'apply',
      'health',
      'evidence',
      'assess',
      'gate',
      'confirm',
      'reports',
    ])
    expect(scene.host).toMatchObject({ state: 'promoted', closed: 'closed', runningJobs: [] })
  })

  it('rolls back what the gate could not measure', async () => {
    const scene = deploying({
      jobs: {
        assess(job) {
          job.fact('runner_exit', '1')
          job.end(0)
        },
      },
    })
    const report = await scene.report
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'gate.error' } })
    expectTrue(report, scene)
  })

  it('confirms with CLOSED_LOOP_ENFORCE=false what the gate did not pass, and says so', async () => {
    const { report } = deploying(
      { jobs: { evidence: (job) => job.end(137) } },
      { variables: { CLOSED_LOOP_ENFORCE: 'false' } },
    )
    expect(await report).toMatchObject({
      ending: { kind: 'promoted' },
      gate: { kind: 'not_enforced', decision: { kind: 'inconclusive' } },
      warnings: [{ kind: 'gate-not-enforced' }],
    })
  })

  it('asks for the baseline only where a rule compares with it', async () => {
    const plain = deploying({}, { inputs: { 'gate-rules': 'runtime_assess.x == 1 missing: warn' } })
    expect(await plain.report).toMatchObject({
      ending: { kind: 'promoted' },
      warnings: [{ kind: 'rules-warned', count: 1 }],
    })
    expect(plain.host.log).not.toContain('baseline')
    const first = deploying({}, { inputs: { 'gate-rules': 'runtime_assess.x == baseline' } })
    expect(await first.report).toMatchObject({ ending: { kind: 'promoted' }, warnings: [] })
    expect(first.host.log).toContain('baseline')
  })

  it('rolls back what does not meet a rule against the last confirmed deployment', async () => {
    const reports = (x: number) =>
      reportLines({
        closedLoop: { overall_status: 'PASS' },
        runtimeAssess: { stage: 'S3', verdict: 'PASS', metrics: { x } },
      })
    const scene = (x: number) => ({
      reports: () => reports(x),
      baseline: ['fact\tbaseline\tbefore\t20260101T000000Z', ...reports(4)],
    })
    const inputs = { 'gate-rules': 'runtime_assess.metrics.x <= 1.5 * baseline' }
    expect((await deploying(scene(6), { inputs }).report).ending.kind).toBe('promoted')
    const worse = deploying(scene(7), { inputs })
    const report = await worse.report
    expect(report).toMatchObject({
      ending: {
        kind: 'rolled_back',
        because: { code: 'gate.failed', reasons: [{ kind: 'rule-unmet', got: 7, limit: 6 }] },
      },
      gate: { decision: { kind: 'fail', baseline: { kind: 'kept', transaction: 'before' } } },
    })
    expectTrue(report, worse)
    const shown = deploying(scene(7), { inputs, variables: { CLOSED_LOOP_ENFORCE: 'false' } })
    expect(await shown.report).toMatchObject({
      ending: { kind: 'promoted' },
      gate: { kind: 'not_enforced', decision: { kind: 'fail' } },
      warnings: [{ kind: 'gate-not-enforced' }],
    })
  })

  it('takes a baseline that the host cannot give for none', async () => {
    const scene = deploying(
      { fault: ({ verb }) => (verb === 'baseline' ? 'fails' : 'none') },
      { inputs: { 'gate-rules': 'runtime_assess.x == baseline' } },
    )
    expect(await scene.report).toMatchObject({
      ending: { kind: 'promoted' },
      gate: { decision: { baseline: { kind: 'unreadable', detail: 'no space left on device' } } },
    })
  })

  it('does not speak of PASS_WITH_ACTIONS where both reports say PASS, with warnings', async () => {
    const reports = reportLines({
      closedLoop: { overall_status: 'PASS', warn_reasons: ['a short halt'] },
      runtimeAssess: { stage: 'S3', verdict: 'PASS', warn_reasons: ['a short halt'] },
    })
    const { ending, gate, warnings } = await deploying({ reports: () => reports }).report
    expect(ending.kind).toBe('promoted')
    expect(gate).toMatchObject({ decision: { kind: 'pass', warnings: [{ kind: 'report' }] } })
    expect(warnings).toEqual([])
  })

  it('shows the log of the container that failed, and rolls back', async () => {
    const scene = deploying({
      jobs: { watch: (job) => job.fact(...stateFact(released({ state: 'exited', exitCode: 3 }))) },
    })
    const report = await scene.report
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'health.crashed' } })
    expect(scene.progress.tails).toEqual(['ai-trade'])
    expectTrue(report, scene)
  })
})

describe('deploy, when its rollback is killed on the host,', () => {
  /** So many rollbacks die before one does its work. */
  function dying(times: number) {
    let left = times
    return deploying({
      jobs: {
        assess: (job) => job.end(137),
        rollback(job, host) {
          left -= 1
          if (left >= 0) return job.end(137)
          host.state = 'rolled_back'
          job.fact('rolled_back')
          job.end(0)
        },
      },
    })
  }

  it('asks for another one, which checks the host', async () => {
    const scene = dying(2)
    const report = await scene.report
    expect(report.ending.kind).toBe('rolled_back')
    expect(scene.host.log.filter((call) => call.startsWith('start_job rollback'))).toHaveLength(3)
    expectTrue(report, scene)
  })

  it('claims nothing when that does not help', async () => {
    const scene = dying(3)
    expect((await scene.report).ending).toMatchObject({
      kind: 'unknown',
      because: { code: 'rollback.failed' },
    })
  })
})

describe('deploy, while a service beside the judged one takes longer to become ready,', () => {
  /** Until the assessment is at work and `watchdog` is not ready yet. */
  async function assessing() {
    const scene = deploying({
      jobs: {
        watch: (job) => {
          job.fact(...stateFact(released()))
          job.fact(...stateFact(released({ service: 'watchdog', health: 'starting' })))
        },
        assess: () => undefined,
      },
    })
    await until(() => scene.host.log.includes('start_job assess'))
    const assessed = () => {
      scene.host.job('assess').fact('runner_exit', '0')
      scene.host.job('assess').end(0)
    }
    const watchdog = (part: Partial<ContainerState>) =>
      scene.host.job('watch').fact(...stateFact(released({ service: 'watchdog', ...part })))
    return { scene, assessed, watchdog }
  }

  it('confirms nothing before it is', async () => {
    const { scene, assessed, watchdog } = await assessing()
    assessed()
    await until(() => scene.host.log.includes('reports'))
    await settled()
    expect(scene.host.log).not.toContain('start_job confirm')
    watchdog({ health: 'healthy' })
    expect((await scene.report).ending.kind).toBe('promoted')
  })

  it.each([
    ['crashes before it is', { state: 'exited', exitCode: 3 }, 'health.crashed'],
    ['turns unhealthy', { health: 'unhealthy' }, 'health.unhealthy'],
  ] as const)('rolls back when it %s', async (_, part, code) => {
    const { scene, watchdog } = await assessing()
    watchdog(part)
    const report = await scene.report
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code } })
    expectTrue(report, scene)
  })

  it('rolls back when it breaks after it was, with the assessment still at work', async () => {
    const { scene, watchdog } = await assessing()
    watchdog({ health: 'healthy' })
    await settled()
    watchdog({ health: 'healthy', startedAt: '2026-02-14T15:30:00Z' })
    const report = await scene.report
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'health.lost' } })
    expectTrue(report, scene)
  })
})

describe('deploy, when a container instance breaks while the evidence is gathered,', () => {
  const PHASES = ['evidence', 'assess'] as const
  const SIGNS = [
    ['restarted', { startedAt: '2026-02-14T15:30:00Z' }],
    ['unhealthy', { health: 'unhealthy' }],
    ['exited', { state: 'exited', exitCode: 3 }],
  ] as const satisfies readonly (readonly [string, Partial<ContainerState>])[]
  const CASES = PHASES.flatMap((kind) => SIGNS.map(([change, sign]) => [kind, change, sign] as const))

  /**
   * The container shows the sign while `kind` goes on, which never ends by itself; the host then ends the job as part of
   * the rollback. No clock here moves: what waited for a deadline would wait for ever.
   */
  async function brokenDuring(kind: (typeof PHASES)[number], sign: Partial<ContainerState>) {
    const scene = deploying({ jobs: { [kind]: () => undefined } })
    await until(() => scene.host.log.includes(`start_job ${kind}`))
    const before = scene.clock.now()
    scene.host.job('watch').fact(...stateFact(released(sign)))
    await until(() => scene.host.log.includes('start_job rollback'))
    const report = await scene.report
    await settled()
    expect(scene.clock.now()).toBe(before)
    return { scene, report }
  }

  it.each(CASES)('waits for nothing more and rolls back: %s, %s', async (kind, change, sign) => {
    const { scene, report } = await brokenDuring(kind, sign)
    expect(report.ending).toMatchObject({
      kind: 'rolled_back',
      because: { code: 'health.lost', change },
    })
    expect(scene.progress.tails).toEqual(['ai-trade'])
    expectTrue(report, scene)
  })

  it.each(CASES)('starts nothing more on the host: %s, %s', async (kind, _, sign) => {
    const { scene } = await brokenDuring(kind, sign)
    const { log } = scene.host
    expect(log.slice(log.indexOf('start_job rollback') + 1)).toEqual(['diagnostics'])
    expect(scene.progress.phases.slice(-2)).toEqual(['rollback', 'reports'])
    expect(scene.host.runningJobs).toEqual([])
  })
})

describe('deploy, whatever fails,', () => {
  const faults: readonly Fault[] = ['link-dies', 'link-dies-after', 'shell-dies', 'fails']

  async function everyCall(): Promise<readonly string[]> {
    const scene = deploying()
    await scene.report
    return scene.host.log
  }

  it.each(faults)(
    'says nothing untrue and closes the connection: %s at every call in turn',
    async (fault) => {
      const calls = await everyCall()
      const wrong: unknown[] = []
      for (const [number, what] of calls.entries()) {
        const scene = deploying({ fault: (_call, at) => (at === number ? fault : 'none') })
        const report = await overTime(scene)
        try {
          expectTrue(report, scene)
          expect(scene.host.closed).toBe('closed')
          // Nothing was done about it only where nothing could be done.
          if (report.ending.kind === 'unknown')
            expect(report.ending.because).toMatchObject({ code: 'ssh.not_regained' })
        } catch (error) {
          wrong.push([what, String(error)])
        }
      }
      expect(wrong).toEqual([])
    },
  )

  it('rolls back when one answer does not come in time, though the link is up', async () => {
    useFakeTimers()
    const wrong: unknown[] = []
    const calls = await everyCall()
    for (const [number, what] of calls.entries()) {
      const scene = deploying({ fault: (_call, at) => (at === number ? 'silent' : 'none') })
      const report = await afterTimers(scene)
      try {
        expectTrue(report, scene)
        expect(['promoted', 'unchanged', 'rolled_back']).toContain(report.ending.kind)
      } catch (error) {
        wrong.push([what, String(error)])
      }
    }
    expect(wrong).toEqual([])
  })

  it.each(['prefetch', 'apply', 'evidence', 'assess', 'confirm', 'rollback'])(
    'ends although the job %s never says how it ended',
    async (kind) => {
      useFakeTimers()
      const scene = deploying({
        jobs: {
          ...(kind === 'rollback' ? { assess: (job) => job.end(1) } : {}),
          // What a full disk leaves behind: the job is over, the file of its exit code is empty.
          [kind]: (job, host) => {
            GOOD_DAY[kind]?.({ ...job, end: () => job.end('') }, host)
          },
        },
      })
      const report = await afterTimers(scene)
      // Of a rollback whose end was lost, more than "not known to have worked" cannot be said.
      if (kind === 'rollback') expect(report.ending.kind).toMatch(/rollback_failed|unknown/u)
      else expectTrue(report, scene)
    },
  )

  it('never says unchanged once the host is past its boundary, whatever the last thing that was heard', async () => {
    const scene = deploying({
      jobs: {
        apply(job, host) {
          host.state = 'applying'
          job.end(137)
        },
      },
    })
    expectTrue(await scene.report, scene)
  })

  const NO_TRIGGER = 'the boot trigger (crontab) could not be set: crontab: No space left on device'

  it('warns of a boot trigger that could not be set, once, and goes on', async () => {
    const told = { kind: 'no-boot-trigger', detail: NO_TRIGGER } as const
    const scene = deploying({
      jobs: {
        apply(job, host) {
          job.fact('warning', told.kind, told.detail)
          job.fact('warning', told.kind, told.detail)
          job.fact('boundary')
          host.state = 'applied'
          job.end(1)
        },
      },
    })
    expect((await scene.report).warnings).toEqual([told])
  })

  it('changes nothing if the host cannot set a demanded boot trigger, and says so', async () => {
    const scene = deploying({
      jobs: {
        apply(job) {
          job.fact('refused', 'no_boot_trigger', NO_TRIGGER)
          job.end(10)
        },
      },
    })
    const report = await scene.report
    expectTrue(report, scene)
    expect(report.ending).toEqual({
      kind: 'unchanged',
      because: { code: 'apply.no_boot_trigger', detail: NO_TRIGGER },
    })
  })

  it('never says that a rollback failed where there was nothing to roll back', async () => {
    const scene = deploying({
      fault: (call) => (call.verb === 'start_job' && call.words[1] === 'apply' ? 'fails' : 'none'),
    })
    const report = await scene.report
    expectTrue(report, scene)
    expect(report.ending.kind).toBe('unchanged')
  })

  it('says unchanged, and starts no rollback, where the host can start no job any more and nothing was crossed', async () => {
    const scene = deploying({
      fault: (call, _at, host) =>
        call.verb === 'start_job' && host.state === 'prefetched' ? 'fails' : 'none',
    })
    const report = await scene.report
    expectTrue(report, scene)
    expect(report.ending.kind).toBe('unchanged')
    expect(scene.host.log).toContain('abandon')
  })

  it('does not say of a deployment past its boundary that what could not be put away affects nothing', async () => {
    const scene = deploying({
      jobs: {
        apply: (job, host) => {
          host.state = 'applying'
          job.end(1)
        },
      },
      fault: (call) => (call.verb === 'abandon' ? 'fails' : 'none'),
    })
    const report = await scene.report
    expectTrue(report, scene)
    expect(report.ending.kind).toBe('rolled_back')
    expect(report.warnings.map(({ kind }) => kind)).not.toContain('cleanup-failed')
  })

  it('says unchanged where the host can only say so, and write nothing down', async () => {
    const scene = deploying({
      fault: (call) => (call.verb === 'start_job' && call.words[1] !== 'prefetch' ? 'fails' : 'none'),
      abandon: 'untidy',
    })
    const report = await scene.report
    expect(report.ending.kind).toBe('unchanged')
    expect(report.warnings).toContainEqual({ kind: 'cleanup-failed', detail: 'no space left on device' })
  })

  it('rolls back at once when a container instance breaks, though another answer has not come yet', async () => {
    useFakeTimers()
    const scene = deploying({ fault: (call) => (call.verb === 'reports' ? 'silent' : 'none') })
    await jest.advanceTimersByTimeAsync(50)
    await until(() => scene.host.calls > 0 && scene.host.log.includes('start_job assess'))
    await jest.advanceTimersByTimeAsync(1000)
    scene.host.job('watch').fact(...stateFact(released({ state: 'exited', exitCode: 1 })))
    await jest.advanceTimersByTimeAsync(1000)
    expect(scene.host.log).toContain('start_job rollback')
    const report = await afterTimers(scene)
    expect(report.ending).toMatchObject({ kind: 'rolled_back', because: { code: 'health.lost' } })
    expectTrue(report, scene)
  })

  it('takes what ended in time for that, also where contact was away beyond the deadline', async () => {
    useFakeTimers()
    const run = deploying(
      {
        reconnect: (attempt) => (attempt === 1 ? refused() : 'works'),
        jobs: {
          assess: (job, host) => {
            setImmediate(() => host.die())
            setTimeout(() => {
              job.fact('runner_exit', '0')
              job.end(0)
            }, 30_000)
          },
        },
      },
      { inputs: { 'assess-timeout': '60s' } },
    )
    expect((await afterTimers(run)).ending).toEqual({ kind: 'promoted' })
  })

  it('does not cut a rollback short that takes longer than its deadline', async () => {
    useFakeTimers()
    const scene = deploying({ jobs: { assess: (job) => job.end(1), rollback: () => undefined } })
    const report = await afterTimers(scene)
    expect(report.ending.kind).toMatch(/rollback_failed|unknown/u)
    expect(scene.host.log).not.toContain('stop_job rollback')
  })

  it('closes the connection when the account can run no command', async () => {
    const scene = deploying({ open: 'refused' })
    expect((await scene.report).ending.kind).toBe('unchanged')
    expect(scene.host.closed).toBe('closed')
  })

  it.each(['boundary', 'running', 'ready', 'gate', 'rolling-back', 'rolled-back'] as const)(
    'says nothing untrue when telling of "%s" throws',
    async (kind) => {
      class ThrowingNarrator extends RecordingReporter {
        override tell(progress: Parameters<RecordingReporter['tell']>[0]): void {
          super.tell(progress)
          if (progress.kind === kind) throw new Error('a mistake in the words')
        }
      }
      const scene = deploying(
        { jobs: kind.startsWith('roll') ? { assess: (job) => job.end(1) } : {} },
        { progress: new ThrowingNarrator() },
      )
      expectTrue(await scene.report, scene)
    },
  )

  it('reports the outcome although keeping the reports throws', async () => {
    const { report } = deploying(
      {},
      { reportStore: { ...KEEPS_ALL, keep: () => Promise.reject(new Error('no thread could be started')) } },
    )
    expect(await report).toMatchObject({
      ending: { kind: 'promoted' },
      warnings: [{ kind: 'artifact-failed' }],
    })
  })

  it('reports the outcome although closing the connection throws', async () => {
    const scene = deploying()
    const { host } = scene
    host.closing = async () => {
      throw new DeployError({ code: 'ssh.lost', during: 'close', detail: 'EPIPE' })
    }
    const report = await scene.report
    expectTrue(report, scene)
    expect(report.ending.kind).toBe('promoted')
  })
})

describe('deploy, when the watch ends by itself,', () => {
  it('does not blame the release for what nobody saw', async () => {
    const scene = deploying({ jobs: { watch: (job) => job.end(137) } })
    let over: DeploymentReport | undefined
    void scene.report.then((report) => {
      over = report
    })
    // Long before the health timeout, which no clock here ever reaches: without a watch there is nothing to wait for.
    await until(() => over !== undefined)
    expect(over?.ending).toMatchObject({ kind: 'rolled_back' })
    expect(over?.ending).not.toMatchObject({ because: { code: 'health.not_ready_in_time' } })
  })

  it.each([
    [137, [], { reason: 'killed', signal: 9 }],
    [1, ['sh: out of memory'], { reason: 'other', exitCode: 1 }],
  ])('tells how: code %d, %j', async (code, words, problem) => {
    const watch = (job: Job) => {
      for (const line of words) job.text(line)
      job.end(code)
    }
    const { ending } = await deploying({ jobs: { watch } }).report
    expect(ending).toMatchObject({
      kind: 'rolled_back',
      because: { code: 'health.unwatched', detail: words.join(), ...problem },
    })
  })

  it('does not let a release pass whose container instances nobody watches any more', async () => {
    const scene = deploying({ jobs: { evidence: () => undefined } })
    await until(() => scene.host.log.includes('start_job evidence'))
    scene.host.job('watch').end(137)
    await settled()
    // The host looks once more before it confirms, so this may only be said late, never untrue.
    if (scene.host.runningJobs.includes('evidence')) {
      const evidence = scene.host.job('evidence')
      evidence.fact('evidence', '12', '1', '0')
      evidence.end(0)
    }
    expectTrue(await scene.report, scene)
  })
})

describe('what a report says of the services', () => {
  it('claims no state after an ending that verified nothing', async () => {
    const scene = deploying({
      jobs: {
        prefetch(job) {
          job.fact('problem', 'pull_failed', 'registry.example.com/ai-trade:2')
          job.end(1)
        },
      },
    })
    const { ending, services } = await scene.report
    expect(ending).toMatchObject({ kind: 'unchanged', because: { code: 'prefetch.pull_failed' } })
    expect(services.map(({ container: name }) => name)).toEqual([container().name])
  })
})

describe('deploy with files', () => {
  const CONCERNED = [
    ...PREFLIGHT,
    ...['fact\told_config\tread', 'fact\tchanged\tops/x', 'fact\tentry\tops\tchanged\t4'],
    ...['fact\tservice\tproxy', 'fact\tmount\tproxy\tproxy\t/opt/ai-trade/ops'],
    ['fact', ...stateFact(container({ service: 'proxy', name: 'proxy' }))]
      .join('\t')
      .replace('state', 'container'),
  ]

  function withFiles(preflight: readonly string[], scene: Parameters<typeof deploying>[0] = {}) {
    const calls: { readonly verb: string; readonly stdin: string }[] = []
    const run = deploying(
      {
        ...scene,
        preflight: () => preflight,
        fault: ({ verb, stdin }) => {
          calls.push({ verb, stdin })
          return 'none'
        },
      },
      { inputs: { files: 'ops' } },
    )
    const planOf = (verb: string) => calls.find((call) => call.verb === verb)?.stdin.split('\n') ?? []
    return { ...run, planOf }
  }

  it('has them on the host before anything is judged, and goes on with every service that they concern', async () => {
    useFakeTimers()
    const scene = withFiles(CONCERNED)
    const { host, planOf } = scene
    const { ending } = await overTime(scene)
    // Nobody starts the proxy here, so it is waited for in vain.
    const because = { code: 'health.not_ready_in_time', service: 'proxy' }
    expect(ending).toMatchObject({ kind: 'rolled_back', because })
    expect(host.log.slice(0, 3)).toEqual(['compare_files', 'stage_files', 'preflight'])
    expect(planOf('begin')).toEqual(
      expect.arrayContaining(['deploy\tai-trade', 'deploy\tproxy', 'touched\tproxy', 'file\tops']),
    )
    const incoming = planOf('begin').find((line) => line.startsWith('incoming\t'))
    expect(planOf('preflight')).toContain(incoming)
    expect(planOf('ask_docker')).toContain(incoming)
    expect(host.log).not.toContain('discard_files')
  })

  it('has the host remove them where nothing begins', async () => {
    const { report, host } = withFiles([...CONCERNED, 'fact\tredefined\tvolume\tdb\tchanged'])
    expect((await report).ending).toMatchObject({ because: { code: 'preflight.refused' } })
    expect(host.log.at(-1)).toBe('discard_files')
    expect(host.state).toBe('none')
  })

  it('connects to nothing where the workspace is not as the input says', async () => {
    const mistakes = [{ name: 'files', got: '"ops" (3 characters)', expected: 'a file or directory' }]
    const { report, host } = deploying(
      {},
      {
        inputs: { files: 'ops' },
        workspace: { ...NO_FILES, read: async () => ({ kind: 'wrong', mistakes }) },
      },
    )
    expect((await report).ending).toEqual({
      kind: 'unchanged',
      because: { code: 'config.invalid', mistakes },
    })
    expect(host.attempts).toBe(0)
  })
})
