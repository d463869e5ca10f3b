import type { GateReason } from '../gate-decision.ts'
import type { Space } from '../space.ts'

export type PrefetchProblem =
  | {
      readonly code: 'prefetch.login_failed'
      readonly registry: string
      readonly image: string
      readonly detail: string
    }
  | { readonly code: 'prefetch.pull_failed'; readonly image: string; readonly detail: string }
  /** The pull, or the transaction, would fill a disk of the host; nothing was pulled. */
  | { readonly code: 'prefetch.no_space'; readonly space: Space }
  | { readonly code: 'prefetch.timeout'; readonly seconds: number }
  | { readonly code: 'prefetch.failed'; readonly detail: string }
  /** `expect-revision` is set. */
  | ({ readonly code: 'prefetch.other_revision' } & OtherRevision)
  | { readonly code: 'snapshot.failed'; readonly detail: string }

/** By its label, the release's image was built from another commit than that of the run. Foreign text. */
export interface OtherRevision {
  readonly reference: string
  /** Empty where the image has no such label. */
  readonly revision: string
  readonly commit: string
}

export type ApplyProblem =
  | { readonly code: 'apply.files_changed'; readonly path: string }
  | { readonly code: 'apply.env_edit_refused'; readonly detail: string }
  /** The disk has too little space for a sure rollback; the host changed nothing. */
  | { readonly code: 'apply.no_space'; readonly freeKibibytes: number }
  /** The host could not set the boot trigger, which `on-no-boot-trigger` demands; it changed nothing. */
  | { readonly code: 'apply.no_boot_trigger'; readonly detail: string }
  | { readonly code: 'apply.up_failed'; readonly detail: string }
  | {
      readonly code: 'apply.wrong_image'
      readonly service: string
      readonly wantedImageId: string
      readonly runningImageId: string
    }
  | { readonly code: 'apply.timeout'; readonly seconds: number }
  | { readonly code: 'apply.failed'; readonly detail: string }

export type GateProblem =
  /** Measured bad. */
  | { readonly code: 'gate.failed'; readonly reasons: readonly GateReason[] }
  /** Not enough to measure. */
  | { readonly code: 'gate.inconclusive'; readonly reasons: readonly GateReason[] }
  /** Could not measure. */
  | { readonly code: 'gate.error'; readonly reasons: readonly GateReason[] }

export type ConfirmProblem =
  | { readonly code: 'confirm.failed'; readonly detail: string }
  /** A deferred service did not stay up after its start. */
  | { readonly code: 'confirm.unstable'; readonly service: string }
  /** Somebody else changed a managed variable in the env file after this deployment had set it. */
  | { readonly code: 'confirm.env_changed'; readonly key: string }
  | { readonly code: 'confirm.timeout'; readonly seconds: number }

export type RollbackProblem =
  /** Somebody removed images of the snapshot, and the host could not pull them again. */
  | {
      readonly code: 'rollback.image_gone'
      readonly images: readonly GoneImage[]
      readonly detail: string
    }
  /** `notRestored`: each service, and the output of Docker or Compose about it; foreign text, redacted on the host. */
  | {
      readonly code: 'rollback.failed'
      readonly notRestored: readonly string[]
      readonly differences: readonly string[]
      readonly detail: string
    }
  | { readonly code: 'rollback.timeout'; readonly seconds: number }
  /** A person ended the transaction on the host with `host.sh keep`. */
  | { readonly code: 'rollback.kept' }

export interface GoneImage {
  readonly reference: string
  readonly imageId: string
}
