export type PreflightProblem =
  | {
      readonly code: 'preflight.refused'
      /** Every reason to refuse, all at once. */
      readonly findings: readonly PreflightFinding[]
    }
  | { readonly code: 'preflight.timeout'; readonly seconds: number }
  | { readonly code: 'preflight.failed'; readonly detail: string }
  /** `preflight-command` did not end with 0; its last lines. `tries`: how often it ran. */
  | {
      readonly code: 'preflight.command_failed'
      readonly exitCode: number
      readonly tries: number
      readonly detail: string
    }
  | { readonly code: 'preflight.command_timeout'; readonly seconds: number; readonly detail: string }
  /** Docker or Compose could not run `preflight-command`. */
  | { readonly code: 'preflight.command_not_run'; readonly detail: string }

/** A state of the host that makes a deployment impossible or unsafe. */
export type PreflightFinding =
  | { readonly finding: 'project-dir-missing'; readonly path: string }
  | { readonly finding: 'project-dir-not-writable'; readonly path: string }
  /** `searched`: the PATH of the SSH user's shell. */
  | { readonly finding: 'tool-missing'; readonly tool: string; readonly searched: string }
  | { readonly finding: 'docker-unreachable'; readonly detail: string }
  | { readonly finding: 'docker-too-old'; readonly version: string; readonly minimum: string }
  | { readonly finding: 'compose-missing'; readonly detail: string }
  | { readonly finding: 'compose-too-old'; readonly version: string; readonly minimum: string }
  /** The host tried a call that every deployment needs, which changes nothing, and it failed. */
  | {
      readonly finding: 'docker-call-failed'
      readonly call: string
      readonly detail: string
      readonly engine: string
      readonly compose: string
    }
  | { readonly finding: 'compose-file-missing'; readonly path: string }
  | { readonly finding: 'env-file-missing'; readonly path: string }
  | { readonly finding: 'env-file-not-editable'; readonly path: string; readonly detail: string }
  | { readonly finding: 'compose-config-invalid'; readonly detail: string }
  | { readonly finding: 'service-missing'; readonly service: string; readonly known: readonly string[] }
  | { readonly finding: 'required-env-missing'; readonly key: string; readonly path: string }
  | {
      readonly finding: 'image-variable-unused'
      readonly key: string
    }
  | {
      readonly finding: 'container-name-taken'
      readonly container: string
      readonly service: string
      readonly owner: string
    }
  /** The same files run already as a project of another name. `wouldBe`: the name that this deployment would use. */
  | {
      readonly finding: 'runs-as-other-project'
      readonly project: string
      readonly service: string
      readonly container: string
      readonly wouldBe: string
    }
  /** What `files` or `state-files` names on the host could not be replaced and restored as a whole. */
  | {
      readonly finding: 'path-not-replaceable'
      readonly path: string
      readonly reason: PathReason
      /** The mount point, the link, the owner, the item: what the reason is about. */
      readonly detail: string
    }
  /** Containers run, but Compose cannot read the files on the host from which a rollback would restore them. */
  | { readonly finding: 'present-files-unreadable'; readonly why: 'absent' | 'invalid' }
  /** The new files change a network or volume, which no `up` does to one that exists. */
  | { readonly finding: 'definition-changed'; readonly kind: 'network' | 'volume'; readonly name: string }
  | { readonly finding: 'state-too-large'; readonly kibibytes: number; readonly limitKibibytes: number }
  /** `neededKibibytes`: with everything else that the snapshot copies. */
  | {
      readonly finding: 'state-no-room'
      readonly kibibytes: number
      readonly neededKibibytes: number
      readonly freeKibibytes: number
    }
  | { readonly finding: 'runner-missing'; readonly path: string }
  | { readonly finding: 'lock-file-unusable'; readonly path: string; readonly detail: string }
  /** The host ends the processes of a login together with the login. */
  | { readonly finding: 'login-kills' }
  | { readonly finding: 'no-boot-trigger'; readonly detail: string }
  | { readonly finding: 'log-driver-unreadable'; readonly service: string; readonly driver: string }
  | { readonly finding: 'drift'; readonly service: string }
  /** A service without an image to pull, whose image was never built on the host. */
  | { readonly finding: 'image-not-built'; readonly service: string; readonly image: string }
  /** The sharer uses a namespace of the owner's container. Replacing or stopping the owner would cut it off. */
  | {
      readonly finding: 'namespace-cut'
      /** A service, or the name of a container that is not of the project. */
      readonly sharer: string
      readonly owner: string
      readonly kind: 'network' | 'ipc' | 'pid'
      /** Deploy the sharer too; defer it too; name the service in the file; or the sharer is of no project of ours. */
      readonly cure: 'deploy' | 'defer' | 'by-service' | 'outside'
    }
  /** The gate service would run none of the images that this deployment sets. */
  | { readonly finding: 'gate-service-unmanaged'; readonly service: string }

export const PATH_REASONS = [
  /** A file system is mounted at, above or below it. */
  'mount-point',
  /** A directory on the way to it is a symbolic link; a state file itself is one. */
  'link',
  /** A part of the way to it is no directory. */
  'not-a-directory',
  /** It, or something in it, belongs to another user, or cannot be read or written. */
  'not-ours',
  /** Something in it is neither file, directory nor link. */
  'special-file',
  /** A name in it has a line end or another control character. */
  'odd-name',
] as const
export type PathReason = (typeof PATH_REASONS)[number]
