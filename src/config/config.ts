import type { RunnerAction, Stage } from '../model/assessment.ts'
import type { DocumentsPair } from '../model/documents-check.ts'
import type { Rule } from '../model/rule.ts'
import type { Secret } from '../model/secret.ts'
import type { SshRoute, SshServer } from '../ssh/target.ts'
import type { ImageSetting } from './image.ts'

/** What `actions/check` compares. */
export interface CheckConfig {
  /** At least one. */
  readonly docsMap: readonly DocumentsPair[]
  /** Absolute: where the repository is checked out. */
  readonly workspace: string
}

/** Where the project is, and the way to it. */
interface ProjectConfig {
  readonly ssh: SshServer & { readonly route: SshRoute }
  readonly host: {
    /** Absolute, without a slash at its end. */
    readonly projectDir: string
    /** At least one; each absolute or relative to `projectDir`. */
    readonly composeFiles: readonly string[]
    /** Absolute or relative to `projectDir`. */
    readonly envFile: string
    readonly projectName?: string
  }
  readonly run: RunContext
}

/** What `actions/verify` looks at. */
export interface VerifyConfig extends ProjectConfig {
  readonly services: { readonly deploy: readonly string[]; readonly gate: string }
  /** Absolute. */
  readonly closedLoop: { readonly outputRoot: string }
  readonly deadlines: { readonly leaseSeconds: number }
}

/** What a deployment does, and how long it may take. */
export interface DeployConfig extends ProjectConfig {
  readonly host: ProjectConfig['host'] & { readonly requiredEnv: readonly string[] }
  /** `AI_TRADE_IMAGE` first, then `AI_TRADE_RESEARCH_IMAGE` where given, then the others; every key once. */
  readonly images: readonly [ImageSetting, ...ImageSetting[]]
  readonly registry: RegistryLogin
  readonly services: {
    readonly deploy: readonly string[]
    readonly defer: readonly string[]
    /** A name that only the default gives is ignored where the compose file lacks it. */
    readonly deferSource: 'default' | 'given'
    readonly gate: string
  }
  readonly closedLoop: {
    readonly enforce: 'enforced' | 'not_enforced'
    readonly action: RunnerAction
    readonly stage: Stage
    /** As `docker logs --since` takes it. */
    readonly since: string
    readonly minRuntimeStatus: number
    /** Absolute. */
    readonly outputRoot: string
    readonly strictness: 'strict' | 'lenient'
    /** What a release that would pass must meet besides. */
    readonly rules: readonly Rule[]
  }
  readonly deadlines: {
    readonly healthSeconds: number
    readonly evidenceSeconds: number
    readonly assessSeconds: number
    readonly prefetchSeconds: number
    readonly lockSeconds: number
    readonly leaseSeconds: number
  }
  readonly onDrift: 'warn' | 'refuse'
  readonly onNoBootTrigger: 'warn' | 'refuse'
  readonly onOtherRevision: 'warn' | 'refuse'
  readonly onRollbackFailure: 'keep' | 'stop'
  /** What follows when the release is promoted. */
  readonly afterPromotion: 'verify' | 'nothing'
  /** A shell command on one line. */
  readonly notifyCommand?: string
  readonly artifact: { readonly name?: string; readonly retentionDays?: number }
}

/** How the host gets at the registry: as it is logged in already, or with a token for this pull only. */
export type RegistryLogin =
  | { readonly kind: 'host-login' }
  | { readonly kind: 'token'; readonly server: string; readonly username: string; readonly password: Secret }

/** The workflow run that this step is part of. */
export interface RunContext {
  readonly repository: string
  readonly runId: string
  /** Counts the runs of one workflow; empty where the runner does not say. */
  readonly runNumber: string
  readonly runAttempt: string
  /** The workflow's file, or its name where the runner does not say the file. */
  readonly workflow: string
  readonly job: string
  readonly actor: string
  readonly serverUrl: string
  readonly sha: string
  /** Absolute paths on the runner. */
  readonly runnerTemp: string
  readonly workspace: string
}
