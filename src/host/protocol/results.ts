import type { LeftBehind, Recovered, RollbackException } from '../../model/outcome.ts'
import type {
  ApplyProblem,
  ForeignChange,
  LockFileHolder,
  LockProblem,
  Problem,
} from '../../model/problem.ts'
import type { ContainerState } from './container.ts'
import type { ServiceLinks } from './restore-plan.ts'

/** One container instance, and the image it runs. */
export interface ContainerInstance {
  readonly service: string
  readonly container: string
  readonly id: string
  readonly startedAt: string
  readonly imageId: string
}

/** What a rollback returns to. */
export interface Snapshot {
  readonly containers: readonly ContainerState[]
  readonly links: ServiceLinks
}

/** One try of `preflight-command`; `detail`: the last lines. */
export type TrialEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly detail: string }
  | { readonly kind: 'deadline'; readonly detail: string }
  | { readonly kind: 'not-run'; readonly problem: Problem }

/** What became of the wait for the lock file of the host's own loop. */
export type LockFileResult =
  /** `after-others`: another process had it before, and may have changed the project. */
  | { readonly kind: 'held'; readonly when: 'at-once' | 'after-others' }
  | { readonly kind: 'busy'; readonly holder: LockFileHolder }

export type ApplyResult =
  | { readonly kind: 'applied'; readonly instances: readonly ContainerInstance[] }
  /** Refused before the boundary: nothing was changed. */
  | { readonly kind: 'refused'; readonly problem: ApplyProblem | LockProblem }

export type RollbackResult =
  | {
      readonly kind: 'rolled_back'
      readonly containers: readonly ContainerState[]
      readonly exceptions: readonly RollbackException[]
      readonly ranBefore: 'something' | 'nothing'
    }
  /** The boundary was never crossed: there was nothing to put back. */
  | { readonly kind: 'untouched' }
  /** Somebody killed it, or the disk is full: it said nothing about how far it came. */
  | { readonly kind: 'died'; readonly detail: string }
  /** The host goes on with it, or somebody else has the project now and ends it first: how it ends is not known yet. */
  | { readonly kind: 'unsettled'; readonly problem: Problem }
  /** The confirmation had won before the rollback began: the release stays. */
  | { readonly kind: 'promoted'; readonly containers: readonly ContainerState[] }
  | {
      readonly kind: 'failed'
      readonly problem: Problem
      readonly containers: readonly ContainerState[]
      readonly left: LeftBehind
    }

export type AbandonResult =
  | { readonly kind: 'done' }
  /** Nothing was crossed and nothing will be; what was prepared could not be put away as a whole. */
  | { readonly kind: 'untidy'; readonly detail: string }
  | { readonly kind: 'past-boundary' }
  | { readonly kind: 'failed'; readonly detail: string }

export interface PulledImage {
  readonly reference: string
  readonly imageId: string
  /** Its label `org.opencontainers.image.revision`; empty where it has none, or nobody looked. */
  readonly revision: string
}

/** An earlier transaction that is past its boundary and did not end. */
export interface Unfinished {
  readonly transaction: string
  /** One of STATES (states.ts). */
  readonly state: string
}

export type RecoveryResult =
  | {
      readonly kind: 'ended'
      readonly end: Recovered['end']
      readonly exceptions: readonly RollbackException[]
    }
  /** Nothing was touched: somebody else has been at work since. */
  | { readonly kind: 'foreign'; readonly changes: readonly ForeignChange[] }
  | { readonly kind: 'failed'; readonly detail: string }
  /** The host goes on with it by itself. */
  | { readonly kind: 'unsettled'; readonly seconds: number }

/** A transaction as the host knows it. */
export interface TransactionStatus {
  /** One of STATES (states.ts); empty where it was never begun. */
  readonly state: string
  readonly before: readonly ContainerState[]
  readonly pulled: readonly PulledImage[]
}
