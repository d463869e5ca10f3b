import type { DeployConfig } from '../config/config.ts'
import type { HealthWatch } from '../health/watch.ts'
import type { HostSession } from '../host/client/session.ts'
import type { Transaction } from '../host/client/transaction.ts'
import { parseOldImages } from '../host/protocol/old-images.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import { verifyFacts } from '../host/protocol/verify-facts.ts'
import type { DeploymentReport, Ending } from '../model/outcome.ts'
import { budgetSeconds } from '../model/phase.ts'
import type { Ports } from '../model/ports.ts'
import { DeployError, type Problem, problemOf } from '../model/problem.ts'
import { bestEffort } from '../output/best-effort.ts'
import { abandon, apply, refuse } from './apply.ts'
import { type Begun, beginCleanly } from './begin.ts'
import { collectArtifacts, disconnect, keepReports, type Open } from './collect-artifacts.ts'
import { confirm } from './confirm.ts'
import { connect } from './connect.ts'
import type { Deployment } from './deployment.ts'
import { discardFiles, readFiles, type StagedFiles, stageFiles } from './files.ts'
import { inspectFailure } from './inspect-failure.ts'
import { OutputTail, rememberingOutput } from './output-tail.ts'
import { prefetch } from './prefetch.ts'
import { pruneImages } from './prune-images.ts'
import { DeploymentRecord } from './record.ts'
import { isUntouched, rollBack } from './rollback.ts'
import { becomeAllReady, becomeReady, requirePass, runGate, startWatch } from './run-gate.ts'
import { type Before, takeSnapshot } from './snapshot.ts'
import { tryRelease } from './trial.ts'
import { verifyPromoted } from './verify-promoted.ts'

/**
 * One deployment: a transaction on the host that ends in the new release confirmed, or in what ran before.
 * Never throws for how a deployment ends: every way to end is in the report.
 */
export async function deploy(config: DeployConfig, given: Ports): Promise<DeploymentReport> {
  return transacted(config, given, {
    known: (record) => record.deploys(config),
    files: async (work) => {
      const items = await readFiles(work)
      return (host, deployment) => stageFiles(host, items, deployment)
    },
    configured: async () => config,
    begun: async () => undefined,
  })
}

/** The configuration of a transaction before it is known what it deploys. */
export type TransactionConfig = Omit<DeployConfig, 'images' | 'managedEnv' | 'registry' | 'purpose'>

/** Which release a transaction deploys. */
export interface ReleaseSource {
  /** What is known of it before the host is asked. */
  known(record: DeploymentRecord): void
  /** What it needs of the runner, before a connection is made. @throws DeployError `config.invalid` */
  files(work: Work): Promise<BringFiles>
  /** The whole configuration. @throws DeployError: nothing was changed */
  configured(host: HostSession, work: Omit<Deployment, 'config'>): Promise<DeployConfig>
  /** Under the lock: whether that is still the right one. @throws DeployError: nothing was changed */
  begun(host: HostSession, config: DeployConfig): Promise<void>
}

/** Brings the files of the release beside the project on the host. @throws DeployError: nothing was changed */
export type BringFiles = (host: HostSession, deployment: Deployment) => Promise<StagedFiles>

/** One transaction with whatever release. Never throws for how it ends. */
export async function transacted(
  config: TransactionConfig,
  given: Ports,
  source: ReleaseSource,
): Promise<DeploymentReport> {
  const outputTail = new OutputTail()
  const ports = {
    ...given,
    progress: rememberingOutput(bestEffort(given.progress, given.cancelled), outputTail),
  }
  const record = new DeploymentRecord(config, ports.clock, ports.progress, outputTail)
  source.known(record)
  const work = { config, ports, record }
  ports.progress.tell({ kind: 'budget', seconds: budgetSeconds(config) })
  const cancelled = cancellationOf(work)
  const ended = await Promise.race([endedBy(work, source), cancelled])
  const { ending } = ended
  if (ending.kind !== 'promoted' && ending.because.code === 'step.cancelled') {
    disconnect(ended)
    saveEnd('cancelled', ports)
  } else {
    saveEnd(ending.kind, ports)
    await Promise.race([concluded(ended, work), cancelled])
  }
  return record.report(ending)
}

/** A deployment before it is known what it deploys. */
interface Work extends Omit<Deployment, 'config'> {
  readonly config: TransactionConfig
}

/** What is left to do when it is known how it ended. */
async function concluded(ended: Ended, work: Work): Promise<void> {
  const { afterPromotion, pruning } = work.config
  if (ended.ending.kind !== 'promoted' || (afterPromotion === 'nothing' && pruning.images === 'none'))
    return collectArtifacts(ended, work)
  await keepReports(work)
  // Last, so that no report is lost where the job ends meanwhile.
  await pruneImages(ended, work)
  if (afterPromotion === 'verify') await verifyPromoted(ended, work)
  disconnect(ended)
}

/** Without it the post step looks for itself: a full disk on the runner must not take the report away. */
function saveEnd(outcome: Ending['kind'] | 'cancelled', ports: Ports): void {
  try {
    ports.stepState.ended(outcome)
  } catch {
    // Nothing on the host depends on it.
  }
}

/** Resolves when the run is cancelled, with what is known then; the post step ends what was begun. */
function cancellationOf({ ports, record }: Work): Promise<Ended> {
  return new Promise((resolve) => {
    const cancel = () => {
      const because = { code: 'step.cancelled', phase: record.phase } as const
      const ending: Ending = record.mayHaveChanged
        ? { kind: 'unknown', because, lastKnown: record.phase }
        : { kind: 'unchanged', because }
      resolve({ ending, ...NOTHING_OPEN })
    }
    if (ports.cancelled.aborted) cancel()
    else ports.cancelled.addEventListener('abort', cancel, { once: true })
  })
}

/** How it ended, and the way to the host, which is still open: a cancellation must not come in between. */
interface Ended extends OpenHost {
  readonly ending: Ending
}

type OpenHost = Open & Pick<HostSession, 'verify' | 'oldImages' | 'removeImages'>

const NOTHING_OPEN: OpenHost = {
  diagnostics: async () => [],
  verify: async () => verifyFacts([]),
  oldImages: async () => parseOldImages([]),
  removeImages: async () => 'busy',
  close: async () => undefined,
}

async function endedBy(work: Work, source: ReleaseSource): Promise<Ended> {
  let open = NOTHING_OPEN
  try {
    const bringFiles = await source.files(work)
    const host = await connect(work)
    open = {
      diagnostics: (id) => host.diagnostics(id),
      verify: (looked) => host.verify(looked),
      oldImages: (id) => host.oldImages(id),
      removeImages: (id, images) => host.removeImages(id, images),
      close: () => host.close(),
    }
    const config = await source.configured(host, work)
    return { ending: await deployOn(host, bringFiles, { ...work, config }, source), ...open }
  } catch (error) {
    return { ending: { kind: 'unchanged', because: problemOf(error) }, ...open }
  }
}

/** Up to the boundary: what throws here changed nothing that serves. */
async function deployOn(
  host: HostSession,
  bringFiles: BringFiles,
  asked: Deployment,
  source: ReleaseSource,
): Promise<Ending> {
  const { transaction, deployment } = await beginWith(host, bringFiles, asked)
  try {
    await source.begun(host, deployment.config)
    const before = await takeSnapshot(transaction, deployment)
    await prefetch(transaction, deployment)
    await tryRelease(transaction, deployment)
    return await transact(transaction, before, deployment)
  } catch (error) {
    const cause = causeOf(error, transaction, deployment)
    await abandon(transaction, deployment)
    throw new DeployError(cause, { cause: error })
  }
}

/** The files come to the host before anything is judged, because it is judged with them. */
async function beginWith(host: HostSession, bringFiles: BringFiles, deployment: Deployment): Promise<Begun> {
  const staged = await bringFiles(host, deployment)
  try {
    return await beginCleanly(host, staged, deployment)
  } catch (error) {
    await discardFiles(staged)
    throw error
  }
}

/** What a restart of the host ended looks as if it had failed by itself; what was measured bad before stays so. */
function causeOf(error: unknown, { hostBoots }: Transaction, { record }: Deployment): Problem {
  const problem = problemOf(error)
  const isItsOwn =
    hostBoots === 'same' || problem.code === 'gate.failed' || /^(?:ssh|internal)\./u.test(problem.code)
  return isItsOwn ? problem : { code: 'host.restarted', phase: record.phase }
}

/** The container instances of a release that is ready and passed the gate. A return to an earlier release has no gate. */
async function becomeGood(
  transaction: Transaction,
  watch: HealthWatch,
  deployment: Deployment,
): Promise<readonly ContainerInstance[]> {
  const gateInstances = await becomeReady(watch, deployment)
  if (deployment.config.purpose.kind === 'return') return becomeAllReady(watch, gateInstances, deployment)
  const { instances, decision } = await runGate(transaction, watch, gateInstances, deployment)
  requirePass(decision, deployment)
  return instances
}

/** From the boundary on: the release is confirmed, or rolled back. Never throws. */
async function transact(transaction: Transaction, before: Before, deployment: Deployment): Promise<Ending> {
  const { record } = deployment
  try {
    const applied = await apply(transaction, before.restore, deployment)
    if (applied.kind === 'refused') return await refuse(transaction, applied, deployment)
    const watch = await startWatch(transaction, before.containers, deployment)
    const instances = await becomeGood(transaction, watch, deployment)
    await confirm(transaction, instances, deployment)
    return { kind: 'promoted' }
  } catch (error) {
    const cause = causeOf(error, transaction, deployment)
    // A call that is stuck, or a shell that died, must not hold the rollback up.
    await transaction.reopen().catch(() => undefined)
    if (record.phase === 'apply' && (await isUntouched(transaction, deployment)))
      return { kind: 'unchanged', because: cause }
    const because = await inspectFailure(transaction, cause, deployment)
    return rollBack(transaction, because, deployment)
  }
}
