/** One entry of the input `files`: a path of the workspace, and where it goes, relative to the project directory. */
export interface ReleaseEntry {
  readonly source: string
  readonly target: string
}

/** The release's files beside those of the project. */
export interface FilesComparison {
  /** Lines of the manifest (the first is 1): files whose bytes the host does not have at that path. */
  readonly lacks: readonly number[]
  /** Paths that the release adds or removes, or whose bytes, kind or mode it changes. */
  readonly changed: readonly string[]
  readonly entries: readonly {
    readonly target: string
    readonly state: 'same' | 'changed' | 'new'
    /** What the snapshot has to copy of it; 0 where it stays as it is. */
    readonly replacedKibibytes: number
  }[]
}

export type Change = 'added' | 'removed' | 'changed'

/** What the release's files make of the project, beside what its own files make of it now. */
export interface ReleaseEffects {
  /** `absent`: the project lacks a compose file. `invalid`: Compose cannot read its files. Then nothing is compared. */
  readonly oldConfig: 'read' | 'absent' | 'invalid'
  readonly definitions: readonly {
    readonly kind: 'network' | 'volume' | 'config' | 'secret'
    readonly name: string
    readonly change: Change
  }[]
  /** Services of which Compose makes something else; new images of the deployment do not count. */
  readonly services: readonly { readonly service: string; readonly change: Change }[]
  /** What the project's containers mount of the host, as Docker names it. */
  readonly mounts: readonly {
    readonly service: string
    readonly container: string
    readonly source: string
  }[]
}

/** The state files that a snapshot would copy, and the room where it would. */
export interface StateSize {
  readonly kibibytes: number
  readonly freeKibibytes: number
}
