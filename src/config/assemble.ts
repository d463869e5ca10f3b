import type { HostKeyPolicy, SshRoute, SshServer } from '../ssh/target.ts'
import type { CheckConfig, DeployConfig, RegistryLogin, RunContext, VerifyConfig } from './config.ts'
import { IMAGE_KEY, type ImageSetting, RESEARCH_IMAGE_KEY, registryOf } from './image.ts'
import { below } from './path.ts'
import type { SettingsOf } from './schema.ts'

type DeploySettings = SettingsOf<'deploy'>
/** What every action reads that goes to the host. */
type HostSettings = SettingsOf<'deploy' | 'verify'>

/** The flat, checked settings as the configuration that the rest of the program reads. */
export function assembleDeploy(
  settings: DeploySettings,
  deferSource: DeployConfig['services']['deferSource'],
): DeployConfig {
  return {
    ...projectOf(settings),
    host: { ...projectOf(settings).host, requiredEnv: settings['required-env'] },
    images: imagesOf(settings),
    registry: registryLoginOf(settings),
    services: {
      deploy: settings.DEPLOY_SERVICES,
      defer: settings.GATE_DEFER_SERVICES,
      deferSource,
      gate: settings.GATE_SERVICE,
    },
    closedLoop: {
      enforce: settings.CLOSED_LOOP_ENFORCE ? 'enforced' : 'not_enforced',
      action: settings.CLOSED_LOOP_ACTION,
      stage: settings.CLOSED_LOOP_STAGE,
      since: settings.CLOSED_LOOP_SINCE,
      minRuntimeStatus: settings.CLOSED_LOOP_MIN_RUNTIME_STATUS,
      outputRoot: outputRootOf(settings),
      strictness: settings.CLOSED_LOOP_STRICT_PASS ? 'strict' : 'lenient',
      rules: settings['gate-rules'] ?? [],
    },
    deadlines: {
      healthSeconds: settings['health-timeout'],
      evidenceSeconds: settings['evidence-timeout'],
      assessSeconds: settings['assess-timeout'],
      prefetchSeconds: settings['prefetch-timeout'],
      lockSeconds: settings['lock-timeout'],
      leaseSeconds: settings.lease,
    },
    onDrift: settings['on-drift'],
    onNoBootTrigger: settings['on-no-boot-trigger'],
    onOtherRevision: settings['expect-revision'] ? 'refuse' : 'warn',
    onRollbackFailure: settings['on-rollback-failure'],
    afterPromotion: settings['verify-after-deploy'] ? 'verify' : 'nothing',
    ...(settings['notify-command'] === undefined ? {} : { notifyCommand: settings['notify-command'] }),
    artifact: {
      ...(settings['artifact-name'] === undefined ? {} : { name: settings['artifact-name'] }),
      ...(settings['retention-days'] === undefined ? {} : { retentionDays: settings['retention-days'] }),
    },
  }
}

/** The same for `actions/verify`. */
export function assembleVerify(settings: SettingsOf<'verify'>): VerifyConfig {
  return {
    ...projectOf(settings),
    services: { deploy: settings.DEPLOY_SERVICES, gate: settings.GATE_SERVICE },
    closedLoop: { outputRoot: outputRootOf(settings) },
    deadlines: { leaseSeconds: settings.lease },
  }
}

/** The same for `actions/check`. */
export function assembleCheck(settings: SettingsOf<'check'>): CheckConfig {
  return { docsMap: settings['docs-map'], workspace: settings.GITHUB_WORKSPACE }
}

function projectOf(settings: HostSettings): Pick<VerifyConfig, 'ssh' | 'host' | 'run'> {
  return {
    ssh: { ...hostOf(settings), route: routeOf(settings) },
    host: {
      projectDir: settings['project-dir'],
      composeFiles: settings['compose-files'],
      envFile: settings['env-file'],
      ...(settings['project-name'] === undefined ? {} : { projectName: settings['project-name'] }),
    },
    run: runContextOf(settings),
  }
}

function outputRootOf(settings: HostSettings): string {
  return below(settings['project-dir'], settings.CLOSED_LOOP_OUTPUT_ROOT)
}

function hostOf(settings: HostSettings): SshServer {
  return {
    host: settings.host,
    port: settings.port,
    username: settings.username,
    privateKey: settings['private-key'],
    ...(settings.passphrase === undefined ? {} : { passphrase: settings.passphrase }),
    hostKeys: hostKeysOf(settings),
  }
}

/** What is not said of the bastion is as it is for the host; the passphrase opens either key. */
function routeOf(settings: HostSettings): SshRoute {
  const host = settings['bastion-host']
  if (host === undefined) return { kind: 'direct' }
  const asForHost = hostOf(settings)
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

function imagesOf(settings: DeploySettings): readonly [ImageSetting, ...ImageSetting[]] {
  const research = settings['research-image']
  return [
    { key: IMAGE_KEY, reference: settings.image },
    ...(research === undefined ? [] : [{ key: RESEARCH_IMAGE_KEY, reference: research }]),
    ...(settings.images ?? []),
  ]
}

function registryLoginOf(settings: DeploySettings): RegistryLogin {
  const username = settings['registry-username']
  const password = settings['registry-password']
  if (username === undefined || password === undefined) return { kind: 'host-login' }
  return { kind: 'token', server: settings.registry ?? registryOf(settings.image), username, password }
}

function runContextOf(settings: HostSettings): RunContext {
  return {
    repository: settings.GITHUB_REPOSITORY,
    runId: settings.GITHUB_RUN_ID,
    runNumber: settings.GITHUB_RUN_NUMBER,
    // `owner/repo/.github/workflows/x.yml@refs/heads/main`: the same workflow on whatever branch.
    workflow: settings.GITHUB_WORKFLOW_REF.replace(/@.*$/u, '') || settings.GITHUB_WORKFLOW,
    runAttempt: settings.GITHUB_RUN_ATTEMPT,
    job: settings.GITHUB_JOB,
    actor: settings.GITHUB_ACTOR,
    serverUrl: settings.GITHUB_SERVER_URL,
    sha: settings.GITHUB_SHA,
    runnerTemp: settings.RUNNER_TEMP,
    workspace: settings.GITHUB_WORKSPACE,
  }
}
