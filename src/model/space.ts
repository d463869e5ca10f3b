/** What the pull of the images of a deployment needs of the disk. */
export type PullNeed =
  /** `downloadBytes`: of layers that are not there, compressed; `bytes`: with what they become. */
  | { readonly kind: 'known'; readonly downloadBytes: number; readonly bytes: number }
  /** `docker-hub`: it counts a question as a pull, so nobody asks it without an account. `detail`: foreign text. */
  | { readonly kind: 'unknown'; readonly why: 'no-answer' | 'docker-hub'; readonly detail: string }

/** What a deployment needs of the disks of the host, and what is free there. */
export interface Space {
  readonly pull: PullNeed
  /** Where Docker keeps images; `elsewhere`: not on a disk that the host program can look at. */
  readonly dataRoot:
    | { readonly kind: 'here'; readonly path: string; readonly freeBytes: number }
    | { readonly kind: 'elsewhere'; readonly path: string }
  /** For the snapshot's files once more, as a rollback restores them, and the reserve. */
  readonly project: { readonly path: string; readonly needBytes: number; readonly freeBytes: number }
  /** Whether both are on one disk. */
  readonly disks: 'one' | 'two'
}
