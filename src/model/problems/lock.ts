/** The holder of the project's lock on the host. Foreign text. */
export type LockHolder =
  | {
      readonly kind: 'deployment'
      readonly transaction: string
      readonly repository: string
      readonly runUrl: string
      readonly attempt: string
      readonly actor: string
      readonly since: string
      /** The project directory that it deploys from. */
      readonly directory: string
    }
  | { readonly kind: 'command'; readonly command: string; readonly by: string; readonly since: string }
  | { readonly kind: 'hold'; readonly reason: string; readonly by: string; readonly since: string }
  | LockFileHolder

/** Who has the lock file of the host's own loop. Nothing of it is known where the SSH user may not see the process. */
export interface LockFileHolder {
  readonly kind: 'process'
  readonly file: string
  readonly pid: string
  /** Empty where it runs in none. */
  readonly container: string
  readonly command: string
}

export type LockProblem =
  | { readonly code: 'lock.busy'; readonly holder: LockHolder; readonly waitedSeconds: number }
  /** A newer run of the same workflow deployed its release meanwhile. */
  | { readonly code: 'lock.superseded'; readonly runNumber: string }
  /** The lease of this deployment expired, or another holder has the project since. */
  | { readonly code: 'lock.lost'; readonly during: string }
  /** The lock file of the host's own loop could not be opened or locked. */
  | { readonly code: 'lock.file_failed'; readonly file: string; readonly detail: string }
  /** Right before the boundary, nobody held it any more for this deployment. */
  | { readonly code: 'lock.file_lost' }

/** A change by somebody else since an earlier deployment: neither the state before it nor the state it left. */
export type ForeignChange =
  | {
      readonly kind: 'image'
      readonly service: string
      readonly container: string
      /** The image that it runs now. */
      readonly imageId: string
    }
  | { readonly kind: 'env'; readonly key: string }

/** Why the host could not end an earlier transaction. `state`: the state of that transaction. */
export type RecoverProblem =
  | {
      readonly code: 'recover.foreign'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly changes: readonly ForeignChange[]
    }
  /** The host goes on with it by itself. */
  | {
      readonly code: 'recover.timeout'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly seconds: number
    }
  | {
      readonly code: 'recover.failed'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly detail: string
    }
