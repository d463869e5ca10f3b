import './system/post-needs-node-24.ts'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as core from '@actions/core'
import { type DeployConfig, returning } from './config/config.ts'
import { IMAGE_KEY } from './config/image.ts'
import { type ConfigResult, readDeployConfig, readRollbackConfig } from './config/read.ts'
import { readSavedState, type SavedState, withSavedTarget } from './config/step-state.ts'
import { reasonOfPostRecovery, runPostRecovery } from './deploy/post-recovery.ts'
import { hostProgram } from './host/program.ts'
import { createArtifactStore } from './output/artifacts/artifact-store.ts'
import { createReporter } from './output/log.ts'
import { createMask } from './output/mask.ts'
import { OUTCOMES } from './output/messages/outcomes.ts'
import { nothingToRecover } from './output/messages/step.ts'
import { createProgressReporter } from './output/progress-reporter.ts'
import { notRecoveredReport, publishReport, publishSummary } from './output/publish.ts'
import { connectorTo } from './ssh/connection.ts'
import { systemClock } from './system/clock.ts'

async function post(): Promise<void> {
  const saved = readSavedState(process.env)
  const by = reasonOfPostRecovery(saved)
  if (saved.kind === 'nothing-begun' || by === 'step') {
    core.info(nothingToRecover(saved))
    return
  }
  await recoverOnHost(saved, by)
  // The connection to a host that does not answer must not keep the process.
  process.exit()
}

async function recoverOnHost(
  saved: Extract<SavedState, { kind: 'begun' }>,
  because: Exclude<ReturnType<typeof reasonOfPostRecovery>, 'step'>,
): Promise<void> {
  process.exitCode = 1
  const read = readSavedConfig(saved)
  const reporter = createReporter(read.secrets)
  const mask = createMask(read.secrets)
  if (read.kind === 'invalid') {
    await publishReport(notRecoveredReport(read.problem, saved), 'unknown', reporter, mask)
    return
  }
  const { config } = read
  const { report, collectArtifacts } = await runPostRecovery(config, saved.transactionId, because, {
    connect: connectorTo(config.ssh, config.deadlines.leaseSeconds),
    hostProgram,
    clock: systemClock,
    progress: createProgressReporter(reporter),
  })
  await publishReport(report, config.run, reporter, mask)
  process.exitCode = OUTCOMES[report.ending.kind].postExitCode
  const store = createArtifactStore({
    run: config.run,
    ...config.artifact,
    // Where the step came as far as to upload its own, their name is taken.
    diagnosticsName: because.code === 'step.lost_contact' ? 'post-diagnostics' : 'diagnostics',
    mask,
    uploadModule: pathToFileURL(join(__dirname, 'artifact.cjs')),
  })
  await publishSummary(await collectArtifacts(store), config.run, reporter, mask)
}

/** The configuration of the step. What `actions/rollback` had chosen is in its state, as far as it is needed here. */
function readSavedConfig(saved: Extract<SavedState, { kind: 'begun' }>): ConfigResult<DeployConfig> {
  const environment = withSavedTarget(process.env, saved)
  // The files of the other actions tell theirs by the first argument (.github/tools/build.ts).
  if (process.argv[2] !== 'rollback') return readDeployConfig(environment)
  const read = readRollbackConfig(environment)
  if (read.kind === 'invalid') return read
  const image = {
    key: IMAGE_KEY,
    reference: saved.target.image,
    imageId: '',
    source: '',
    presence: 'gone',
  } as const
  return {
    ...read,
    config: returning(read.config, { transaction: '', images: [image], variables: [], files: [] }),
  }
}

post().catch((error: unknown) => {
  core.setFailed(
    `This action made a mistake of its own, and what runs on the host was not verified: ${String(error)}`,
  )
})
