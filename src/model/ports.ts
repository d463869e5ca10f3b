import type { Assessment } from './assessment.ts'
import type { Clock } from './clock.ts'
import type { SshConnection } from './connection.ts'
import type { DiagnosticsResult, Ending, GateResult, ReportsResult, Warning } from './outcome.ts'
import type { PhaseName } from './phase.ts'
import type { Progress } from './progress.ts'

/** What the story needs from the world. Implemented at the edges and passed in by the entry. */
export interface Ports {
  /** Connects within so many seconds. @throws DeployError `ssh.*` */
  connect(seconds: number): Promise<SshConnection>
  /** The POSIX sh program that does the work on the host. */
  readonly hostProgram: string
  readonly clock: Clock
  readonly progress: ProgressReporter
  readonly reportStore: ReportStore
  readonly stepState: StepState
  /** Aborted when the run is cancelled: then nothing more is started. */
  readonly cancelled: AbortSignal
}

/** What the post step will know of this step. Written at once, because a step can be killed at any time. */
export interface StepState {
  /** Before anything of this transaction is on the host. */
  begins(transactionId: string): void
  /** Once it is known how the deployment ended, as it is called in the outputs, or that it was cancelled before. */
  ended(outcome: Ending['kind'] | 'cancelled'): void
}

/** Tells a person what goes on while it goes on. */
export interface ProgressReporter {
  phase(phase: PhaseName): void
  tell(progress: Progress): void
  /** A line that a program on the host printed. */
  remote(line: string): void
  /** The last log lines of a container, in a group that can be folded. */
  logTail(container: string, lines: readonly string[]): void
  warn(warning: Warning): void
}

/** What people can look at after a deployment that was not promoted. */
export interface Diagnostics {
  /** What the host sent, redacted there. */
  readonly files: readonly DiagnosticFile[]
  /** The report files of the assessment; undefined where none was reached. */
  readonly reports: Assessment['files'] | undefined
  readonly gate: GateResult
}

/** Keeps files of this run for people; a failure is a warning and never an outcome. */
export interface ReportStore {
  keep(
    transactionId: string,
    files: Assessment['files'],
  ): Promise<{ readonly reports: ReportsResult; readonly warnings: readonly Warning[] }>
  keepDiagnostics(
    transactionId: string,
    diagnostics: Diagnostics,
  ): Promise<{ readonly diagnostics: DiagnosticsResult; readonly warnings: readonly Warning[] }>
}

/** A file of the diagnostics as the host sent it, redacted there. Its name and its text are the host's words. */
export interface DiagnosticFile {
  readonly name: string
  readonly bytes: Buffer
}
