import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

const inputSchema = z.object({ default: z.union([z.string(), z.number(), z.boolean()]).nullish() })

const manifestSchema = z.object({
  inputs: z.record(z.string(), inputSchema).default({}),
  runs: z.object({
    main: z.string(),
    post: z.string().optional(),
    // Conditions are expressions, and this one alone is needed.
    'post-if': z.literal('always()').default('always()'),
  }),
})

/** What the runner takes from action.yml before it starts the action. */
export interface ActionManifest {
  /** Every declared input with its default; '' where none is given, as the runner passes it. */
  readonly inputDefaults: ReadonlyMap<string, string>
  /** The script of each part, relative to the action's directory. */
  readonly main: string
  readonly post: Post
}

export type Post =
  | { readonly kind: 'none' }
  | { readonly kind: 'script'; readonly path: string; readonly condition: 'always()' }

/** Reads action.yml of the action in this directory. */
export async function readActionManifest(actionDirectory: string): Promise<ActionManifest> {
  const { inputs, runs } = manifestSchema.parse(
    parse(await readFile(join(actionDirectory, 'action.yml'), 'utf8')),
  )
  const defaults = Object.entries(inputs).map(
    ([name, input]) => [name.toLowerCase(), String(input.default ?? '')] as const,
  )
  return {
    inputDefaults: new Map(defaults),
    main: runs.main,
    post:
      runs.post === undefined
        ? { kind: 'none' }
        : { kind: 'script', path: runs.post, condition: runs['post-if'] },
  }
}

/** The inputs as the action will see them, and those that action.yml does not know (the runner warns of them). */
export interface ResolvedInputs {
  readonly environment: Readonly<Record<string, string>>
  readonly unexpected: readonly string[]
}

/**
 * Applies defaults to absent inputs only: one that is given as '' stays ''. `githubToken` is what the
 * expression `github.token` stands for in a default; other expressions are not supported.
 */
export function resolveInputs(
  manifest: Pick<ActionManifest, 'inputDefaults'>,
  given: Readonly<Record<string, string>>,
  githubToken: string,
): ResolvedInputs {
  const environment: Record<string, string> = {}
  for (const [name, value] of manifest.inputDefaults) {
    environment[inputVariable(name)] = evaluateDefault(name, value, githubToken)
  }
  for (const [name, value] of Object.entries(given)) environment[inputVariable(name)] = value
  const unexpected = Object.keys(given).filter((name) => !manifest.inputDefaults.has(name.toLowerCase()))
  return { environment, unexpected }
}

/** `INPUT_` and the name in upper case; spaces become underscores, hyphens stay. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

function evaluateDefault(name: string, value: string, githubToken: string): string {
  const evaluated = value.replace(/\$\{\{\s*github\.token\s*\}\}/g, () => githubToken)
  if (evaluated.includes('${{'))
    throw new Error(`the default of input '${name}' needs an expression: ${value}`)
  return evaluated
}
