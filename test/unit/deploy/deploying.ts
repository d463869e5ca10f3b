import { expect, jest } from '@jest/globals'
import { deploy } from '../../../src/deploy/deploy.ts'
import type { DeploymentReport, Warning } from '../../../src/model/outcome.ts'
import type { PhaseName } from '../../../src/model/phase.ts'
import type { ProgressReporter, ReportStore, Workspace } from '../../../src/model/ports.ts'
import type { Progress } from '../../../src/model/progress.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock, settled } from '../health/hand-clock.ts'
import { BEFORE_BOUNDARY, type HostState, type Scene, ScriptedHost } from './scripted-host.ts'

/** Remembers what it was told. */
export class RecordingReporter implements ProgressReporter {
  readonly phases: PhaseName[] = []
  readonly told: Progress[] = []
  readonly warnings: Warning[] = []
  readonly tails: string[] = []
  readonly remoteLines: string[] = []

  phase(phase: PhaseName): void {
    this.phases.push(phase)
  }
  tell(progress: Progress): void {
    this.told.push(progress)
  }
  remote(line: string): void {
    this.remoteLines.push(line)
  }
  logTail(container: string): void {
    this.tails.push(container)
  }
  warn(warning: Warning): void {
    this.warnings.push(warning)
  }
}

export const KEEPS_ALL: ReportStore = {
  keep: async () => ({
    reports: { path: '/temp', files: [], artifact: { kind: 'none' } },
    warnings: [],
  }),
  keepDiagnostics: async () => ({
    diagnostics: { kind: 'kept', path: '/temp', artifact: { kind: 'none' } },
    warnings: [],
  }),
}

export interface Deploying {
  readonly host: ScriptedHost
  readonly clock: HandClock
  readonly progress: RecordingReporter
  readonly report: Promise<DeploymentReport>
  /** What the step saved for its post step, as `name=value`, in order. */
  readonly saved: readonly string[]
  cancel(): void
}

/** Fails where a report says of the host what is not really so. */
export function expectTrue({ ending }: DeploymentReport, { host }: Pick<Deploying, 'host'>): void {
  const allowed: Readonly<Record<typeof ending.kind, readonly HostState[]>> = {
    promoted: ['promoted'],
    unchanged: BEFORE_BOUNDARY,
    rolled_back: ['rolled_back'],
    rollback_failed: ['rollback_failed'],
    unknown: [host.state],
  }
  const really = allowed[ending.kind].includes(host.state) ? ending.kind : host.state
  expect({ really, because: 'because' in ending ? ending.because : '' }).toEqual({
    really: ending.kind,
    because: expect.anything(),
  })
}

/** Lets time of the deployment's own clock pass until it has ended, an hour at most. */
export async function overTime({ report, clock }: Deploying): Promise<DeploymentReport> {
  let over = false
  void report.finally(() => {
    over = true
  })
  await settled()
  for (let at = 0; at < 36_000 && !over; at += 1) await clock.advance(100)
  expect(over ? 'ended' : 'still going on after an hour').toBe('ended')
  return report
}

/** Lets time of Node's own timers pass until the deployment has ended. */
export async function afterTimers({ report, clock }: Deploying): Promise<DeploymentReport> {
  let over = false
  void report.finally(() => {
    over = true
  })
  for (let minute = 0; minute < 180 && !over; minute += 1) {
    await jest.advanceTimersByTimeAsync(60_000)
    await clock.advance(60_000)
  }
  expect(over ? 'ended' : 'still going on after three hours').toBe('ended')
  return report
}

/** A workspace that nobody reads. */
export const NO_FILES: Workspace = {
  read: async () => ({ kind: 'read', items: [] }),
  pack: () => Promise.reject(new Error('nothing is packed')),
}

/** Starts a whole deployment against a scripted host. */
export function deploying(
  scene: Scene = {},
  options: {
    readonly inputs?: Readonly<Record<string, string>>
    readonly variables?: Readonly<Record<string, string>>
    readonly progress?: RecordingReporter
    readonly reportStore?: ReportStore
    readonly workspace?: Workspace
  } = {},
): Deploying {
  const host = new ScriptedHost(scene)
  const clock = new HandClock()
  const progress = options.progress ?? new RecordingReporter()
  const cancellation = new AbortController()
  const saved: string[] = []
  const config = configOf(
    environmentWith({ image: 'registry.example.com/ai-trade:2', ...options.inputs }, options.variables),
  )
  const report = deploy(config, {
    connect: () => host.connect(),
    hostProgram: 'echo the host program\n',
    clock,
    progress,
    reportStore: options.reportStore ?? KEEPS_ALL,
    stepState: {
      begins: (id) => saved.push(`transaction=${id}`),
      ended: (outcome) => saved.push(`outcome=${outcome}`),
    },
    workspace: options.workspace ?? NO_FILES,
    cancelled: cancellation.signal,
  })
  // A test that fails before it asks for the report must not end the whole run.
  report.catch(() => undefined)
  return { host, clock, progress, report, saved, cancel: () => cancellation.abort() }
}

/** Node's timers by hand; what a deployment does between two of them goes on by itself. */
export function useFakeTimers(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] })
}
