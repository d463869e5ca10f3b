/** A file whose variables or options each of the documents must name. Paths below the workspace. */
export interface DocumentsPair {
  readonly source: string
  readonly documents: readonly string[]
}

/** What is at a path: a text, or what is wrong with it. */
export type PathContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }

/** What of a source its documents must name. */
export type Subject = 'variable' | 'option'

/** One thing that is wrong. `unknown-kind`: neither a compose file nor a shell script. */
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

/** A document that was read, against a source that was: how many names of how many it has. */
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
