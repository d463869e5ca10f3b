import './system/main-needs-node-24.ts'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as core from '@actions/core'
import type { DeployConfig, RollbackConfig } from './config/config.ts'
import {
  type ConfigResult,
  readCheckConfig,
  readDeployConfig,
  readPlanConfig,
  readReleaseEntries,
  readRollbackConfig,
  readVerifyConfig,
} from './config/read.ts'
import { targetState } from './config/step-state.ts'
import { deploy } from './deploy/deploy.ts'
import { hostProgram } from './host/program.ts'
import type { DeploymentReport } from './model/outcome.ts'
import type { Ports, StepState } from './model/ports.ts'
import type { ConfigurationProblem } from './model/problem.ts'
import { createArtifactStore } from './output/artifacts/artifact-store.ts'
import { publishCheck, publishMistakes } from './output/check.ts'
import { createReporter, type Reporter } from './output/log.ts'
import { createMask, type Mask } from './output/mask.ts'
import { OUTCOMES } from './output/messages/outcomes.ts'
import { isDeployable } from './output/plan.ts'
import { createProgressReporter } from './output/progress-reporter.ts'
import { configurationReport, publishPlan, publishReport, publishVerification } from './output/publish.ts'
import { isAccepted } from './output/verification.ts'
import { notPlanned, plan } from './plan/plan.ts'
import { returnToRelease } from './rollback/rollback.ts'
import { connectorTo } from './ssh/connection.ts'
import { systemClock } from './system/clock.ts'
import { packFiles } from './system/pack-files.ts'
import { readRelease } from './system/read-release.ts'
import { readInWorkspace } from './system/workspace.ts'
import { notVerified, verify } from './verify/verify.ts'

/** The files of the other actions ask for theirs by the first argument (.github/tools/build.ts); the runner gives none. */
async function main(action: string): Promise<void> {
  // Until a release is confirmed this step has failed, also when it should ever end before it says so.
  process.exitCode = 1
  const cancelled = cancellation()
  switch (action) {
    case 'deploy':
      await runTransaction(readDeployConfig(process.env), deploy, cancelled)
      break
    case 'rollback':
      await runTransaction(readRollbackConfig(process.env), returnToRelease, cancelled)
      break
    case 'plan':
      await runPlan(cancelled)
      break
    case 'verify':
      await runVerify(cancelled)
      break
    case 'check':
      await runCheck()
      break
    default:
      throw new Error(`there is no action ${action}`)
  }
  // What was under way when the run was cancelled would keep the process; the post step ends it on the host.
  if (cancelled.aborted) process.exit()
}

/** One that begins a transaction, whatever it deploys. */
async function runTransaction<Config extends DeployConfig | RollbackConfig>(
  read: ConfigResult<Config>,
  story: (config: Config, ports: Ports) => Promise<DeploymentReport>,
  cancelled: AbortSignal,
): Promise<void> {
  const { reporter, mask } = voiceOf(read)
  if (read.kind === 'invalid') {
    const problem = await withWorkspace(read.problem)
    await publishReport(configurationReport(problem), 'unknown', reporter, mask)
    return
  }
  const { config } = read
  const report = await story(config, portsOf(config, { reporter, mask }, cancelled))
  await publishReport(report, config.run, reporter, mask)
  process.exitCode = OUTCOMES[report.ending.kind].exitCode
}

/** With what is wrong in the workspace, so that a person reads all of it at once. */
async function withWorkspace({ code, mistakes }: ConfigurationProblem): Promise<ConfigurationProblem> {
  const { workspace, entries } = readReleaseEntries(process.env)
  const reading = await readRelease(workspace, entries)
  return { code, mistakes: reading.kind === 'wrong' ? [...mistakes, ...reading.mistakes] : mistakes }
}

async function runPlan(cancelled: AbortSignal): Promise<void> {
  const read = readPlanConfig(process.env)
  const { reporter, mask } = voiceOf(read)
  if (read.kind === 'invalid') {
    await publishPlan(notPlanned(await withWorkspace(read.problem)), 'unknown', reporter, mask)
    return
  }
  const { config } = read
  const report = await plan(config, portsOf(config, { reporter, mask }, cancelled))
  await publishPlan(report, config.run, reporter, mask)
  if (isDeployable(report)) process.exitCode = 0
}

async function runVerify(cancelled: AbortSignal): Promise<void> {
  const read = readVerifyConfig(process.env)
  const { reporter, mask } = voiceOf(read)
  if (read.kind === 'invalid') {
    await publishVerification(notVerified(read.problem), 'unknown', reporter, mask)
    return
  }
  const { config } = read
  const verification = await verify(config, {
    connect: connectorTo(config.ssh, config.deadlines.leaseSeconds),
    hostProgram,
    clock: systemClock,
    progress: createProgressReporter(reporter),
    cancelled,
  })
  await publishVerification(verification, config.run, reporter, mask)
  if (isAccepted(verification)) process.exitCode = 0
}

async function runCheck(): Promise<void> {
  const read = readCheckConfig(process.env)
  const { reporter, mask } = voiceOf(read)
  if (read.kind === 'invalid') {
    await publishMistakes(read.problem, reporter, mask)
    return
  }
  // With the YAML library a bundle of its own, which nothing else needs.
  const bundle = pathToFileURL(join(__dirname, 'documents.cjs')).href
  const { checkDocuments }: typeof import('./check/check-documents.ts') = await import(bundle)
  const { docsMap, workspace } = read.config
  const check = checkDocuments(docsMap, (path) => readInWorkspace(workspace, path))
  await publishCheck(check, reporter, mask)
  if (check.findings.length === 0) process.exitCode = 0
}

/** What the step has for all that it says and keeps. */
interface Voice {
  readonly reporter: Reporter
  readonly mask: Mask
}

/** Knows the secrets, and has given the warnings of what was read. */
function voiceOf(read: ConfigResult): Voice {
  const reporter = createReporter(read.secrets)
  if (read.kind === 'ok') for (const warning of read.warnings) reporter.warning(warning)
  return { reporter, mask: createMask(read.secrets) }
}

/** The runner sends SIGINT, and SIGTERM 7.5 s later; it kills after 2.5 s more. */
function cancellation(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}

function portsOf(
  config: DeployConfig | RollbackConfig,
  { reporter, mask }: Voice,
  cancelled: AbortSignal,
): Ports {
  return {
    connect: connectorTo(config.ssh, config.deadlines.leaseSeconds),
    hostProgram,
    clock: systemClock,
    progress: createProgressReporter(reporter),
    reportStore: createArtifactStore({
      run: config.run,
      ...config.artifact,
      diagnosticsName: 'diagnostics',
      mask,
      uploadModule: pathToFileURL(join(__dirname, 'artifact.cjs')),
    }),
    stepState: stepStateOf(config),
    workspace: {
      read: (entries) => readRelease(config.run.workspace, entries),
      pack: (files, use) => packFiles(config.run.runnerTemp, files, use),
    },
    cancelled,
  }
}

function stepStateOf(config: DeployConfig | RollbackConfig): StepState {
  return {
    begins: (transactionId, image) => {
      const state = { ...targetState(config, image), transaction: transactionId }
      for (const [name, value] of Object.entries(state)) core.saveState(name, value)
    },
    ended: (outcome) => core.saveState('outcome', outcome),
  }
}

main(process.argv[2] ?? 'deploy').catch((error: unknown) => {
  core.setFailed(
    `This action made a mistake of its own, and what runs on the host was not verified: ${String(error)}`,
  )
})
