import type { Assessment } from './assessment.ts'
import type { Clock } from './clock.ts'
import type { SshConnection } from './connection.ts'
import type { ManifestFile, ManifestItem } from './manifest.ts'
import type { DiagnosticsResult, Ending, GateResult, ReportsResult, Warning } from './outcome.ts'
import type { PhaseName } from './phase.ts'
import type { ConfigMistake } from './problem.ts'
import type { Progress } from './progress.ts'
import type { ReleaseEntry } from './release-files.ts'

/** The effects that a deployment needs. The entry passes them in. */
export interface Ports {
  /** Connects within so many seconds. @throws DeployError `ssh.*` */
  connect(seconds: number): Promise<SshConnection>
  /** The POSIX sh program that does the work on the host. */
  readonly hostProgram: string
  readonly clock: Clock
  readonly progress: ProgressReporter
  readonly reportStore: ReportStore
  readonly stepState: StepState
  readonly workspace: Workspace
  /** Aborted when the run is cancelled: then the step starts nothing more. */
  readonly cancelled: AbortSignal
}

/** The checked-out repository, of which a release may bring files. */
export interface Workspace {
  /** Follows no link. Never throws. */
  read(entries: readonly ReleaseEntry[]): Promise<ReleaseReading>
  /** Packs files of it; nothing of the archive is left when `use` has ended. @throws DeployError `files.not_packed` */
  pack<Used>(files: readonly ManifestFile[], use: (archive: Archive) => Promise<Used>): Promise<Used>
}

/** What the entries of `files` name; or every reason why it cannot be a release. */
export type ReleaseReading =
  | { readonly kind: 'read'; readonly items: readonly ManifestItem[] }
  | { readonly kind: 'wrong'; readonly mistakes: readonly ConfigMistake[] }

/** Packed files. */
export interface Archive {
  readonly bytes: number
  readonly sha256: string
  chunks(): AsyncIterable<Buffer>
}

/** Saves the state of this step for its post step, at once: a step can be killed at any time. */
export interface StepState {
  /** Before anything of this transaction is on the host. `image`: the reference of the release. */
  begins(transactionId: string, image: string): void
  /** Once the outcome is known, or the run was cancelled before. */
  ended(outcome: Ending['kind'] | 'cancelled'): void
}

/** Tells a person about the progress. */
export interface ProgressReporter {
  phase(phase: PhaseName): void
  tell(progress: Progress): void
  /** A line that a program on the host printed. */
  remote(line: string): void
  /** The last log lines of a container, in a group that can be folded. */
  logTail(container: string, lines: readonly string[]): void
  warn(warning: Warning): void
}

/** The diagnostics of a deployment that was not promoted. */
export interface Diagnostics {
  /** As the host sent them, redacted there. */
  readonly files: readonly DiagnosticFile[]
  /** The reports of the assessment; undefined without an assessment. */
  readonly reports: Assessment['files'] | undefined
  readonly gate: GateResult
}

/** Keeps files of this run for people; a failure is a warning and never an outcome. */
export interface ReportStore {
  keep(
    transactionId: string,
    files: Assessment['files'],
    extras: Assessment['extras'],
  ): Promise<{ readonly reports: ReportsResult; readonly warnings: readonly Warning[] }>
  keepDiagnostics(
    transactionId: string,
    diagnostics: Diagnostics,
  ): Promise<{ readonly diagnostics: DiagnosticsResult; readonly warnings: readonly Warning[] }>
}

/** A file of the diagnostics. Its name and its text are foreign. */
export interface DiagnosticFile {
  readonly name: string
  readonly bytes: Buffer
}
