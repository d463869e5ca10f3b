/** A file whose variables or options each of the documents must name. Paths below the workspace. */
export interface DocumentsPair {
  readonly source: string
  readonly documents: readonly string[]
}

/** The content of a path, or why there is none. */
export type PathContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }

/** The names in a source that its documents must have. */
export type Subject = 'variable' | 'option'

/** One fault. `unknown-kind`: neither a compose file nor a shell script. */
export type DocumentsFinding =
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string }
  | { readonly kind: 'unknown-kind'; readonly path: string }
  | { readonly kind: 'no-options'; readonly path: string }
  | {
      readonly kind: 'not-named'
      readonly source: string
      readonly document: string
      readonly subject: Subject
      /** At least one. */
      readonly names: readonly string[]
    }

/** The comparison of a document with a source: how many of its names it has. */
export interface ComparedDocument {
  readonly source: string
  readonly document: string
  readonly subject: Subject
  readonly named: number
  readonly names: number
}

export interface DocumentsCheck {
  readonly compared: readonly ComparedDocument[]
  /** Empty when all is well; each thing once. */
  readonly findings: readonly DocumentsFinding[]
}
