import type { ApplyProblem, Problem } from '../errors.ts'
import type { RollbackException } from '../outcome.ts'
import type { ContainerState } from './container.ts'

/** One boot of a container, and the image it runs. */
export interface Boot {
  readonly service: string
  readonly container: string
  readonly id: string
  readonly startedAt: string
  readonly imageId: string
}

export type ApplyResult =
  | { readonly kind: 'applied'; readonly boots: readonly Boot[] }
  /** Refused before the boundary: nothing was changed. */
  | { readonly kind: 'refused'; readonly problem: ApplyProblem }

export type RollbackResult =
  | {
      readonly kind: 'rolled_back'
      readonly containers: readonly ContainerState[]
      readonly exceptions: readonly RollbackException[]
      readonly ranBefore: 'something' | 'nothing'
    }
  /** The boundary was never crossed: there was nothing to put back. */
  | { readonly kind: 'untouched' }
  /** The confirmation had won before the rollback began: the release stays. */
  | { readonly kind: 'promoted'; readonly containers: readonly ContainerState[] }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly containers: readonly ContainerState[] }

export type AbandonResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'past-boundary' }
  | { readonly kind: 'failed'; readonly detail: string }

export interface PulledImage {
  readonly reference: string
  readonly imageId: string
}
