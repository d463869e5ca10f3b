import type { GateReason } from './gate-decision.ts'
import type { HealthProblem } from './health-problem.ts'
import type { PhaseName } from './phase.ts'

/**
 * Everything that can go wrong, as data. A problem holds facts and no sentences: `src/output` turns it
 * into words (what happened, what to do next) and `faultOf` there says whose fault it is.
 * `detail` is text of a foreign program (docker, compose, sshd): already redacted on the host, and data only.
 */
export type Problem =
  | ConfigurationProblem
  | SshProblem
  | PreflightProblem
  | LockProblem
  | RecoverProblem
  | PrefetchProblem
  | ApplyProblem
  | HealthProblem
  | WatchProblem
  | HostProblem
  | GateProblem
  | ConfirmProblem
  | RollbackProblem
  | StepProblem
  | VerifyProblem
  | { readonly code: 'internal.bug'; readonly detail: string }

/** One mistake in the inputs: the value is shown by its shape only, since it may be a secret. */
export interface ConfigMistake {
  readonly name: string
  readonly got: string
  readonly expected: string
}

export type ConfigurationProblem = {
  readonly code: 'config.invalid'
  readonly mistakes: readonly ConfigMistake[]
}

/** Which server on the way a problem is about: the bastion, or the host that is deployed to. */
export type Hop = 'bastion' | 'host'

export type SshProblem =
  | {
      readonly code: 'ssh.private_key_unusable'
      readonly hop: Hop
      readonly reason:
        | 'not-a-private-key'
        | 'public-key-given'
        | 'passphrase-missing'
        | 'passphrase-wrong'
        /** A private key, but of a type or format that cannot be used here. */
        | 'unsupported'
        /** Encrypted in a way that cannot be undone here, whatever the passphrase. */
        | 'encryption-unsupported'
      readonly detail: string
    }
  | {
      readonly code: 'ssh.known_hosts_invalid'
      readonly hop: Hop
      readonly line: number
      readonly detail: string
    }
  | {
      readonly code: 'ssh.host_key_unknown'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
      /** The known_hosts line that would accept this key. */
      readonly acceptLine: string
    }
  | {
      readonly code: 'ssh.host_key_changed'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
      readonly expectedFingerprints: readonly string[]
      readonly acceptLine: string
    }
  | {
      readonly code: 'ssh.host_key_revoked'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly keyType: string
      readonly fingerprint: string
    }
  | {
      readonly code: 'ssh.authentication_failed'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly username: string
      readonly reason:
        | 'key-refused'
        /** The key was taken, and is not enough. */
        | 'more-asked'
        /** The server takes no keys, or none before something else. */
        | 'keys-not-taken'
      readonly detail: string
    }
  /** The server offers nothing of one kind that is known here. */
  | {
      readonly code: 'ssh.no_common_algorithm'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly kind: AlgorithmKind
      /** What the server offers; empty where that was not seen. */
      readonly offered: readonly string[]
    }
  | TransientSshProblem
  /** Contact was lost, and could not be made again while the host kept the project for this deployment. */
  | {
      readonly code: 'ssh.not_regained'
      readonly because: TransientSshProblem
      /** How long it was tried. */
      readonly seconds: number
      /** Of the last try. */
      readonly last: TransientSshProblem
    }

/** What client and server have to agree on, each of a list of its own. */
export type AlgorithmKind = 'key-exchange' | 'host-key' | 'cipher' | 'mac' | 'compression'

/** What can be otherwise when the same is tried again. */
export type TransientSshProblem =
  | {
      readonly code: 'ssh.unreachable'
      readonly hop: Hop
      readonly host: string
      readonly port: number
      readonly reason:
        | 'name-not-found'
        /** The name could not be looked up, whether it exists or not. */
        | 'name-lookup'
        | 'refused'
        | 'timeout'
        | 'no-route'
        /** TCP connected; then nothing came, or the server ended the connection, before the key exchange was done. */
        | 'silent'
        | 'closed'
        | 'not-ssh'
        | 'handshake'
        /** The key exchange was done; the login got no answer, or the server ended the connection in it. */
        | 'login-silent'
        | 'login-closed'
      /** Of a server that ended the connection: what it said before, if anything. */
      readonly detail: string
    }
  /** The bastion is logged in to, but does not connect on to the host. */
  | {
      readonly code: 'ssh.forwarding_failed'
      readonly bastion: string
      readonly host: string
      readonly port: number
      readonly reason: 'forbidden' | 'unreachable' | 'timeout'
      readonly detail: string
    }
  | { readonly code: 'ssh.lost'; readonly during: string; readonly detail: string }
  | {
      readonly code: 'ssh.shell_unusable'
      readonly detail: string
      /**
       * Where the login shell never answered: it ended, and how; or it said nothing in time; or something printed what it was
       * asked. With what it printed besides.
       */
      readonly reason?: 'ended' | 'silent' | 'not-a-shell'
    }

export type PreflightProblem =
  | {
      readonly code: 'preflight.refused'
      /** Every reason to refuse, all at once. */
      readonly findings: readonly PreflightFinding[]
    }
  | { readonly code: 'preflight.timeout'; readonly seconds: number }
  | { readonly code: 'preflight.failed'; readonly detail: string }

/** What preflight found on the host that makes a deployment impossible or unsafe. */
export type PreflightFinding =
  | { readonly finding: 'project-dir-missing'; readonly path: string }
  | { readonly finding: 'project-dir-not-writable'; readonly path: string }
  /** `searched`: the PATH of the SSH user's shell. */
  | { readonly finding: 'tool-missing'; readonly tool: string; readonly searched: string }
  | { readonly finding: 'docker-unreachable'; readonly detail: string }
  | { readonly finding: 'docker-too-old'; readonly version: string; readonly minimum: string }
  | { readonly finding: 'compose-missing'; readonly detail: string }
  | { readonly finding: 'compose-too-old'; readonly version: string; readonly minimum: string }
  /** A call that a deployment needs, and that changes nothing, was tried and failed. */
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
  /** These very files run already as a project of another name; `wouldBe`: the name that this deployment would use. */
  | {
      readonly finding: 'runs-as-other-project'
      readonly project: string
      readonly service: string
      readonly container: string
      readonly wouldBe: string
    }
  | { readonly finding: 'runner-missing'; readonly path: string }
  /** What a login leaves running is ended with it. */
  | { readonly finding: 'login-kills' }
  | { readonly finding: 'no-boot-trigger'; readonly detail: string }
  | { readonly finding: 'log-driver-unreadable'; readonly service: string; readonly driver: string }
  | { readonly finding: 'drift'; readonly service: string }
  /** A service without an image to pull, whose image was never built on the host. */
  | { readonly finding: 'image-not-built'; readonly service: string; readonly image: string }
  /** Shares what the owner's container made, and would be cut off when that is replaced or stopped. */
  | {
      readonly finding: 'namespace-cut'
      /** A service, or the name of a container that is not of the project. */
      readonly sharer: string
      readonly owner: string
      readonly kind: 'network' | 'ipc' | 'pid'
      /** Deploy or defer the sharer too; name the service in the file, not a container; nobody's here. */
      readonly cure: 'deploy' | 'defer' | 'by-service' | 'outside'
    }
  /** The judged service would not run any of the images that this deployment sets. */
  | { readonly finding: 'gate-service-unmanaged'; readonly service: string }

/** Who works on the project, or keeps everybody off, as the lock on the host names them. Foreign text. */
export type LockHolder =
  | {
      readonly kind: 'deployment'
      readonly transaction: string
      readonly repository: string
      readonly runUrl: string
      readonly attempt: string
      readonly actor: string
      readonly since: string
      /** The project directory that it deploys from. */
      readonly directory: string
    }
  | { readonly kind: 'command'; readonly command: string; readonly by: string; readonly since: string }
  | { readonly kind: 'hold'; readonly reason: string; readonly by: string; readonly since: string }

/** What somebody else changed since an earlier deployment: neither as before it nor as that deployment left it. */
export type ForeignChange =
  | {
      readonly kind: 'image'
      readonly service: string
      readonly container: string
      /** What it runs now. */
      readonly imageId: string
    }
  | { readonly kind: 'env'; readonly key: string }

/** Why an earlier transaction, which had not ended, could not be brought to its end; `state`: its state then. */
export type RecoverProblem =
  | {
      readonly code: 'recover.foreign'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly changes: readonly ForeignChange[]
    }
  /** The host goes on with it by itself. */
  | {
      readonly code: 'recover.timeout'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly seconds: number
    }
  | {
      readonly code: 'recover.failed'
      readonly transaction: string
      readonly state: string
      readonly projectDir: string
      readonly detail: string
    }

export type LockProblem =
  | { readonly code: 'lock.busy'; readonly holder: LockHolder; readonly waitedSeconds: number }
  /** A newer run of the same workflow put its release into service meanwhile. */
  | { readonly code: 'lock.superseded'; readonly runNumber: string }
  /** This deployment was not heard of for its lease, or somebody else took over since. */
  | { readonly code: 'lock.lost'; readonly during: string }

/** What ended the step itself before the deployment had an end. */
export type StepProblem =
  /** Empty where only the post step is left to tell it. */
  | { readonly code: 'step.cancelled'; readonly phase: PhaseName | '' }
  /** The step ended without a word: killed, or its runner lost. */
  | { readonly code: 'step.died' }
  /** The step said by itself that it did not know how the deployment ended. */
  | { readonly code: 'step.lost_contact' }
  | { readonly code: 'step.post_timeout'; readonly seconds: number }

/** What runs could not be looked at. */
export type VerifyProblem =
  | { readonly code: 'verify.timeout'; readonly seconds: number }
  | { readonly code: 'verify.failed'; readonly detail: string }

export type PrefetchProblem =
  | {
      readonly code: 'prefetch.login_failed'
      readonly registry: string
      readonly image: string
      readonly detail: string
    }
  | { readonly code: 'prefetch.pull_failed'; readonly image: string; readonly detail: string }
  | { readonly code: 'prefetch.timeout'; readonly seconds: number }
  | { readonly code: 'prefetch.failed'; readonly detail: string }
  /** Refused as `expect-revision` asks. */
  | ({ readonly code: 'prefetch.other_revision' } & OtherRevision)
  | { readonly code: 'snapshot.failed'; readonly detail: string }

export type ApplyProblem =
  | { readonly code: 'apply.files_changed'; readonly path: string }
  | { readonly code: 'apply.env_edit_refused'; readonly detail: string }
  /** Too little space to be sure of a rollback; nothing was changed. */
  | { readonly code: 'apply.no_space'; readonly freeKibibytes: number }
  /** The boot trigger that is demanded could not be set; nothing was changed. */
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

/** The watch over the containers ended by itself: what they did since is not known. `detail`: its last words. */
export type WatchProblem = { readonly code: 'health.unwatched'; readonly detail: string } & (
  | { readonly reason: 'no-events' | 'time-over' }
  | { readonly reason: 'killed'; readonly signal: number }
  | { readonly reason: 'other'; readonly exitCode: number }
)

/** The host is in another boot than at the first contact: every job of the deployment ended with the earlier one. */
export type HostProblem = { readonly code: 'host.restarted'; readonly phase: PhaseName }

export type GateProblem = {
  /** `gate.failed`: measured bad. `gate.inconclusive`: not enough to measure. `gate.error`: could not measure. */
  readonly code: 'gate.failed' | 'gate.inconclusive' | 'gate.error'
  readonly reasons: readonly GateReason[]
}

export type ConfirmProblem =
  | { readonly code: 'confirm.failed'; readonly detail: string }
  /** A service that had to rest until then does not stay up. */
  | { readonly code: 'confirm.unstable'; readonly service: string }
  /** Somebody else changed in the env file what this deployment had set there. */
  | { readonly code: 'confirm.env_changed'; readonly key: string }
  | { readonly code: 'confirm.timeout'; readonly seconds: number }

export type RollbackProblem =
  /** Images of what ran before that somebody removed, and that could not be pulled again. */
  | {
      readonly code: 'rollback.image_gone'
      readonly images: readonly GoneImage[]
      readonly detail: string
    }
  /** `notRestored`: service and what was said of it; foreign text, redacted on the host. */
  | {
      readonly code: 'rollback.failed'
      readonly notRestored: readonly string[]
      readonly differences: readonly string[]
      readonly detail: string
    }
  | { readonly code: 'rollback.timeout'; readonly seconds: number }
  /** A person ended the transaction on the host, and decided that what runs then stays (`host.sh keep`). */
  | { readonly code: 'rollback.kept' }

export interface GoneImage {
  readonly reference: string
  readonly imageId: string
}

/** The one error class of this action: carries a {@link Problem}, and the lower error as `cause`. */
export class DeployError extends Error {
  override readonly name = 'DeployError'
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.code, options)
    this.problem = problem
  }
}

/** Any thrown value as a problem; what is not ours is a bug of ours and says so. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof DeployError) return thrown.problem
  return {
    code: 'internal.bug',
    detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  }
}

/** The release's image says of itself (its label, foreign text) that it was built from another commit than the run's. */
export interface OtherRevision {
  readonly reference: string
  /** Empty where the image does not say. */
  readonly revision: string
  readonly commit: string
}
