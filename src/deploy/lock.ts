import { randomBytes } from 'node:crypto'
import type { HostSession } from '../host/client/session.ts'
import type { ResolvedProject } from '../host/protocol/plan.ts'
import { DeployError, type LockHolder } from '../model/problem.ts'
import type { Deployment } from './deployment.ts'
import type { StagedFiles } from './files.ts'
import { inspectHost } from './preflight.ts'

/** How long one `acquire` waits on the host. */
const ACQUIRE_SECONDS = 10

/** The project as it was when the lock was had, and the id by which it is held: that of the transaction to come. */
export interface LockedProject {
  readonly transactionId: string
  readonly project: ResolvedProject
  readonly waitedSeconds: number
}

/**
 * Waits for the project, and repeats preflight if somebody else had the project since.
 * @throws DeployError `lock.busy`; `preflight.*`, the lock given back
 */
export async function takeLock(
  host: HostSession,
  staged: StagedFiles,
  project: ResolvedProject,
  deployment: Deployment,
): Promise<LockedProject> {
  const { config, ports, record } = deployment
  record.enter('lock')
  const transactionId = randomBytes(8).toString('hex')
  ports.stepState.begins(transactionId, config.images[0].reference)
  const startedAt = ports.clock.now()
  let told = ''
  for (;;) {
    // The first time at once: a person should not wait to hear who has it.
    const waitSeconds = told === '' ? 0 : Math.min(ACQUIRE_SECONDS, config.deadlines.lockSeconds)
    const answer = await host.acquire(transactionId, config, project, waitSeconds)
    const waitedSeconds = (ports.clock.now() - startedAt) / 1000
    if (answer.kind === 'acquired') {
      // The holder may have had it already during preflight: then no number is missing.
      const isAsSeen = told === '' && answer.number === project.arrived + 1 && project.earlier === 'ended'
      if (isAsSeen) return { transactionId, project, waitedSeconds }
      const seen = await lookAgain(host, staged, { transactionId, project }, deployment)
      return { transactionId, project: seen, waitedSeconds }
    }
    if (waitedSeconds >= config.deadlines.lockSeconds)
      throw new DeployError({ code: 'lock.busy', holder: answer.holder, waitedSeconds })
    if (told !== nameOf(answer.holder))
      ports.progress.tell({
        kind: 'locked',
        holder: answer.holder,
        timeoutSeconds: config.deadlines.lockSeconds,
      })
    told = nameOf(answer.holder)
  }
}

async function lookAgain(
  host: HostSession,
  staged: StagedFiles,
  { transactionId, project: { arrived } }: Omit<LockedProject, 'waitedSeconds'>,
  deployment: Deployment,
): Promise<ResolvedProject> {
  try {
    const seen = await inspectHost(host, staged, deployment, { kind: 'locked', transactionId })
    return { ...seen, arrived }
  } catch (error) {
    await host.release(transactionId).catch(() => undefined)
    throw error
  }
}

function nameOf(holder: LockHolder): string {
  return JSON.stringify(holder)
}
