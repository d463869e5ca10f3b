import type { DeployConfig } from '../config/config.ts'
import type { SavedState } from '../config/step-state.ts'
import { HostSession } from '../host/client/session.ts'
import type { Transaction } from '../host/client/transaction.ts'
import { withTimeout } from '../host/link/channel.ts'
import { firstContact } from '../host/link/first-contact.ts'
import { HostLink } from '../host/link/host-link.ts'
import type { TransactionStatus } from '../host/protocol/results.ts'
import type { DeploymentReport, Ending } from '../model/outcome.ts'
import type { Ports, ReportStore } from '../model/ports.ts'
import { DeployError, problemOf, type StepProblem } from '../model/problem.ts'
import { POST_SECONDS } from '../model/timeouts.ts'
import { bestEffort } from '../output/best-effort.ts'
import { collectArtifacts, type Open } from './collect-artifacts.ts'
import { OutputTail, rememberingOutput } from './output-tail.ts'
import { DeploymentRecord } from './record.ts'
import { isUntouched, rollBack } from './rollback.ts'

/** How a transaction ended that its own step had left. */
export interface PostRecovery {
  readonly report: DeploymentReport
  /**
   * Has the host's diagnostics kept, unless the release is promoted, and gives the report that says where they are. Once
   * it was told how it ended: they may take a while, and change nothing. Never throws.
   */
  collectArtifacts(reportStore: ReportStore): Promise<DeploymentReport>
}

/** What a post-recovery works with. */
interface PostRecoveryWork {
  readonly config: DeployConfig
  readonly ports: Pick<Ports, 'connect' | 'hostProgram' | 'clock' | 'progress'>
  readonly record: DeploymentRecord
}

/** Why the step left its transaction without an end, or that it did not. */
export function reasonOfPostRecovery(saved: SavedState): StepProblem | 'step' {
  if (saved.kind === 'nothing-begun') return 'step'
  switch (saved.outcome) {
    case '':
      return { code: 'step.died' }
    case 'cancelled':
      return { code: 'step.cancelled', phase: '' }
    case 'unknown':
      return { code: 'step.lost_contact' }
    default:
      return 'step'
  }
}

/**
 * Ends a transaction that its own step left behind: asks the host how it stands, and has it roll back what is not
 * confirmed. Never throws, and takes no longer than the post step has for it.
 */
export async function runPostRecovery(
  config: DeployConfig,
  transactionId: string,
  because: StepProblem,
  given: PostRecoveryWork['ports'],
): Promise<PostRecovery> {
  const outputTail = new OutputTail()
  const ports = { ...given, progress: rememberingOutput(bestEffort(given.progress, NEVER), outputTail) }
  const record = new DeploymentRecord(config, ports.clock, ports.progress, outputTail)
  record.deploys(config)
  record.transactionId = transactionId
  record.gate = { kind: 'elsewhere' }
  let open = NOT_REACHED
  const recovering = recoverOnHost({ config, ports, record }, transactionId, because, (opened) => {
    open = opened
  })
  const problem = { code: 'step.post_timeout', seconds: POST_SECONDS } as const
  let ending: Ending
  try {
    ending = await withTimeout(recovering, { seconds: POST_SECONDS, problem })
  } catch (error) {
    recovering.catch(() => undefined)
    ending = { kind: 'unknown', because: problemOf(error), lastKnown: record.phase }
  }
  const report = record.report(ending)
  return {
    report,
    collectArtifacts: async (reportStore) => {
      await collectArtifacts({ ending, ...open }, { ports: { reportStore }, record })
      const { diagnostics, warnings, timings, durationSeconds } = record.report(ending)
      // What became of a rollback that outlasted the post step is no part of how that ended.
      return { ...report, diagnostics, warnings, timings, durationSeconds }
    },
  }
}

/** `opens` hears of the way to the host, which stays open. */
async function recoverOnHost(
  work: PostRecoveryWork,
  transactionId: string,
  because: StepProblem,
  opens: (open: Open) => void,
): Promise<Ending> {
  const { config, ports, record } = work
  record.enter('connect')
  const { leaseSeconds } = config.deadlines
  const { opened: link } = await firstContact(
    { ...ports, cancelled: NEVER },
    CONNECT_AGAIN_SECONDS,
    (connection, seconds) => HostLink.over(connection, ports, leaseSeconds, seconds),
  )
  const host = await HostSession.open(link, ports.hostProgram)
  const close = () => host.close()
  opens({ diagnostics: (id) => host.diagnostics(id), close })
  const transaction = await host.resume(transactionId, config)
  const status = await transaction.status()
  // The host knows nothing of one that was never begun.
  if (status.state === '') opens({ diagnostics: async () => [], close })
  return end(transaction, status, because, work)
}

async function end(
  transaction: Transaction,
  status: TransactionStatus,
  because: StepProblem,
  work: PostRecoveryWork,
): Promise<Ending> {
  const { config, ports, record } = work
  ports.progress.tell({ kind: 'status', id: transaction.id, state: status.state })
  record.before = status.before
  const [release] = config.images
  record.pulledImageId = status.pulled.find(({ reference }) => reference === release.reference)?.imageId ?? ''
  if (status.state === '' || status.state === 'unchanged') return { kind: 'unchanged', because }
  if (await isUntouched(transaction, work)) return { kind: 'unchanged', because }
  // Where the step had started one, the host lets that one finish first, and then looks again.
  return rollBack(transaction, because, work, 'post-rollback')
}

const NOT_REACHED: Open = {
  diagnostics: () =>
    Promise.reject(
      new DeployError({ code: 'ssh.lost', during: 'diagnostics', detail: 'the host was not reached' }),
    ),
  close: async () => undefined,
}

/**
 * Of the time of the post step, what connecting may take at most: the host may be hard to reach just because of what ended
 * the step. The rest is for a rollback.
 */
const CONNECT_AGAIN_SECONDS = 60

/** The runner sends a post step no signal. */
const NEVER = new AbortController().signal
