import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ActionManifest, readActionManifest, resolveInputs } from './action-manifest.ts'
import type { Cancellation } from './cancellation.ts'
import { nodeForActions } from './node-binary.ts'
import { type ActionRun, runStep, type StepInvocation } from './run-step.ts'
import { createStepDirectories, directoriesForPost } from './step-directories.ts'

export type { Cancellation } from './cancellation.ts'
export type { ActionRun } from './run-step.ts'
export type { Annotation, LogGroup } from './step-log.ts'

/** A step of a workflow that uses this action. */
export interface ActionStep {
  /** The step's `with:`; defaults of action.yml are applied for absent ones. */
  readonly inputs: Readonly<Record<string, string>>
  /** The step's `env:`. */
  readonly env?: Readonly<Record<string, string>>
  /** What the workflow's secrets would be: masked from the start. */
  readonly secrets?: readonly string[]
  /** The artifact service; without it the action has none, as in a local run. */
  readonly results?: { readonly url: string; readonly token: string }
  /** Each line of the log as a person sees it, as it appears. */
  readonly onLine?: (line: string) => void
  /** Where action.yml is; this project unless told. */
  readonly actionDirectory?: string
}

export interface ActionInvocation extends ActionStep {
  /** When the run is given up as hung; 150 unless told. */
  readonly timeoutSeconds?: number
  readonly cancel?: Cancellation
  /** What an earlier step checked out, by paths in the workspace, which is empty unless told. */
  readonly checkedOut?: CheckedOut
}

/** A text (mode 644), one with another mode, or a symbolic link, by its path. */
export type CheckedOut = Readonly<
  Record<string, string | { readonly text: string; readonly mode: number } | { readonly link: string }>
>

export interface PostInvocation extends ActionStep {
  /** Seconds until the run is given up; unless told, the 285 that the runner leaves after a cancellation. */
  readonly within?: number
}

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** Where the action files beside that of a deployment are. */
export const ACTION_DIRECTORIES = {
  verify: join(repositoryRoot, 'actions/verify'),
  check: join(repositoryRoot, 'actions/check'),
  rollback: join(repositoryRoot, 'actions/rollback'),
  plan: join(repositoryRoot, 'actions/plan'),
}

/** What `github.token` is in these workflows; masked like the real one. */
const GITHUB_TOKEN = 'ghs_0000000000000000000000000000test'

/**
 * Runs the bundled action from `dist/` as the GitHub runner would: Node 24, a workspace of its own, a clean
 * environment, stdin closed, fresh command files. Dispose of the result to remove its files.
 */
export async function runAction(invocation: ActionInvocation): Promise<ActionRun> {
  const { actionDirectory = repositoryRoot, cancel, timeoutSeconds = 150 } = invocation
  const manifest = await readActionManifest(actionDirectory)
  const directories = await createStepDirectories()
  for (const [path, content] of Object.entries(invocation.checkedOut ?? {}))
    await checkOut(join(directories.workspace, path), content)
  return runStep({
    ...partOf(invocation, manifest),
    script: join(actionDirectory, manifest.main),
    timeoutSeconds,
    directories,
    cancellation: cancel ?? { how: 'none' },
  })
}

async function checkOut(file: string, content: CheckedOut[string]): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  if (typeof content === 'object' && 'link' in content) return symlink(content.link, file)
  const { text, mode } = typeof content === 'string' ? { text: content, mode: 0o644 } : content
  await writeFile(file, text)
  await chmod(file, mode)
}

/**
 * Runs the action's post for a main that was started, however that ended: its inputs evaluated anew, what main
 * saved as `STATE_<name>`, main's workspace and RUNNER_TEMP, its masks and the variables that it exported. The
 * runner sends a post no signal. Dispose of main last: it removes the places of both.
 */
export async function runPost(main: ActionRun, invocation: PostInvocation): Promise<ActionRun> {
  const { actionDirectory = repositoryRoot, within = 285 } = invocation
  const manifest = await readActionManifest(actionDirectory)
  if (manifest.post.kind === 'none') throw new Error('action.yml declares no post')
  const part = partOf(invocation, manifest)
  const state = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value])
  return runStep({
    ...part,
    script: join(actionDirectory, manifest.post.path),
    environment: { ...main.environment.variables, ...part.environment, ...Object.fromEntries(state) },
    // The runner masks for a whole job.
    secrets: [...part.secrets, ...main.masks],
    timeoutSeconds: within,
    directories: await directoriesForPost(main),
    cancellation: { how: 'none' },
  })
}

/** What main and post have in common. */
function partOf(
  step: ActionStep,
  manifest: ActionManifest,
): Pick<StepInvocation, 'node' | 'environment' | 'secrets' | 'warnings' | 'onLine'> {
  const inputs = resolveInputs(manifest, step.inputs, GITHUB_TOKEN)
  const { results } = step
  return {
    node: nodeForActions(repositoryRoot),
    environment: {
      ...(results === undefined
        ? {}
        : { ACTIONS_RESULTS_URL: results.url, ACTIONS_RUNTIME_TOKEN: results.token }),
      ...step.env,
      ...inputs.environment,
    },
    secrets: [...(step.secrets ?? []), GITHUB_TOKEN, ...(results === undefined ? [] : [results.token])],
    warnings: inputs.unexpected.map((name) => `Unexpected input '${name}': action.yml does not declare it`),
    onLine: step.onLine ?? (() => undefined),
  }
}
