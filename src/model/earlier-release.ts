/** An image of an earlier release, as its deployment found it. */
export interface EarlierImage {
  /** The variable of the env file. */
  readonly key: string
  readonly reference: string
  /** Empty where that deployment did not say. */
  readonly imageId: string
  /** By what a registry gives the same image again, `repository@sha256:…`; empty where nobody knows. */
  readonly source: string
  /** Whether the host still has the image. */
  readonly presence: 'here' | 'gone'
}

/** The release of a transaction that was confirmed. */
export interface EarlierRelease {
  readonly transaction: string
  /** The higher, the later. */
  readonly number: number
  /** By the host's clock, ISO 8601. */
  readonly confirmedAt: string
  /** The workflow run that deployed it. */
  readonly runUrl: string
  readonly images: readonly EarlierImage[]
  /** The variables that it set beside them. */
  readonly variables: readonly { readonly key: string; readonly value: string }[]
  /** The paths that it put in place, relative to the project directory. */
  readonly files: readonly string[]
}

/** One that can come back: at least its image is known. */
export type KnownRelease = EarlierRelease & { readonly images: readonly [EarlierImage, ...EarlierImage[]] }

/** What `actions/rollback` can return to. */
export interface EarlierReleases {
  readonly confirmed: readonly EarlierRelease[]
  /** The number of the last transaction that left something else in service, or may have; 0 where there is none. */
  readonly unconfirmed: number
}
