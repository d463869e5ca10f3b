import type { Transaction } from '../host/client/transaction.ts'
import type { TrialEnd } from '../host/protocol/results.ts'
import { pass } from '../model/clock.ts'
import { DeployError, type Problem } from '../model/problem.ts'
import { TRIAL_PAUSE_SECONDS, TRIAL_SECONDS, trialTries } from '../model/timeouts.ts'
import type { Deployment } from './deployment.ts'

/**
 * Has the host run `preflight-command` in the new image, beside what serves; again where it ends with one of
 * `preflight-retry-codes`.
 * @throws DeployError `preflight.command_*`, `apply.env_edit_refused`
 */
export async function tryRelease(
  transaction: Pick<Transaction, 'trial'>,
  { config, ports, record }: Deployment,
): Promise<void> {
  const tries = trialTries(config.trial)
  if (tries === 0) return
  record.enter('trial')
  for (let tryNumber = 1; ; tryNumber++) {
    const end = await transaction.trial(tryNumber, { text: (line) => ports.progress.remote(line) })
    if (end.kind === 'exited' && end.code === 0) break
    const mayPass = end.kind === 'exited' && config.trial.retryCodes.includes(end.code)
    if (!mayPass || tryNumber === tries) throw new DeployError(problemOfTrial(end, tryNumber))
    ports.progress.tell({ kind: 'trying-again', exitCode: end.code, tryNumber, tries })
    await pass(ports.clock, TRIAL_PAUSE_SECONDS * 1000)
  }
  ports.progress.tell({ kind: 'tried' })
}

function problemOfTrial(end: TrialEnd, tries: number): Problem {
  switch (end.kind) {
    case 'exited':
      return { code: 'preflight.command_failed', exitCode: end.code, tries, detail: end.detail }
    case 'deadline':
      return { code: 'preflight.command_timeout', seconds: TRIAL_SECONDS, detail: end.detail }
    case 'not-run':
      return end.problem
  }
}
