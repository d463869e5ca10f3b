import type { PrivateHost } from '../private-host/private-host.ts'
import type { Release } from '../releases/releases.ts'
import {
  type ResultsBehaviour,
  startResultsServer,
  type UploadedArtifact,
} from '../results-server/results-server.ts'
import { type ActionRun, type Annotation, runAction } from '../runner/run-action.ts'

export interface Deployment {
  readonly image: Release | string
  /** Over the usual inputs; an empty text means not given. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Repository variables: the input `variables`. */
  readonly variables?: Readonly<Record<string, string>>
  /** The step's `env:`. */
  readonly env?: Readonly<Record<string, string>>
  /** The artifact service; default `accepts`. `absent`: the runner names none. */
  readonly results?: ResultsBehaviour | 'absent'
  readonly timeoutSeconds?: number
  readonly onLine?: (line: string) => void
}

/** A step that ran to its end. Dispose of it to remove its files and to end its artifact service. */
export interface DeployRun extends ActionRun {
  /** What was uploaded, unzipped. */
  readonly artifacts: readonly UploadedArtifact[]
  readonly errors: readonly Annotation[]
  readonly warnings: readonly Annotation[]
  readonly notices: readonly Annotation[]
  /** The files of the step's `with:` and `env:` that must never be seen: the key and the registry's password. */
  readonly secrets: readonly string[]
}

/**
 * Runs the action against a host, with the inputs that a workflow would give: address, known host keys, key,
 * registry login, image, and deadlines that suit a test. Never throws for how the deployment ends.
 */
export async function deployRelease(host: PrivateHost, deployment: Deployment): Promise<DeployRun> {
  const { image, results = 'accepts' } = deployment
  const server = results === 'absent' ? undefined : await startResultsServer({ behaviour: results })
  try {
    const run = await runAction({
      inputs: {
        host: host.address,
        port: String(host.sshPort),
        username: host.username,
        'private-key': host.clientKey,
        'known-hosts': host.knownHosts,
        image: typeof image === 'string' ? image : image.reference,
        registry: host.registry.address,
        'registry-username': host.registry.username,
        'registry-password': host.registry.password,
        'health-timeout': '90s',
        'evidence-timeout': '90s',
        'assess-timeout': '90s',
        'prefetch-timeout': '90s',
        variables: JSON.stringify(deployment.variables ?? {}),
        ...deployment.inputs,
      },
      ...(deployment.env === undefined ? {} : { env: deployment.env }),
      ...(server === undefined ? {} : { results: server }),
      ...(deployment.timeoutSeconds === undefined ? {} : { timeoutSeconds: deployment.timeoutSeconds }),
      ...(deployment.onLine === undefined ? {} : { onLine: deployment.onLine }),
    })
    const annotations = (level: Annotation['level']) => run.annotations.filter((one) => one.level === level)
    const dispose = async () => {
      await run.dispose()
      await server?.stop()
    }
    return {
      ...run,
      artifacts: server?.artifacts() ?? [],
      errors: annotations('error'),
      warnings: annotations('warning'),
      notices: annotations('notice'),
      secrets: [host.clientKey, host.registry.password],
      dispose,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (thrown) {
    await server?.stop()
    throw thrown
  }
}
