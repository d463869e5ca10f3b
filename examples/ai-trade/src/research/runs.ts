import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export type Action = 'train' | 'assess' | 'full'

/** A run of tools/closed_loop_runner.sh, as it wrote itself down at its start (`run.json`). */
export interface Run {
  readonly runId: string
  readonly directory: string
  readonly action: Action
  readonly startedAt: Date
}

/**
 * The runs below the output root, oldest first. A directory is a run when its `run.json` says so and has its name:
 * whatever else somebody keeps there is none, and is left alone.
 */
export function runsIn(outputRoot: string): readonly Run[] {
  return readdirSync(outputRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => runOf(join(outputRoot, name), name))
    .toSorted(
      (one, other) =>
        one.startedAt.getTime() - other.startedAt.getTime() || (one.runId < other.runId ? -1 : 1),
    )
}

function runOf(directory: string, name: string): Run[] {
  const { run_id, action, started_at_utc } = objectIn(join(directory, 'run.json'))
  const startedAt = new Date(String(started_at_utc))
  const known = (['train', 'assess', 'full'] as const).find((one) => one === action)
  if (run_id !== name || known === undefined || Number.isNaN(startedAt.getTime())) return []
  return [{ runId: name, directory, action: known, startedAt }]
}

/** The object in a JSON file; without any key where there is none. */
export function objectIn(path: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isObject(found) ? found : {}
  } catch {
    return {}
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The runs that latest_* speak of. They agree, but for the moment in which they are put in place. */
export function latestRunIds(outputRoot: string): readonly string[] {
  const { run_id } = objectIn(join(outputRoot, 'latest_run_meta.json'))
  return [String(run_id), linkTarget(join(outputRoot, 'latest'))]
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
