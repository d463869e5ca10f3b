import { wantedEvidence } from '../gate/evidence/needed.ts'
import { judge } from '../gate/judge.ts'
import { endedWell, identityOf } from '../gate/reports/run-identity.ts'
import {
  assessmentOf,
  extrasOf,
  isExtraHalfWritten,
  isHalfWritten,
  runnerEndOf,
  seenRuns,
} from '../host/client/assessment-result.ts'
import { baselineOf, NOT_ASKED } from '../host/client/baseline-result.ts'
import type { DeliveredReports, Round, Transaction } from '../host/client/transaction.ts'
import type { Fact } from '../host/protocol/facts.ts'
import { commitOf } from '../host/protocol/plan.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { RunIdentity, RunnerAction } from '../model/assessment.ts'
import { pass } from '../model/clock.ts'
import type { GateDecision } from '../model/gate-decision.ts'
import { usesBaseline } from '../model/rule.ts'
import type { Deployment } from './deployment.ts'
import { waitForEvidence } from './wait-for-evidence.ts'

/** One call of the runner. */
export interface RunnerCall {
  readonly round: Round
  readonly action: RunnerAction
  /** Runs once the evidence is there, before the call. */
  readonly begins: () => Promise<void>
  /** Takes facts about the containers during the call. */
  readonly hear: (fact: Fact) => void
}

/**
 * Waits for the evidence that the gate needs, has the host's runner assess once, keeps the reports of that run, and judges.
 * Without the evidence in time the host calls the runner all the same, so that reports exist.
 * After `givenUp` it starts nothing more on the host.
 */
export async function assessRelease(
  transaction: Transaction,
  instances: readonly ContainerInstance[],
  deployment: Deployment,
  givenUp: AbortSignal,
  call: RunnerCall,
): Promise<GateDecision> {
  const { config, ports, record } = deployment
  const { stage, strictness, gateOn, rules, extraReports } = config.closedLoop
  const { action, round } = call
  const gateInstance = instances.find(({ service }) => service === config.services.gate)
  if (!gateInstance)
    throw new Error(`no container instance of the gate service ${config.services.gate} is ready`)

  record.enter('evidence')
  const evidenceWanted = wantedEvidence(config.closedLoop)
  const counts = await waitForEvidence(transaction, gateInstance, evidenceWanted, deployment, round)

  await call.begins()
  givenUp.throwIfAborted()
  record.enter('assess')
  const hear = { text: (line: string) => ports.progress.remote(line), fact: call.hear }
  const end = await transaction.assess(action, hear, round)
  givenUp.throwIfAborted()
  const runnerEnd = runnerEndOf(end, config.deadlines.assessSeconds)
  const identity = identityOf(seenRuns(await transaction.assessed(round)), runnerEnd)
  const delivered = await readReports(transaction, identity, deployment)
  const extras = extrasOf(extraReports, identity, delivered.extras)
  const assessment = assessmentOf(runnerEnd, identity, delivered.files, extras)
  givenUp.throwIfAborted()
  record.files = assessment.files
  record.extras = extras
  const baseline = rules.some(usesBaseline) ? baselineOf(await transaction.baseline()) : NOT_ASKED
  givenUp.throwIfAborted()
  const wanted = { stage, action, strictness, gateOn, commit: commitOf(config.run) }
  const evidence = { wanted: evidenceWanted, counts }
  const decision = judge({ assessment, wanted, evidence, rules, baseline })
  if (decision.kind === 'error' && !endedWell(runnerEnd)) {
    const { outputRoot } = config.closedLoop
    record.failureLog = {
      kind: 'runner',
      job: transaction.jobOf(round),
      runDirectory: identity.kind === 'proven' ? `${outputRoot}/${identity.runId}` : '',
      lines: end.record.outputTail().split('\n'),
    }
  }
  return decision
}

const REREAD_MILLISECONDS = 1000

/** Reads the reports, and once more after a moment if one was half-written. */
async function readReports(
  transaction: Transaction,
  identity: RunIdentity,
  { ports: { clock } }: Deployment,
): Promise<DeliveredReports> {
  const runId = identity.kind === 'proven' ? identity.runId : ''
  const delivered = await transaction.reports(runId)
  if (!delivered.files.some(isHalfWritten) && !delivered.extras.some(isExtraHalfWritten)) return delivered
  await pass(clock, REREAD_MILLISECONDS)
  return transaction.reports(runId)
}
