import type { Secret } from '../model/secret.ts'
import type { HostKeyPolicy, SshRoute, SshServer } from '../ssh/target.ts'
import { IMAGE_KEY, type ImageSetting, RESEARCH_IMAGE_KEY, registryOf } from './image.ts'
import { below } from './path.ts'
import { type SettingsOf, settingsPlaced } from './schema.ts'

type DeploySettings = SettingsOf<'deploy'>
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
    images: imagesOf(settings),
    registry: registryLoginOf(settings),
    services: { ...config.services, deferSource },
    closedLoop: { ...config.closedLoop, outputRoot: outputRootOf(settings) },
  } as const
}

/** What a deployment does, and how long it may take. */
export type DeployConfig = ReturnType<typeof deployConfig>

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

/** Absolute. */
function outputRootOf(settings: HostSettings): string {
  return below(settings['project-dir'], settings.CLOSED_LOOP_OUTPUT_ROOT)
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

/** How the host gets at the registry: as it is logged in already, or with a token for this pull only. */
export type RegistryLogin =
  | { readonly kind: 'host-login' }
  | { readonly kind: 'token'; readonly server: string; readonly username: string; readonly password: Secret }

function registryLoginOf(settings: DeploySettings): RegistryLogin {
  const username = settings['registry-username']
  const password = settings['registry-password']
  if (username === undefined || password === undefined) return { kind: 'host-login' }
  return { kind: 'token', server: settings.registry ?? registryOf(settings.image), username, password }
}
