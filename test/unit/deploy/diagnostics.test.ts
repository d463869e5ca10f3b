import { afterEach, describe, expect, it, jest } from '@jest/globals'
import type { Diagnostics, ReportStore } from '../../../src/model/ports.ts'
import { settled } from '../health/hand-clock.ts'
import { afterTimers, deploying, expectTrue, KEEPS_ALL, overTime, useFakeTimers } from './deploying.ts'
import type { Fault, Scene, ScriptedHost } from './scripted-host.ts'

afterEach(() => {
  jest.useRealTimers()
})

/** A release that the gate refuses. */
const REFUSED: NonNullable<Scene['jobs']> = {
  assess(job) {
    job.fact('runner_exit', '1')
    job.end(0)
  },
}

const FAULTS: readonly Fault[] = ['fails', 'link-dies', 'link-dies-after', 'shell-dies', 'silent']

/** One call of this verb goes wrong. */
function failing(verb: string, fault: Fault): Scene {
  let left = 1
  return {
    jobs: REFUSED,
    reconnect: () => 'works',
    fault: (call) => {
      if (call.verb !== verb || left === 0) return 'none'
      left -= 1
      return fault
    },
  }
}

/** A store that remembers what it was to keep. */
function remembering(): { readonly store: ReportStore; readonly kept: Diagnostics[] } {
  const kept: Diagnostics[] = []
  return {
    kept,
    store: {
      ...KEEPS_ALL,
      keepDiagnostics: (id, diagnostics) => {
        kept.push(diagnostics)
        return KEEPS_ALL.keepDiagnostics(id, diagnostics)
      },
    },
  }
}

const of = (host: ScriptedHost, ...calls: readonly string[]) =>
  host.log.filter((call) => calls.some((one) => call.startsWith(one)))

describe('diagnostics', () => {
  it('are asked for after the rollback, which gathers them by itself', async () => {
    const { store, kept } = remembering()
    const scene = deploying({ jobs: REFUSED }, { reportStore: store })
    const report = await scene.report
    expect(of(scene.host, 'start_job rollback', 'diagnostics')).toEqual(['start_job rollback', 'diagnostics'])
    expect(kept).toMatchObject([
      {
        files: [{ name: 'journal', bytes: Buffer.from('it began') }],
        reports: { runMeta: { kind: 'found' } },
        gate: { kind: 'enforced', decision: { kind: 'error' } },
      },
    ])
    expect(report).toMatchObject({
      ending: { kind: 'rolled_back' },
      diagnostics: { kind: 'kept', path: '/temp' },
      warnings: [],
    })
    expect(scene.host.closed).toBe('closed')
  })

  it('are no concern of a release that is promoted', async () => {
    const { store, kept } = remembering()
    const scene = deploying({}, { reportStore: store })
    expect((await scene.report).diagnostics).toEqual({ kind: 'none' })
    expect(of(scene.host, 'diagnostics')).toEqual([])
    expect(kept).toEqual([])
  })

  it('are what there is where nothing was changed', async () => {
    const { store, kept } = remembering()
    const scene = deploying({ jobs: { prefetch: (job) => job.end(1) } }, { reportStore: store })
    expect((await scene.report).ending.kind).toBe('unchanged')
    expect(of(scene.host, 'abandon', 'diagnostics')).toEqual(['abandon', 'diagnostics'])
    expect(kept).toMatchObject([{ reports: undefined, gate: { kind: 'not_run' } }])
  })

  it('are not asked for where no transaction began', async () => {
    const scene = deploying({ survived: 'no' })
    expect(await scene.report).toMatchObject({ diagnostics: { kind: 'none' }, warnings: [] })
    expect(of(scene.host, 'diagnostics')).toEqual([])
  })

  it.each(FAULTS)('change no outcome where they cannot be had: %s', async (fault) => {
    useFakeTimers()
    const scene = deploying(failing('diagnostics', fault))
    const report = await afterTimers(scene)
    expect(report.ending.kind).toBe('rolled_back')
    const again = fault !== 'fails' && fault !== 'silent'
    // What a lost link cost is asked once more.
    expect(report.warnings).toMatchObject(again ? [] : [{ kind: 'diagnostics-failed' }])
    expectTrue(report, scene)
  })

  it('are not had where contact is lost for good, and that is said', async () => {
    const { store, kept } = remembering()
    const scene = deploying(
      { jobs: { ...REFUSED, rollback: (_job, host) => host.die() } },
      { reportStore: store },
    )
    const report = await overTime(scene)
    expect(report).toMatchObject({
      ending: { kind: 'unknown' },
      warnings: [{ kind: 'diagnostics-failed', detail: expect.stringContaining('ssh.not_regained') }],
    })
    expect(kept).toEqual([])
  })

  it('change no outcome where keeping them throws', async () => {
    const { report } = deploying(
      { jobs: REFUSED },
      { reportStore: { ...KEEPS_ALL, keepDiagnostics: () => Promise.reject(new Error('no thread')) } },
    )
    expect(await report).toMatchObject({
      ending: { kind: 'rolled_back' },
      diagnostics: { kind: 'none' },
      warnings: [{ kind: 'diagnostics-failed', detail: 'Error: no thread' }],
    })
  })

  it('are left where they are when the run is cancelled meanwhile', async () => {
    const scene = deploying(failing('diagnostics', 'silent'))
    while (!scene.saved.includes('outcome=rolled_back')) await settled()
    scene.cancel()
    expect((await scene.report).ending.kind).toBe('rolled_back')
  })
})
