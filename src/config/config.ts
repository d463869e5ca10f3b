import { KNOWN_STAGES } from '../model/assessment.ts'
import type { KnownRelease } from '../model/earlier-release.ts'
import type { Secret } from '../model/secret.ts'
import type { HostKeyPolicy, SshRoute, SshServer } from '../ssh/target.ts'
import { secondsOf } from './duration.ts'
import { IMAGE_KEY, type ImageSetting, RESEARCH_IMAGE_KEY, registryOf } from './image.ts'
import type { EnvSetting } from './managed-env.ts'
import { below } from './path.ts'
import { type SettingsOf, settingsPlaced } from './schema.ts'

type DeploySettings = SettingsOf<'deploy'>
type RollbackSettings = SettingsOf<'rollback'>
/** What every action reads that goes to the host. */
type HostSettings = SettingsOf<'verify'>

/**
 * The checked settings as the configuration that the rest of the program reads: most stand where their entry in a table of
 * settings says; what is made of several of them is made here. The types of the configurations are inferred from this.
 *
 * @param deferSource a deferred service that only the default names is ignored where the compose file lacks it
 */
export function deployConfig(settings: DeploySettings, deferSource: 'default' | 'given') {
  const config = settingsPlaced('deploy', settings)
  return {
    ...config,
    ...madeOf(settings),
    purpose: { kind: 'release' } as Purpose,
    images: imagesOf(settings),
    managedEnv: managedEnvOf(settings),
    registry: loginAt(settings.image, accountOf(settings)),
    services: { ...config.services, deferSource },
    closedLoop: {
      ...config.closedLoop,
      outputRoot: outputRootOf(settings),
      minRuntimeStatus: minRuntimeStatusOf(settings),
    },
    deadlines: { ...config.deadlines, evidenceSeconds: evidenceSecondsOf(settings) },
    hostLockFile: hostLockFileOf(settings),
  } as const
}

/** What a deployment does, and how long it may take. */
export type DeployConfig = ReturnType<typeof deployConfig>

/** What a transaction is for. */
export type Purpose =
  /** To deploy a release, which the gate judges. */
  | { readonly kind: 'release' }
  /** To return to a release that was confirmed before: only its health decides, and its images need not be pulled. */
  | { readonly kind: 'return'; readonly to: Returned }

/** The release of an earlier transaction, as far as the host needs it. */
export type Returned = Pick<KnownRelease, 'transaction' | 'images' | 'variables' | 'files'>

/** The same for `actions/rollback`. What it deploys, only the host can tell. */
export function rollbackConfig(settings: RollbackSettings, deferSource: 'default' | 'given') {
  const config = settingsPlaced('rollback', settings)
  return {
    ...config,
    ...madeOf(settings),
    account: accountOf(settings),
    services: { ...config.services, deferSource },
    closedLoop: { ...WITHOUT_GATE, outputRoot: outputRootOf(settings) },
    deadlines: { ...config.deadlines, evidenceSeconds: 0, assessSeconds: 0 },
    hostLockFile: hostLockFileOf(settings),
    runnerEnv: [],
    host: { ...config.host, requiredEnv: [] },
    onOtherRevision: 'warn',
    trial: NO_TRIAL,
    release: { files: [], stateFiles: [] },
    pruning: NO_PRUNING,
    afterPromotion: 'nothing',
  } as const
}

/** How `actions/rollback` returns to a release, before it is known which. */
export type RollbackConfig = ReturnType<typeof rollbackConfig>

/** No runner is called, and nothing is judged. */
const WITHOUT_GATE = {
  enforce: 'enforced',
  action: 'assess',
  stage: 'S3',
  since: '30m',
  minRuntimeStatus: 1,
  strictness: 'strict',
  gateOn: 'both',
  rules: [],
  extraReports: [],
} as const satisfies Omit<DeployConfig['closedLoop'], 'outputRoot'>

const NO_TRIAL: DeployConfig['trial'] = { retryCodes: [] }
/** A person who goes back may want to go forth again. */
const NO_PRUNING: DeployConfig['pruning'] = { images: 'none', keepReleases: 0 }

/** The deployment that returns to this release: its variables get the very references that they had. */
export function returning(
  { account, transaction: _, ...config }: RollbackConfig,
  to: Returned,
): DeployConfig {
  const { images, variables, files } = to
  return {
    ...config,
    images,
    managedEnv: variables,
    // They come from no workspace.
    release: { ...config.release, files: files.map((target) => ({ source: target, target })) },
    purpose: { kind: 'return', to },
    registry: loginAt(images[0].reference, account),
  }
}

/** The same for `actions/verify`. */
export function verifyConfig(settings: HostSettings) {
  return {
    ...settingsPlaced('verify', settings),
    ...madeOf(settings),
    closedLoop: { outputRoot: outputRootOf(settings) },
  } as const
}

/** What `actions/verify` looks at. */
export type VerifyConfig = ReturnType<typeof verifyConfig>

/** The same for `actions/check`. */
export function checkConfig(settings: SettingsOf<'check'>) {
  const { docsMap, run } = settingsPlaced('check', settings)
  return { docsMap, workspace: run.workspace } as const
}

/** What `actions/check` compares. */
export type CheckConfig = ReturnType<typeof checkConfig>

/** The workflow run that this step is part of. */
export type RunContext = VerifyConfig['run']

/** What the runner says about this step; shown below the report. */
export type RunFacts = Pick<
  RunContext,
  'repository' | 'runId' | 'runAttempt' | 'job' | 'sha' | 'actor' | 'serverUrl'
>

function madeOf(settings: HostSettings) {
  const { run } = settingsPlaced('verify', settings)
  return {
    ssh: { ...serverOf(settings), route: routeOf(settings) },
    run: {
      ...run,
      // `owner/repo/.github/workflows/x.yml@refs/heads/main`: the workflow's file on whatever branch, or else its name.
      workflow: settings.GITHUB_WORKFLOW_REF.replace(/@.*$/u, '') || settings.GITHUB_WORKFLOW,
    },
  } as const
}

/** 0: the runner is not told, and nothing is waited for. */
function minRuntimeStatusOf(settings: DeploySettings): number {
  const isKnown = KNOWN_STAGES.some((stage) => stage === settings.CLOSED_LOOP_STAGE)
  return settings.CLOSED_LOOP_MIN_RUNTIME_STATUS ?? (isKnown ? 10 : 0)
}

const LEAST_EVIDENCE_SECONDS = 15 * 60
const MOST_EVIDENCE_SECONDS = 24 * 3600

/** What comes later than the assessment looks back would not be seen by it. */
function evidenceSecondsOf(settings: DeploySettings): number {
  const window = secondsOf(settings.CLOSED_LOOP_SINCE) ?? 0
  const byWindow = Math.min(Math.max(window, LEAST_EVIDENCE_SECONDS), MOST_EVIDENCE_SECONDS)
  return settings['evidence-timeout'] ?? byWindow
}

/** Absolute. */
function outputRootOf(settings: HostSettings): string {
  return below(settings['project-dir'], settings.CLOSED_LOOP_OUTPUT_ROOT)
}

/** Absolute; empty where the host's own loop has none. */
function hostLockFileOf(settings: DeploySettings | RollbackSettings): string {
  const file = settings['host-lock-file']
  return file === undefined ? '' : below(settings['project-dir'], file)
}

function serverOf(settings: HostSettings): SshServer {
  return { ...settingsPlaced('verify', settings).ssh, hostKeys: hostKeysOf(settings) }
}

/** What is not said of the bastion is as it is for the host; the passphrase opens either key. */
function routeOf(settings: HostSettings): SshRoute {
  const host = settings['bastion-host']
  if (host === undefined) return { kind: 'direct' }
  const asForHost = serverOf(settings)
  const knownHosts = settings['bastion-known-hosts']
  return {
    kind: 'through-bastion',
    bastion: {
      ...asForHost,
      host,
      port: settings['bastion-port'] ?? SSH_PORT,
      username: settings['bastion-username'] ?? asForHost.username,
      privateKey: settings['bastion-private-key'] ?? asForHost.privateKey,
      ...(knownHosts === undefined ? {} : { hostKeys: { kind: 'known-hosts', text: knownHosts } }),
    },
  }
}

const SSH_PORT = 22

function hostKeysOf(settings: HostSettings): HostKeyPolicy {
  const text = settings['known-hosts']
  if (text !== undefined) return { kind: 'known-hosts', text }
  const sha256 = settings['host-fingerprint']
  return sha256 === undefined ? { kind: 'none' } : { kind: 'fingerprints', sha256 }
}

/** `AI_TRADE_IMAGE` first, then `AI_TRADE_RESEARCH_IMAGE` where given, then the others; every key once. */
function imagesOf(settings: DeploySettings): readonly [ImageSetting, ...ImageSetting[]] {
  const research = settings['research-image']
  return [
    { key: IMAGE_KEY, reference: settings.image },
    ...(research === undefined ? [] : [{ key: RESEARCH_IMAGE_KEY, reference: research }]),
    ...(settings.images ?? []),
  ]
}

/** The variables that are set beside the images, with their values. */
function managedEnvOf(settings: DeploySettings): readonly EnvSetting[] {
  const values = { AI_TRADE_PROJECT_DIR: settings['project-dir'], AI_TRADE_ENV_FILE: settings['env-file'] }
  const { known, others } = settings['manage-env']
  return [...known.map((key) => ({ key, value: values[key] })), ...others]
}

/** How the host gets at the registry: as it is logged in already, or with a token for this pull only. */
export type RegistryLogin =
  | { readonly kind: 'host-login' }
  | { readonly kind: 'token'; readonly server: string; readonly username: string; readonly password: Secret }

/** The account at the registry, where one is given. `server` is absent where it is that of the release. */
type RegistryAccount =
  | { readonly kind: 'host-login' }
  | { readonly kind: 'token'; readonly server?: string; readonly username: string; readonly password: Secret }

function accountOf(settings: DeploySettings | RollbackSettings): RegistryAccount {
  const username = settings['registry-username']
  const password = settings['registry-password']
  if (username === undefined || password === undefined) return { kind: 'host-login' }
  const server = settings.registry === undefined ? {} : { server: settings.registry }
  return { kind: 'token', ...server, username, password }
}

function loginAt(reference: string, account: RegistryAccount): RegistryLogin {
  return account.kind === 'token' ? { ...account, server: account.server ?? registryOf(reference) } : account
}
