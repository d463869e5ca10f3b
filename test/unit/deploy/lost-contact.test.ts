import { describe, expect, it } from '@jest/globals'
import type { Problem } from '../../../src/model/problem.ts'
import { settled } from '../health/hand-clock.ts'
import { type Deploying, deploying, expectTrue, overTime } from './deploying.ts'
import { BEFORE_BOUNDARY, type Fault, refused, type Scene } from './scripted-host.ts'

const LEASE_SECONDS = 90

/** The host shows another key than the known one. */
const CHANGED: Problem = {
  code: 'ssh.host_key_changed',
  hop: 'host',
  host: 'host.example.com',
  port: 22,
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:new',
  expectedFingerprints: ['SHA256:old'],
  acceptLine: 'host.example.com ssh-ed25519 AAAA',
}

/** Every call from the snapshot on: the transaction has begun, and contact that is lost is made again. */
async function callsOfTransaction(
  scene: Scene = {},
): Promise<readonly (readonly [number: number, what: string])[]> {
  const calls: string[] = []
  await deploying({
    ...scene,
    fault: ({ verb, words }, number) => {
      if (number >= 0) calls[number] = `${verb} ${words[1] ?? ''}`
      return 'none'
    },
  }).report
  return [...calls.entries()].slice(calls.findIndex((call) => call.startsWith('snapshot')))
}

/** A deployment whose call of this number meets `fault`. */
const failing = (number: number, fault: Fault, scene: Scene = {}) =>
  deploying({ ...scene, fault: (_call, at) => (at === number ? fault : 'none') })

/** Asserts it for every call in turn, and names those for which it is not so. */
async function forEachCall(
  fault: Fault,
  scene: Scene,
  assertion: (run: Deploying, what: string) => Promise<void>,
): Promise<void> {
  const wrong: unknown[] = []
  for (const [number, what] of await callsOfTransaction(scene)) {
    try {
      await assertion(failing(number, fault, scene), what)
    } catch (error) {
      wrong.push([what, String(error)])
    }
  }
  expect(wrong).toEqual([])
}

const startsOf = ({ host }: Deploying) => host.log.filter((entry) => entry.startsWith('start_job'))
const kinds = ({ progress }: Deploying) => progress.told.map(({ kind }) => kind)

describe('deploy, when contact is lost and comes back,', () => {
  const works: Scene = { reconnect: () => 'works' }
  const bad: Scene = { ...works, jobs: { assess: (job) => job.end(1) } }
  const losses = ['link-dies', 'link-dies-after', 'shell-dies'] as const

  it.each(losses)('promotes, and starts each job once: %s at every call in turn', async (fault) => {
    await forEachCall(fault, works, async (run) => {
      const report = await run.report
      expectTrue(report, run)
      expect(report.ending.kind).toBe('promoted')
      expect(startsOf(run)).toEqual(
        ['prefetch', 'apply', 'watch', 'evidence', 'assess', 'confirm'].map((job) => `start_job ${job}`),
      )
      expect(run.host.closed).toBe('closed')
    })
  })

  it.each(losses)(
    'rolls back a release that the gate did not pass: %s at every call in turn',
    async (fault) => {
      await forEachCall(fault, bad, async (run) => {
        const report = await run.report
        expectTrue(report, run)
        expect(report.ending.kind).toBe('rolled_back')
        expect(startsOf(run).filter((start) => start === 'start_job rollback')).toHaveLength(1)
      })
    },
  )

  it.each(['link-dies', 'shell-dies'] as const)(
    'goes on following every job: %s at each question for news in turn',
    async (fault) => {
      for (let number = 0; number < 12; number += 1) {
        let questions = 0
        const run = deploying({
          ...works,
          fault: ({ verb }) => (verb === 'follow' && questions++ === number ? fault : 'none'),
        })
        const report = await run.report
        expectTrue(report, run)
        expect([number, report.ending.kind]).toEqual([number, 'promoted'])
      }
    },
  )

  it('says so once, and once when it is back', async () => {
    const run = deploying({
      reconnect: (attempt) => (attempt < 3 ? refused() : 'works'),
      fault: (call) =>
        call.verb === 'start_job' && call.words[1] === 'assess' && run.host.attempts === 1
          ? 'link-dies'
          : 'none',
    })
    await overTime(run)
    expect(run.progress.told.filter(({ kind }) => kind.startsWith('contact'))).toEqual([
      {
        kind: 'contact-lost',
        because: { code: 'ssh.lost', during: expect.any(String), detail: 'keepalive timeout' },
        seconds: 0.9 * LEASE_SECONDS,
      },
      { kind: 'contact-regained', afterSeconds: 1.5 },
    ])
  })

  it('says nothing where only a shell died, and takes another one', async () => {
    const run = deploying({
      fault: (call, at) => (at === 8 && call.verb !== 'follow' ? 'shell-dies' : 'none'),
    })
    expect((await run.report).ending.kind).toBe('promoted')
    expect(run.host.attempts).toBe(1)
    expect(kinds(run)).not.toContain('contact-lost')
  })

  it('does not connect for ever to a host whose shells die without an answer', async () => {
    let dying = false
    const run = deploying({
      ...works,
      fault: (call) => {
        dying ||= call.verb === 'start_job' && call.words[1] === 'apply'
        return dying ? 'shell-dies' : 'none'
      },
    })
    const report = await overTime(run)
    expect(report.ending).toMatchObject({ kind: 'unknown', because: { code: 'ssh.not_regained' } })
    expect(run.host.attempts).toBeLessThan(30)
  })
})

describe('deploy, when contact is lost and does not come back,', () => {
  it.each(['link-dies', 'link-dies-after'] as const)(
    'tries as long as the lease allows, and then claims nothing: %s at every call in turn',
    async (fault) => {
      await forEachCall(fault, {}, async (run) => {
        const { ending } = await overTime(run)
        expect(ending).toMatchObject({
          kind: run.host.state === 'snapshotted' || run.host.state === 'begun' ? 'unchanged' : ending.kind,
          because: { code: 'ssh.not_regained', seconds: 81, last: { code: 'ssh.unreachable' } },
        })
        if (!BEFORE_BOUNDARY.includes(run.host.state)) expect(ending.kind).toBe('unknown')
        expect(run.clock.now()).toBeGreaterThanOrEqual(80_000)
        expect(run.clock.now()).toBeLessThan(90_000)
        // 0, 0.5, 1, 2, 4 and then each 5 s.
        expect(run.host.attempts).toBeGreaterThanOrEqual(15)
        expect(run.host.attempts).toBeLessThanOrEqual(22)
      })
    },
  )

  it('does not say that the watch had failed, where it was lost while a release was to become ready', async () => {
    const run = deploying({ reconnect: () => refused(), jobs: { watch: () => undefined } })
    while (!run.host.runningJobs.includes('watch')) await settled()
    run.host.die()
    const { ending } = await overTime(run)
    expect(ending).toMatchObject({ kind: 'unknown', failure: { code: 'ssh.not_regained' } })
  })

  it.each<[string, Problem]>([
    ['the host shows another key', CHANGED],
    [
      'the key is refused',
      {
        code: 'ssh.authentication_failed',
        hop: 'host',
        host: 'h',
        port: 22,
        username: 'u',
        reason: 'key-refused',
        detail: 'the server takes: publickey',
      },
    ],
  ])('ends at once where %s, at every call in turn', async (_, problem) => {
    await forEachCall('link-dies', { reconnect: () => problem }, async (run) => {
      const { ending } = await run.report
      expect(ending).toMatchObject({ because: problem })
      expect(ending.kind).toBe(BEFORE_BOUNDARY.includes(run.host.state) ? ending.kind : 'unknown')
      expect(['unknown', 'unchanged']).toContain(ending.kind)
      expect(run.host.attempts).toBe(2)
      expect(run.clock.now()).toBe(0)
    })
  })
})

describe('deploy, when it is cancelled while contact is lost,', () => {
  it('ends at once and does not connect again, at every call in turn', async () => {
    await forEachCall('link-dies', { reconnect: () => refused() }, async (run) => {
      while (run.host.attempts < 2) await settled()
      run.cancel()
      const { ending } = await run.report
      expect(ending).toMatchObject({ because: { code: 'step.cancelled' } })
      await run.clock.advance(60_000)
      await run.clock.advance(60_000)
      expect(run.host.attempts).toBe(2)
    })
  })

  it('closes the connection that was being made', async () => {
    const run = deploying({
      reconnect: () => {
        run.cancel()
        return 'works'
      },
      fault: (call) => (call.verb === 'start_job' && call.words[1] === 'watch' ? 'link-dies' : 'none'),
    })
    expect((await run.report).ending).toMatchObject({ because: { code: 'step.cancelled' } })
    await settled()
    expect(run.host.closed).toBe('closed')
    expect(startsOf(run)).toEqual(['start_job prefetch', 'start_job apply'])
  })
})

describe('deploy, when the host was restarted while contact was lost,', () => {
  /** Once the link has died, the host is in another boot: its jobs are dead, and its lock is nobody's. */
  const restarted = (number: number, bootOf: (restarted: boolean) => string): Deploying => {
    let isRestarted = false
    const jobs = ['prefetch', 'watch', 'evidence', 'assess', 'confirm', 'apply'] as const
    const run: Deploying = deploying({
      reconnect: () => 'works',
      bootId: () => bootOf(isRestarted),
      fault: (_call, at) => {
        if (at === number) {
          isRestarted = true
          run.host.die()
          for (const job of jobs) if (run.host.runningJobs.includes(job)) run.host.job(job).end(137)
          return 'link-dies'
        }
        return 'none'
      },
    })
    return run
  }

  it('says so, past the boundary, and not that Docker or the release failed', async () => {
    const calls = await callsOfTransaction()
    const told: unknown[] = []
    for (const [number, what] of calls.filter(([, what]) => /assess|reports/u.test(what))) {
      const run = restarted(number, (isRestarted) => (isRestarted ? 'boot-2' : 'boot-1'))
      const { ending } = await overTime(run)
      expectTrue(await run.report, run)
      told.push([what, ending.kind, 'because' in ending ? ending.because.code : ''])
    }
    expect(told).toEqual(told.map((one) => [(one as string[])[0], 'rolled_back', 'host.restarted']))
    expect(told.length).toBeGreaterThan(2)
  })

  it.each([
    ['the kernel names no boot', ''],
    ['it is the same boot', 'boot-1'],
  ])('claims nothing where %s', async (_what, boot) => {
    const calls = await callsOfTransaction()
    const [number = -1] = calls.find(([, what]) => what.endsWith('assess')) ?? []
    const run = restarted(number, (isRestarted) => (isRestarted ? boot : 'boot-1'))
    const { ending } = await overTime(run)
    expect('because' in ending ? ending.because.code : ending.kind).not.toBe('host.restarted')
  })
})
