import type { PhaseName } from './phase.ts'
import type { FilesProblem } from './problems/files.ts'
import type { HealthProblem, HostProblem, WatchProblem } from './problems/health.ts'
import type { LockProblem, RecoverProblem } from './problems/lock.ts'
import type { PreflightProblem } from './problems/preflight.ts'
import type {
  ApplyProblem,
  ConfirmProblem,
  GateProblem,
  PrefetchProblem,
  RollbackProblem,
} from './problems/release.ts'
import type { ReturnProblem } from './problems/return.ts'
import type { SshProblem } from './problems/ssh.ts'

export type * from './problems/files.ts'
export type * from './problems/health.ts'
export type * from './problems/lock.ts'
export type * from './problems/preflight.ts'
export type * from './problems/release.ts'
export type * from './problems/return.ts'
export type * from './problems/ssh.ts'

/**
 * Everything that can go wrong, as data. A problem holds facts and no sentences: the tables in `src/output/messages` have its
 * words, its cure, whose fault it is and its documentation, a row for each code.
 * `detail` is text of a foreign program (docker, compose, sshd): already redacted on the host, and data only.
 */
export type Problem =
  | ConfigurationProblem
  | SshProblem
  | PreflightProblem
  | FilesProblem
  | LockProblem
  | RecoverProblem
  | ReturnProblem
  | PrefetchProblem
  | ApplyProblem
  | HealthProblem
  | WatchProblem
  | HostProblem
  | GateProblem
  | ConfirmProblem
  | RollbackProblem
  | StepProblem
  | VerifyProblem
  | InternalProblem

/** One mistake in the inputs. `got` is the shape of the value only: the value may be a secret. */
export interface ConfigMistake {
  readonly name: string
  readonly got: string
  readonly expected: string
}

export type ConfigurationProblem = {
  readonly code: 'config.invalid'
  readonly mistakes: readonly ConfigMistake[]
}

/** What ended the step itself before the deployment had an end. */
export type StepProblem =
  /** The phase is empty where the post step reports it. */
  | { readonly code: 'step.cancelled'; readonly phase: PhaseName | '' }
  /** The step was killed, or its runner was lost. */
  | { readonly code: 'step.died' }
  /** The step itself reported `unknown`. */
  | { readonly code: 'step.lost_contact' }
  | { readonly code: 'step.post_timeout'; readonly seconds: number }

/** The action could not read what runs on the host. */
export type VerifyProblem =
  | { readonly code: 'verify.timeout'; readonly seconds: number }
  | { readonly code: 'verify.failed'; readonly detail: string }

/** An error that no code foresees. `detail`: its stack. */
export type InternalProblem = { readonly code: 'internal.bug'; readonly detail: string }

/** The one error class of this action: carries a {@link Problem}, and the lower error as `cause`. */
export class DeployError extends Error {
  override readonly name = 'DeployError'
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.code, options)
    this.problem = problem
  }
}

/** Any thrown value as a problem; an error of another class is a bug of this action. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof DeployError) return thrown.problem
  return {
    code: 'internal.bug',
    detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  }
}
