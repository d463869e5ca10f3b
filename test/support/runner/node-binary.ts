import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** The Node that `runs.using: node24` means: the one among the dependencies, else this process's own if new enough. */
export function nodeForActions(repositoryRoot: string): string {
  const installed = join(repositoryRoot, 'node_modules', '.bin', 'node')
  if (existsSync(installed)) return realpathSync(installed)
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) return process.execPath
  throw new Error(`actions run on Node 24, this is ${process.version} and node_modules has none: run npm ci`)
}
