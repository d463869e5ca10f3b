import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** A fresh checkout writes its files in any order within moments. */
const CHECKOUT_SECONDS = 60

/** What dist/ is compared with src/, by age alone: the demo runs dist/, as a workflow would. */
export type BundleState = 'missing' | 'older than the sources' | 'current'

export function bundleState(): BundleState {
  const bundle = join(repositoryRoot, 'dist', 'main.cjs')
  if (!existsSync(bundle)) return 'missing'
  const sources = readdirSync(join(repositoryRoot, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
  return Math.max(...sources) > statSync(bundle).mtimeMs + CHECKOUT_SECONDS * 1000
    ? 'older than the sources'
    : 'current'
}
