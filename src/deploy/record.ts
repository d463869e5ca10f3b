import type { DeployConfig } from '../config/config.ts'
import type { ContainerState } from '../host/protocol/container.ts'
import type { Assessment } from '../model/assessment.ts'
import type { Check } from '../model/check.ts'
import type { Clock } from '../model/clock.ts'
import type { KnownRelease } from '../model/earlier-release.ts'
import type {
  DeploymentReport,
  DiagnosticsResult,
  Ending,
  FailureLog,
  GateResult,
  PhaseTiming,
  ReleaseFilesResult,
  ReportedPurpose,
  ReportsResult,
  ServiceLine,
  Warning,
} from '../model/outcome.ts'
import type { PhaseName } from '../model/phase.ts'
import type { ProgressReporter } from '../model/ports.ts'
import type { OutputTail } from './output-tail.ts'

type Place = ServiceLine['before']
const NOWHERE: Place = { reference: '', imageId: '', state: '' }

/** What the report says of the configuration. */
export type RecordedConfig = Pick<DeployConfig, 'ssh' | 'host' | 'services' | 'deadlines'>

/** What is known of a deployment so far; the report is made of it at the end, however it ends. */
export class DeploymentRecord {
  readonly #config: RecordedConfig
  readonly #clock: Clock
  readonly #progress: ProgressReporter
  readonly #startedAt: number
  readonly #timings: PhaseTiming[] = []
  readonly #warnings: Warning[] = []
  #phase: { readonly name: PhaseName; readonly since: number } | undefined
  #reference = ''
  #imageId = ''
  #before: readonly ContainerState[] = []
  readonly #outputTail: OutputTail
  #after: readonly ContainerState[] = []
  #gate: GateResult = { kind: 'not_run' }
  #reports: ReportsResult = { path: '', files: [], artifact: { kind: 'none' } }
  #diagnostics: DiagnosticsResult = { kind: 'none' }
  #purpose: ReportedPurpose = { kind: 'return' }

  constructor(config: RecordedConfig, clock: Clock, progress: ProgressReporter, outputTail: OutputTail) {
    this.#config = config
    this.#outputTail = outputTail
    this.#clock = clock
    this.#progress = progress
    this.#startedAt = clock.now()
  }

  enter(phase: PhaseName): void {
    this.#leave()
    this.#phase = { name: phase, since: this.#clock.now() }
    this.#progress.phase(phase)
  }

  /** The phase that is going on, or was last. */
  get phase(): PhaseName {
    return this.#phase?.name ?? this.#timings.at(-1)?.phase ?? 'connect'
  }

  /** Whether the phase that may cross the boundary was begun. */
  get mayHaveChanged(): boolean {
    return this.#hasEntered('apply')
  }

  /** Whether the gate service had been ready, so that its evidence since then counts for the gate. */
  get isJudging(): boolean {
    return this.#hasEntered('evidence')
  }

  /** Tells it once: preflight may find the same again. */
  warn(warning: Warning): void {
    if (this.#warnings.some((told) => JSON.stringify(told) === JSON.stringify(warning))) return
    this.#warnings.push(warning)
    this.#progress.warn(warning)
  }

  /** What is deployed. */
  deploys({ images: [{ reference }], purpose: { kind } }: Pick<DeployConfig, 'images' | 'purpose'>): void {
    this.#reference = reference
    this.#purpose = { kind }
  }

  /** As {@link deploys}, once the release of an earlier deployment is chosen. */
  returnsTo(release: KnownRelease): void {
    this.#reference = release.images[0].reference
    this.#purpose = { kind: 'return-to', release }
  }

  set pulledImageId(id: string) {
    this.#imageId = id
  }

  set before(containers: readonly ContainerState[]) {
    this.#before = containers
  }

  /** What was verified on the host at the end. */
  set after(containers: readonly ContainerState[]) {
    this.#after = containers
  }

  /** Empty until the host opened a transaction. */
  transactionId = ''
  /** The report files of this run, once an assessment left some. */
  files: Assessment['files'] | undefined
  extras: Assessment['extras'] = []

  release: ReleaseFilesResult = { kind: 'none' }

  failureLog: FailureLog = { kind: 'none' }

  /** What was seen of the host after the release was promoted. */
  checks: readonly Check[] = []

  set gate(gate: GateResult) {
    this.#gate = gate
  }

  get gate(): GateResult {
    return this.#gate
  }

  set diagnostics(diagnostics: DiagnosticsResult) {
    this.#diagnostics = diagnostics
  }

  set reports(reports: ReportsResult) {
    this.#reports = reports
  }

  report(ending: Ending): DeploymentReport {
    this.#leave()
    const previous = this.#before.find(
      ({ service, oneOff }) => oneOff === 'service' && service === this.#config.services.gate,
    )
    return {
      ending,
      purpose: this.#purpose,
      gate: this.#gate,
      failureLog: this.failureLog,
      transactionId: this.transactionId,
      host: this.#config.ssh.host,
      projectDir: this.#config.host.projectDir,
      image: { reference: this.#reference, imageId: this.#imageId },
      previousImage: { reference: previous?.reference ?? '', imageId: previous?.imageId ?? '' },
      services: this.#services(),
      release: this.release,
      timings: this.#timings,
      warnings: this.#warnings,
      reports: this.#reports,
      diagnostics: this.#diagnostics,
      checks: this.checks,
      durationSeconds: (this.#clock.now() - this.#startedAt) / 1000,
      leaseSeconds: this.#config.deadlines.leaseSeconds,
      outputTail: this.#outputTail.lines,
    }
  }

  #hasEntered(name: PhaseName): boolean {
    return this.phase === name || this.#timings.some(({ phase }) => phase === name)
  }

  #leave(): void {
    if (!this.#phase) return
    this.#timings.push({
      phase: this.#phase.name,
      milliseconds: Math.round(this.#clock.now() - this.#phase.since),
    })
    this.#phase = undefined
  }

  #services(): ServiceLine[] {
    const before = byName(this.#before)
    const after = byName(this.#after)
    return [...new Set([...before.keys(), ...after.keys()])].map((name) => ({
      service: (after.get(name) ?? before.get(name))?.service ?? '',
      container: name,
      before: placeOf(before.get(name)),
      after: placeOf(after.get(name)),
    }))
  }
}

function byName(containers: readonly ContainerState[]): Map<string, ContainerState> {
  return new Map(
    containers.filter(({ oneOff }) => oneOff === 'service').map((container) => [container.name, container]),
  )
}

function placeOf(container: ContainerState | undefined): Place {
  if (!container) return NOWHERE
  const { reference, imageId, state, health } = container
  return { reference, imageId, state: health === 'none' ? state : `${state}, ${health}` }
}
