import { randomBytes } from 'node:crypto'
import type { DeployConfig } from '../config/config.ts'
import { connect } from '../deploy/connect.ts'
import type { Deployment } from '../deploy/deployment.ts'
import { filesKibibytes, readFiles, stageFiles } from '../deploy/files.ts'
import { OutputTail } from '../deploy/output-tail.ts'
import { type Inspection, readHost } from '../deploy/preflight.ts'
import { DeploymentRecord } from '../deploy/record.ts'
import type { Ports } from '../model/ports.ts'
import { type Problem, problemOf } from '../model/problem.ts'
import type { PlanReport, ReleasePlan } from '../model/release-plan.ts'
import { bestEffort } from '../output/best-effort.ts'
import { plannedReturn, plannedServices } from './compile-plan.ts'

/** Says what a deployment of this release would do. Changes nothing on the host. Never throws. */
export async function plan(config: DeployConfig, given: Ports): Promise<PlanReport> {
  const ports = { ...given, progress: bestEffort(given.progress, given.cancelled) }
  const record = new DeploymentRecord(config, ports.clock, ports.progress, new OutputTail())
  const begun = ports.clock.now()
  const found = await planned({ config, ports, record })
  const durationSeconds = (ports.clock.now() - begun) / 1000
  return { found, host: config.ssh.host, projectDir: config.host.projectDir, durationSeconds }
}

/** Of a step that was not even started: nothing was connected to. */
export function notPlanned(because: Problem): PlanReport {
  return { found: { kind: 'not-planned', because }, host: '', projectDir: '', durationSeconds: 0 }
}

async function planned(deployment: Deployment): Promise<PlanReport['found']> {
  try {
    const files = await readFiles(deployment)
    const host = await connect(deployment)
    try {
      await host.lookOnly(randomBytes(8).toString('hex'))
      const staged = await stageFiles(host, files, deployment)
      const inspection = await readHost(host, staged, deployment, { kind: 'first' })
      const snapshotKibibytes =
        filesKibibytes(staged, inspection.facts.comparison) + (inspection.facts.stateSize?.kibibytes ?? 0)
      return { kind: 'planned', plan: planOf(inspection, snapshotKibibytes, deployment.config) }
    } finally {
      await host.close().catch(() => undefined)
    }
  } catch (error) {
    const because = deployment.ports.cancelled.aborted
      ? ({ code: 'step.cancelled', phase: deployment.record.phase } as const)
      : problemOf(error)
    return { kind: 'not-planned', because }
  }
}

function planOf(
  { facts, scope, drifted, refused, warnings }: Inspection,
  snapshotKibibytes: number,
  config: DeployConfig,
): ReleasePlan {
  const { defer } = config.services
  const { deploy, touched } = scope
  return {
    refused,
    warnings,
    images: config.images,
    services: plannedServices(facts, { deploy, defer, touched, drifted }),
    files: facts.comparison.changed,
    variables: facts.planned.keys,
    returnsTo: plannedReturn(facts),
    disk: { freeKibibytes: facts.freeKibibytes, snapshotKibibytes },
  }
}
