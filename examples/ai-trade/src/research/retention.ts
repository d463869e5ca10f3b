import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, latestRunIds, objectIn, type Run, runsIn } from './runs.ts'
import { modelFiles, modelsInUse } from './train/registry.ts'

/** Runs, and models, that are kept where AI_TRADE_KEEP_RUNS is not set. */
export const DEFAULT_KEEP_RUNS = 200

/** Summaries of each kind that are kept: more than a year of weeks, a quarter of days. */
const KEEP_SUMMARIES = 100

/** A run directory on its way out. The dot hides it from everybody who looks for runs. */
const LEAVING = '.leaving-'

/** All but the newest ones and those that must stay. `runs`: oldest first. */
export function runsToRemove(
  runs: readonly Run[],
  keep: number,
  mustStay: readonly string[],
): readonly Run[] {
  return runs.slice(0, Math.max(0, runs.length - keep)).filter(({ runId }) => !mustStay.includes(runId))
}

/**
 * Removes what is too old below the output root: never the current run, nor what latest_* speak of. Gives a line for
 * each that could not be removed: that is no reason to fail a run.
 */
export function removeOldRuns(outputRoot: string, keep: number, currentRunId: string): readonly string[] {
  const old = runsToRemove(runsIn(outputRoot), keep, [currentRunId, ...latestRunIds(outputRoot)])
  const renamed = old.flatMap(({ runId, directory }) =>
    complaintOf(() => renameSync(directory, join(outputRoot, `${LEAVING}${runId}`))),
  )
  const leaving = readdirSync(outputRoot).filter((name) => name.startsWith(LEAVING))
  const summaries = readdirSync(join(outputRoot, 'summary')).toSorted()
  const oldSummaries = (['daily_', 'weekly_'] as const).flatMap((kind) =>
    summaries.filter((name) => name.startsWith(kind)).slice(0, -KEEP_SUMMARIES),
  )
  return [
    ...renamed,
    ...[...leaving, ...oldSummaries.map((name) => join('summary', name))].flatMap((name) =>
      complaintOf(() => rmSync(join(outputRoot, name), { recursive: true, force: true })),
    ),
  ]
}

/**
 * Removes the models that are too old: never the active one, the one before it, nor what the training of a run below the
 * output root speaks of. Gives a line for each that could not be removed.
 */
export function removeOldModels(
  modelsDirectory: string,
  outputRoot: string,
  keep: number,
): readonly string[] {
  const files = modelFiles(modelsDirectory)
  const mustStay = [...modelsInUse(modelsDirectory), ...runsIn(outputRoot).flatMap(modelsOfRun)].map(
    (modelId) => `${modelId}.json`,
  )
  return files
    .slice(0, Math.max(0, files.length - keep))
    .filter((name) => !mustStay.includes(name))
    .flatMap((name) => complaintOf(() => rmSync(join(modelsDirectory, name))))
}

function modelsOfRun({ directory }: Run): readonly string[] {
  const { registry } = objectIn(join(directory, 'training.json'))
  return isObject(registry) ? [String(registry.model_id), String(registry.active_model_id)] : []
}

function complaintOf(remove: () => void): string[] {
  try {
    remove()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
