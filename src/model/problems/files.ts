/** The files of the release did not come to the host: nothing that is in use was changed. */
export type FilesProblem =
  /** The runner's tar failed, or the files could not be read any more. */
  | { readonly code: 'files.not_packed'; readonly detail: string }
  /** `sent` of `bytes` went out. */
  | {
      readonly code: 'files.not_sent'
      readonly sent: number
      readonly bytes: number
      readonly detail: string
    }
  /** The host does not take them: a target is a mount point or on another disk, or what came is not what was read. */
  | { readonly code: 'files.refused'; readonly detail: string }
  | { readonly code: 'files.timeout'; readonly seconds: number }
