import { deploy } from '../../../src/deploy.ts'
import type { DeploymentReport, PhaseName, Warning } from '../../../src/outcome.ts'
import type { Narrator, ReportStore } from '../../../src/ports.ts'
import type { Progress } from '../../../src/progress.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock } from '../health/hand-clock.ts'
import { type Scene, ScriptedHost } from './scripted-host.ts'

/** Remembers what it was told. */
export class ListeningNarrator implements Narrator {
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

const KEEPS_ALL: ReportStore = {
  keep: async () => ({
    reports: { path: '/temp', files: [], artifact: { kind: 'none' } },
    warnings: [],
  }),
}

export interface Deploying {
  readonly host: ScriptedHost
  readonly clock: HandClock
  readonly narrator: ListeningNarrator
  readonly report: Promise<DeploymentReport>
  /** What the step saved for its post step, as `name=value`, in order. */
  readonly saved: readonly string[]
  cancel(): void
}

/** Starts a whole deployment against a scripted host. */
export function deploying(
  scene: Scene = {},
  options: {
    readonly variables?: Readonly<Record<string, string>>
    readonly narrator?: ListeningNarrator
    readonly reportStore?: ReportStore
  } = {},
): Deploying {
  const host = new ScriptedHost(scene)
  const clock = new HandClock()
  const narrator = options.narrator ?? new ListeningNarrator()
  const cancellation = new AbortController()
  const saved: string[] = []
  const config = configOf(environmentWith({ image: 'registry.example.com/ai-trade:2' }, options.variables))
  const report = deploy(config, {
    connect: async () => host,
    hostProgram: 'echo the host program\n',
    clock,
    narrator,
    reportStore: options.reportStore ?? KEEPS_ALL,
    stepState: {
      begins: (id) => saved.push(`transaction=${id}`),
      ended: (outcome) => saved.push(`outcome=${outcome}`),
    },
    cancelled: cancellation.signal,
  })
  // A test that fails before it asks for the report must not end the whole run.
  report.catch(() => undefined)
  return { host, clock, narrator, report, saved, cancel: () => cancellation.abort() }
}
