import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { deploy } from '../../../src/deploy/deploy.ts'
import { runPostRecovery } from '../../../src/deploy/post-recovery.ts'
import type { Ports } from '../../../src/model/ports.ts'
import { DeployError } from '../../../src/model/problem.ts'
import { describeEnding } from '../../../src/output/messages/outcomes.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { container, stateFact } from '../health/builders.ts'
import { HandClock, settled } from '../health/hand-clock.ts'
import { deploying, KEEPS_ALL, NO_FILES, overTime, RecordingReporter, useFakeTimers } from './deploying.ts'
import {
  GOOD_DAY,
  OLD_IMAGE,
  PREFLIGHT,
  refused,
  released,
  type Scene,
  ScriptedHost,
} from './scripted-host.ts'

const config = configOf(environmentWith({ image: 'registry.example.com/ai-trade:2' }))

/** A post step whose job asks the host, which stands as it was left. */
async function settling(host: ScriptedHost, connect: Ports['connect'] = () => host.connect()) {
  const clock = new HandClock()
  const settled = runPostRecovery(
    config,
    'ab12',
    { code: 'step.lost_contact' },
    {
      connect,
      hostProgram: '',
      clock,
      progress: new RecordingReporter(),
    },
  )
  for (let at = 0; at < 100; at += 1) await clock.advance(100)
  return (await settled).report
}

afterEach(() => {
  jest.useRealTimers()
})

describe('what happened while contact was away', () => {
  it('counts for a rollback whose deadline passed then', async () => {
    useFakeTimers()
    let back = false
    const run = deploying({
      reconnect: () => (back ? 'works' : refused()),
      jobs: { assess: (job) => job.end(1), rollback: (_, host) => host.stopJobs('rollback') },
    })
    while (!run.host.log.includes('start_job rollback')) await settled()
    await jest.advanceTimersByTimeAsync(440_000)
    run.host.die()
    await settled()
    const job = run.host.job('rollback')
    run.host.state = 'rolled_back'
    job.fact('rolled_back')
    job.fact('container', ...stateFact(container({ imageId: OLD_IMAGE, health: 'healthy' })).slice(1))
    job.end(0)
    await jest.advanceTimersByTimeAsync(41_000)
    back = true
    for (let at = 0; at < 200; at += 1) await run.clock.advance(100)
    expect((await run.report).ending.kind).toBe('rolled_back')
  })

  it('counts for the health of a release, also where contact was lost a moment before the deadline', async () => {
    let back = false
    const run = deploying(
      {
        reconnect: () => (back ? 'works' : refused()),
        jobs: {
          watch: (job) => {
            for (const service of ['ai-trade', 'watchdog'])
              job.fact(...stateFact(released({ service, health: 'starting' })))
          },
        },
      },
      { inputs: { 'health-timeout': '5s' } },
    )
    while (!run.host.log.includes('start_job watch')) await settled()
    await run.clock.advance(3000)
    run.host.die()
    await settled()
    for (const service of ['ai-trade', 'watchdog'])
      run.host.job('watch').fact(...stateFact(released({ service })))
    for (let at = 0; at < 30; at += 1) await run.clock.advance(100)
    back = true
    const { ending } = await overTime(run)
    expect(run.progress.told.map(({ kind }) => kind)).toContain('contact-lost')
    expect(ending).toEqual({ kind: 'promoted' })
  })
})

describe('a deployment', () => {
  it('is watched for as long as it may take', async () => {
    let seconds = ''
    const watch = (...[job, host]: Parameters<NonNullable<Scene['jobs']>[string]>) => {
      seconds = job.words[0] ?? ''
      GOOD_DAY.watch?.(job, host)
    }
    const inputs = { 'evidence-timeout': '12h', 'assess-timeout': '4h' }
    await deploying({ jobs: { watch } }, { inputs }).report
    expect(Number(seconds)).toBeGreaterThan(16 * 3600)
  })

  it('counts what came since its first look as come later, also after a recovery', async () => {
    let lockNumber = 9
    const plans: string[] = []
    const run = deploying({
      preflight: () => [
        ...PREFLIGHT.filter((line) => !line.startsWith('fact\tlock_number')),
        `fact\tlock_number\t${++lockNumber}`,
      ],
      fault: (call) => {
        if (call.verb === 'begin') plans.push(call.stdin)
        return 'none'
      },
      jobs: {
        recover(job, host) {
          host.unfinished.shift()
          job.fact('recovered', '0ld', 'rolled_back')
          job.end(0)
          // A newer run, which waited, had the lock.
          lockNumber += 5
        },
      },
    })
    run.host.unfinished.push('0ld\tapplied')
    await overTime(run)
    expect(plans.map((plan) => /^arrived\t(\d+)$/m.exec(plan)?.[1])).toEqual(['10', '10'])
  })

  it('that is cut short while it recovers an earlier one claims nothing of what runs', async () => {
    const lost = deploying({
      reconnect: () => refused(),
      jobs: { recover: (_job, host) => host.die() },
    })
    lost.host.unfinished.push('0ld\tapplied')
    expect(describeEnding(await overTime(lost)).runsNow).toMatch(/^Not verified: /u)

    const cancelled = deploying({ jobs: { recover: () => undefined } })
    cancelled.host.unfinished.push('0ld\tapplied')
    while (!cancelled.host.log.some((entry) => entry.startsWith('start_job recover'))) await settled()
    cancelled.cancel()
    const report = await cancelled.report
    expect(report.ending.kind).toBe('unchanged')
    expect(describeEnding(report).runsNow).toMatch(/^Not verified: /u)
  })

  it('that was verified keeps its outcome, although the run is cancelled while the connection is closed', async () => {
    const run = deploying()
    run.host.closing = async () => {
      if (run.host.state === 'promoted') run.cancel()
    }
    expect((await run.report).ending.kind).toBe('promoted')
    expect(run.saved.at(-1)).toBe('outcome=promoted')
  })

  it('is reported also where its end cannot be saved for the post step', async () => {
    const host = new ScriptedHost()
    const report = await deploy(config, {
      connect: () => host.connect(),
      hostProgram: '',
      clock: new HandClock(),
      progress: new RecordingReporter(),
      reportStore: KEEPS_ALL,
      stepState: {
        begins: () => undefined,
        ended: () => {
          throw new Error('ENOSPC')
        },
      },
      workspace: NO_FILES,
      cancelled: new AbortController().signal,
    })
    expect(report.ending.kind).toBe('promoted')
  })

  it('gives a host up that opens no shell', async () => {
    useFakeTimers()
    const report = deploy(config, {
      connect: async () => ({
        open: () => new Promise(() => {}),
        lost: new Promise(() => {}),
        close: async () => undefined,
      }),
      hostProgram: '',
      clock: new HandClock(),
      progress: new RecordingReporter(),
      reportStore: KEEPS_ALL,
      stepState: { begins: () => undefined, ended: () => undefined },
      workspace: NO_FILES,
      cancelled: new AbortController().signal,
    })
    await jest.advanceTimersByTimeAsync(60_000)
    expect((await report).ending).toMatchObject({
      kind: 'unchanged',
      because: { code: 'ssh.shell_unusable' },
    })
  })

  it('that was stopped at its deadline says so, whatever was seen of the job while it was stopped', async () => {
    const run = deploying(
      {
        jobs: { assess: () => undefined },
        fault: (call, _number, host) => {
          // The leader is dead, and nobody has written down why yet.
          if (call.verb === 'stop_job') host.job('assess').end(137)
          return 'none'
        },
      },
      { inputs: { 'assess-timeout': '1s' } },
    )
    expect((await run.report).ending).toMatchObject({
      because: {
        code: 'gate.error',
        reasons: expect.arrayContaining([expect.objectContaining({ kind: 'runner-deadline' })]),
      },
    })
  })
})

describe('the post step', () => {
  it('tries more than once to connect', async () => {
    const host = new ScriptedHost({ reconnect: () => 'works' })
    host.state = 'promoted'
    let tries = 0
    const { ending } = await settling(host, async () => {
      tries += 1
      if (tries === 1) throw new DeployError(refused())
      return host.connect()
    })
    expect({ tries, kind: ending.kind }).toEqual({ tries: 2, kind: 'promoted' })
  })

  it('claims no more of a confirmed release than the host verified', async () => {
    const other = released({ imageId: `sha256:${'9'.repeat(64)}`, health: 'unhealthy' })
    const host = new ScriptedHost({
      jobs: {
        rollback(job) {
          job.fact('promoted')
          job.fact('container', ...stateFact(other).slice(1))
          job.end(0)
        },
      },
    })
    host.state = 'promoted'
    const words = describeEnding(await settling(host))
    expect(words.runsNow).toContain('It was not verified again.')
    expect(words.runsNow).not.toContain('ready')
  })

  it('does not claim what a rollback that ended well did not say', async () => {
    const host = new ScriptedHost({ jobs: { rollback: (job) => job.end(0) } })
    host.state = 'promoted'
    expect((await settling(host)).ending.kind).toBe('unknown')
  })
})
