/** One entry of the input `files`: a path of the workspace, and where it goes, relative to the project directory. */
export interface ReleaseEntry {
  readonly source: string
  readonly target: string
}

/** One item of the release's files. `path`: relative to the project directory; `mode`: octal, without a leading 0. */
export type ManifestRow =
  | { readonly kind: 'directory'; readonly mode: string; readonly path: string }
  | { readonly kind: 'file'; readonly mode: string; readonly sha256: string; readonly path: string }
  | { readonly kind: 'link'; readonly target: string; readonly path: string }

/** What `files` puts into the release, as the workspace holds it. */
export interface ReleaseFiles {
  readonly entries: readonly ReleaseEntry[]
  /** By path, in bytes: a directory stands before what is in it. */
  readonly manifest: readonly ManifestRow[]
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
