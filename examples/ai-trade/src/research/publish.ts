import { readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { writeWhole } from './json-file.ts'
import { runFiles } from './reports.ts'

/**
 * Makes a run the latest one: each file whole, by rename. The meta comes after the reports that it is of, so that
 * whoever finds a run's id in it finds that run's reports.
 */
export function publishLatest(runDir: string): void {
  const outputRoot = dirname(runDir)
  const runId = basename(runDir)
  const files = runFiles(runDir)
  for (const [from, to] of [
    [files.runtimeAssess, 'latest_runtime_assess.json'],
    [files.closedLoop, 'latest_closed_loop_report.json'],
    [files.meta, 'latest_run_meta.json'],
  ] as const) {
    writeWhole(join(outputRoot, to), readFileSync(from, 'utf8'))
  }
  writeWhole(join(outputRoot, 'latest_run_id'), `${runId}\n`)
  const link = join(outputRoot, 'latest.new')
  rmSync(link, { force: true })
  symlinkSync(runId, link)
  renameSync(link, join(outputRoot, 'latest'))
}
