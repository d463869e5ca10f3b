import type { PrivateHost } from '../private-host/private-host.ts'
import type { Release } from '../releases/releases.ts'
import {
  type ResultsBehaviour,
  startResultsServer,
  type UploadedArtifact,
} from '../results-server/results-server.ts'
import {
  ACTION_DIRECTORIES,
  type ActionRun,
  type ActionStep,
  type Annotation,
  type Cancellation,
  type CheckedOut,
  runAction,
  runPost,
} from '../runner/run-action.ts'

export interface Deployment {
  readonly image: Release | string
  /** Over the usual inputs; an empty text means not given. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Repository variables: the input `variables`. */
  readonly variables?: Readonly<Record<string, string>>
  /** The step's `env:`. */
  readonly env?: Readonly<Record<string, string>>
  /** What an earlier step checked out; nothing unless told. */
  readonly checkedOut?: CheckedOut
  /** The artifact service; default `accepts`. `absent`: the runner names none. */
  readonly results?: ResultsBehaviour | 'absent'
  readonly timeoutSeconds?: number
  readonly onLine?: (line: string) => void
  readonly cancel?: Cancellation
}

/**
 * A step's main or post that ran to its end. Dispose of main, after its post, to remove the files of both and
 * to end their artifact service.
 */
export interface DeployRun extends ActionRun {
  /** The reports that were uploaded, unzipped. */
  readonly artifacts: readonly UploadedArtifact[]
  /** The diagnostics that were uploaded, unzipped. */
  readonly diagnostics: readonly UploadedArtifact[]
  readonly errors: readonly Annotation[]
  readonly warnings: readonly Annotation[]
  readonly notices: readonly Annotation[]
  /** The files of the step's `with:` and `env:` that must never be seen: the key and the registry's password. */
  readonly secrets: readonly string[]
  /** What its post is given anew. */
  readonly step: ActionStep
  /** All that has come in by now from the step, its post included. */
  readonly uploads: () => readonly UploadedArtifact[]
}

/**
 * Runs the action against a host, with the inputs that a workflow would give: address, known host keys, key,
 * registry login, image, and deadlines that suit a test. Never throws for how the deployment ends.
 */
export async function deployRelease(host: PrivateHost, deployment: Deployment): Promise<DeployRun> {
  return runAgainst(host, deployment, { inputs: inputsOf(host, deployment) })
}

/** Runs `actions/plan` with the same inputs. Never throws for what it finds. */
export async function planRelease(host: PrivateHost, deployment: Deployment): Promise<DeployRun> {
  const given = { inputs: inputsOf(host, deployment), actionDirectory: ACTION_DIRECTORIES.plan }
  return runAgainst(host, deployment, given)
}

function inputsOf(host: PrivateHost, deployment: Deployment): ActionStep['inputs'] {
  const { image } = deployment
  return {
    ...loginOf(host),
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
  }
}

/** Runs `actions/verify` against a host. Never throws for what it finds. */
export async function verifyHost(host: PrivateHost): Promise<DeployRun> {
  return runAgainst(host, {}, { inputs: loginOf(host), actionDirectory: ACTION_DIRECTORIES.verify })
}

/** Runs `actions/rollback` against a host. Never throws for how it ends. */
export async function returnToRelease(
  host: PrivateHost,
  deployment: Omit<Deployment, 'image'> = {},
): Promise<DeployRun> {
  const inputs = {
    ...loginOf(host),
    'health-timeout': '90s',
    'prefetch-timeout': '90s',
    ...deployment.inputs,
  }
  return runAgainst(host, deployment, { inputs, actionDirectory: ACTION_DIRECTORIES.rollback })
}

function loginOf(host: PrivateHost): ActionStep['inputs'] {
  return {
    host: host.address,
    port: String(host.sshPort),
    username: host.username,
    'private-key': host.clientKey,
    'known-hosts': host.knownHosts,
  }
}

async function runAgainst(
  host: PrivateHost,
  { results = 'accepts', env, onLine, timeoutSeconds, cancel, checkedOut }: Omit<Deployment, 'image'>,
  given: Pick<ActionStep, 'inputs' | 'actionDirectory'>,
): Promise<DeployRun> {
  const server = results === 'absent' ? undefined : await startResultsServer({ behaviour: results })
  const step: ActionStep = {
    ...given,
    ...(env === undefined ? {} : { env }),
    ...(server === undefined ? {} : { results: server }),
    ...(onLine === undefined ? {} : { onLine }),
  }
  try {
    const run = await runAction({
      ...step,
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(cancel === undefined ? {} : { cancel }),
      ...(checkedOut === undefined ? {} : { checkedOut }),
    })
    const uploads = () => server?.artifacts() ?? []
    return deployRun(run, {
      step,
      uploads,
      uploaded: uploads(),
      secrets: [
        host.clientKey,
        host.registry.password,
        ...['private-key', 'bastion-private-key'].flatMap((name) => step.inputs[name] ?? []),
      ],
      dispose: async () => {
        await run.dispose()
        await server?.stop()
      },
    })
  } catch (thrown) {
    await server?.stop()
    throw thrown
  }
}

/** Runs the post of such a step, as the runner does once the job's other steps have ended. */
export async function postOf(
  main: DeployRun,
  options: {
    /** Seconds until it is given up; default 210. */
    readonly within?: number
    readonly onLine?: (line: string) => void
  } = {},
): Promise<DeployRun> {
  const { step, uploads, secrets } = main
  const { within = 210, onLine } = options
  const before = uploads().length
  const run = await runPost(main, { ...step, within, ...(onLine === undefined ? {} : { onLine }) })
  return deployRun(run, { step, uploads, secrets, uploaded: uploads().slice(before), dispose: run.dispose })
}

function deployRun(
  run: ActionRun,
  {
    uploaded,
    ...own
  }: Pick<DeployRun, 'step' | 'uploads' | 'secrets' | 'dispose'> & {
    readonly uploaded: readonly UploadedArtifact[]
  },
): DeployRun {
  const isDiagnostics = ({ name }: UploadedArtifact) => name.endsWith('-diagnostics')
  const annotations = (level: Annotation['level']) => run.annotations.filter((one) => one.level === level)
  return {
    ...run,
    ...own,
    artifacts: uploaded.filter((one) => !isDiagnostics(one)),
    diagnostics: uploaded.filter(isDiagnostics),
    errors: annotations('error'),
    warnings: annotations('warning'),
    notices: annotations('notice'),
    [Symbol.asyncDispose]: own.dispose,
  }
}
