import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import type { PrivateHost } from '../private-host/private-host.ts'
import type { Project } from '../releases/project.ts'
import type { DeployRun } from './deploy.ts'

/** The file of a run directory on the host by the name under which it is handed to the workflow. */
const RUN_FILES = {
  'latest_closed_loop_report.json': 'closed_loop_report.json',
  'latest_runtime_assess.json': 'runtime_assess.json',
  'latest_run_meta.json': 'run_meta.json',
} as const

export type ReportName = keyof typeof RUN_FILES

export const ALL_REPORTS = Object.keys(RUN_FILES) as readonly ReportName[]

/**
 * One artifact was uploaded, with exactly the wanted files; they and those at `reports-path` are byte for byte
 * what lies in the directory of the run that the output `run-id` names; that run is none of `earlierRuns`.
 */
export async function expectReportsOfRun(
  host: PrivateHost,
  project: Project,
  run: DeployRun,
  wanted: { readonly files: readonly ReportName[]; readonly earlierRuns?: readonly string[] },
): Promise<void> {
  const runId = run.outputs['run-id'] ?? ''
  // The example's runner takes the run id that the deployment gives it.
  expect(runId).toBe(`${runId.slice(0, 16)}-${run.outputs['transaction-id']}`)
  expect(runId).toMatch(/^\d{8}T\d{6}Z-/)
  expect(wanted.earlierRuns ?? []).not.toContain(runId)
  expect(run.artifacts).toHaveLength(1)
  const [artifact] = run.artifacts
  expect(run.outputs['artifact-id']).toBe(artifact?.id)
  expect([...(artifact?.files.keys() ?? [])].toSorted()).toEqual(wanted.files.toSorted())
  for (const name of wanted.files) {
    const onHost = await host.sh(`base64 '${project.reportRoot}/${runId}/${RUN_FILES[name]}'`)
    const bytes = Buffer.from(onHost, 'base64').toString()
    expect(artifact?.files.get(name)?.toString()).toBe(bytes)
    expect(readFileSync(join(run.outputs['reports-path'] ?? '', name), 'utf8')).toBe(bytes)
  }
}

/** The directories of the runs that the host has. */
export async function runsOnHost(host: PrivateHost, project: Project): Promise<readonly string[]> {
  const listing = await host.sh(`cd '${project.reportRoot}' 2>/dev/null && ls -d [0-9]* || :`)
  return listing.split('\n').filter((line) => line !== '')
}
