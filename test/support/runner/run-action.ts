import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readActionManifest, resolveInputs } from './action-manifest.ts'
import { nodeForActions } from './node-binary.ts'
import { type ActionRun, runStep } from './run-step.ts'

export type { ActionRun } from './run-step.ts'
export type { Annotation, LogGroup } from './step-log.ts'

/** A step of a workflow that uses this action. */
export interface ActionInvocation {
  /** The step's `with:`; defaults of action.yml are applied for absent ones. */
  readonly inputs: Readonly<Record<string, string>>
  /** The step's `env:`. */
  readonly env?: Readonly<Record<string, string>>
  /** What the workflow's secrets would be: masked from the start. */
  readonly secrets?: readonly string[]
  /** The artifact service; without it the action has none, as in a local run. */
  readonly results?: { readonly url: string; readonly token: string }
  /** Which part of the action runs. */
  readonly entry?: 'main'
  /** When the run is given up as hung; 150 unless told. */
  readonly timeoutSeconds?: number
  /** Each line of the log as a person sees it, as it appears. */
  readonly onLine?: (line: string) => void
}

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** What `github.token` is in these workflows; masked like the real one. */
const GITHUB_TOKEN = 'ghs_0000000000000000000000000000test'

/**
 * Runs the bundled action from `dist/` as the GitHub runner would: Node 24, an empty workspace, a clean
 * environment, stdin closed, fresh command files. Dispose of the result to remove its files.
 */
export async function runAction(invocation: ActionInvocation): Promise<ActionRun> {
  const inputs = resolveInputs(await readActionManifest(repositoryRoot), invocation.inputs, GITHUB_TOKEN)
  const entry = invocation.entry ?? 'main'
  const { results } = invocation
  return runStep({
    node: nodeForActions(repositoryRoot),
    script: join(repositoryRoot, 'dist', `${entry}.cjs`),
    environment: {
      ...(results === undefined
        ? {}
        : { ACTIONS_RESULTS_URL: results.url, ACTIONS_RUNTIME_TOKEN: results.token }),
      ...invocation.env,
      ...inputs.environment,
    },
    secrets: [...(invocation.secrets ?? []), GITHUB_TOKEN, ...(results === undefined ? [] : [results.token])],
    warnings: inputs.unexpected.map((name) => `Unexpected input '${name}': action.yml does not declare it`),
    timeoutSeconds: invocation.timeoutSeconds ?? 150,
    onLine: invocation.onLine ?? (() => undefined),
  })
}
