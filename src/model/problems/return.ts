import type { EarlierImage, EarlierRelease } from '../earlier-release.ts'

/** Why `actions/rollback` cannot return to a release. `choices`: those that were confirmed, the latest first. */
export type ReturnProblem =
  /** Nothing was confirmed before the present release. */
  | { readonly code: 'return.no_release'; readonly choices: readonly EarlierRelease[] }
  | {
      readonly code: 'return.unknown_transaction'
      readonly transaction: string
      readonly choices: readonly EarlierRelease[]
    }
  /** The host has these images no more, and no registry can be asked for them. */
  | {
      readonly code: 'return.image_gone'
      readonly release: EarlierRelease
      readonly images: readonly EarlierImage[]
      readonly choices: readonly EarlierRelease[]
    }
  /** Another deployment was confirmed since the release was chosen: it is not the one before the present one any more. */
  | { readonly code: 'return.overtaken'; readonly release: EarlierRelease }
