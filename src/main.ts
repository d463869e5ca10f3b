import './system/main-needs-node-24.ts'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as core from '@actions/core'
import type { CheckConfig, DeployConfig, VerifyConfig } from './config/config.ts'
import { type ConfigResult, readConfig } from './config/read.ts'
import { targetState } from './config/step-state.ts'
import { deploy } from './deploy/deploy.ts'
import { hostProgram } from './host/program.ts'
import type { Ports, StepState } from './model/ports.ts'
import { createArtifactStore } from './output/artifacts/artifact-store.ts'
import { publishCheck, publishMistakes } from './output/check.ts'
import { createReporter, type Reporter } from './output/log.ts'
import { createMask, type Mask } from './output/mask.ts'
import { createProgressReporter } from './output/progress-reporter.ts'
import { configurationReport, publishReport, publishVerification } from './output/publish.ts'
import { isAccepted } from './output/verification.ts'
import { connectorTo } from './ssh/connection.ts'
import { systemClock } from './system/clock.ts'
import { readInWorkspace } from './system/workspace.ts'
import { notVerified, verify } from './verify/verify.ts'

async function main(): Promise<void> {
  // Until a release is confirmed this step has failed, also when it should ever end before it says so.
  process.exitCode = 1
  const cancelled = cancellation()
  const read = readConfig(process.env)
  const reporter = createReporter(read.secrets)
  const mask = createMask(read.secrets)
  if (read.kind === 'invalid') {
    await publishMistaken(read, { reporter, mask, cancelled })
    return
  }
  for (const warning of read.warnings) reporter.warning(warning)
  const voice = { reporter, mask, cancelled }
  switch (read.config.mode) {
    case 'deploy':
      await runDeploy(read.config, voice)
      break
    case 'verify':
      await runVerify(read.config, voice)
      break
    case 'check':
      await runCheck(read.config, voice)
      break
  }
  // What was under way when the run was cancelled would keep the process; the post step ends it on the host.
  if (cancelled.aborted) process.exit()
}

/** Each in the words of its mode; where that is the mistake, in those of the mode that has an outcome. */
async function publishMistaken(
  { mode, problem }: Extract<ConfigResult, { kind: 'invalid' }>,
  { reporter, mask }: Voice,
): Promise<void> {
  switch (mode) {
    case 'deploy':
    case 'unknown':
      await publishReport(configurationReport(problem), 'unknown', reporter, mask)
      break
    case 'verify':
      await publishVerification(notVerified(problem), 'unknown', reporter, mask)
      break
    case 'check':
      await publishMistakes(problem, reporter, mask)
      break
  }
}

async function runDeploy(config: DeployConfig, voice: Voice): Promise<void> {
  const report = await deploy(config, portsOf(config, voice))
  await publishReport(report, config.run, voice.reporter, voice.mask)
  if (report.ending.kind === 'promoted') process.exitCode = 0
}

async function runVerify(config: VerifyConfig, { reporter, mask, cancelled }: Voice): Promise<void> {
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

/** The runner sends SIGINT, and SIGTERM 7.5 s later; it kills after 2.5 s more. */
function cancellation(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}

async function runCheck(config: CheckConfig, { reporter, mask }: Voice): Promise<void> {
  // With the YAML library a bundle of its own, which nothing else needs.
  const bundle = pathToFileURL(join(__dirname, 'check.cjs')).href
  const { checkDocuments }: typeof import('./check/check-documents.ts') = await import(bundle)
  const check = checkDocuments(config.docsMap, (path) => readInWorkspace(config.workspace, path))
  await publishCheck(check, reporter, mask)
  if (check.findings.length === 0) process.exitCode = 0
}

/** What the step has for all that it says and keeps. */
interface Voice {
  readonly reporter: Reporter
  readonly mask: Mask
  readonly cancelled: AbortSignal
}

function portsOf(config: DeployConfig, { reporter, mask, cancelled }: Voice): Ports {
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
    cancelled,
  }
}

function stepStateOf(config: DeployConfig): StepState {
  return {
    begins: (transactionId) => {
      const state = { ...targetState(config), transaction: transactionId }
      for (const [name, value] of Object.entries(state)) core.saveState(name, value)
    },
    ended: (outcome) => core.saveState('outcome', outcome),
  }
}

main().catch((error: unknown) => {
  core.setFailed(
    `This action made a mistake of its own, and what runs on the host was not verified: ${String(error)}`,
  )
})
