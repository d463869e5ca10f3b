import { neededEvidence } from '../gate/checks.ts'
import { judge } from '../gate/judge.ts'
import { endedWell, identityOf } from '../gate/reports/run-identity.ts'
import { assessmentOf, isHalfWritten, runnerEndOf, seenRuns } from '../host/client/assessment-result.ts'
import { baselineOf, NOT_ASKED } from '../host/client/baseline-result.ts'
import type { Round, Transaction } from '../host/client/transaction.ts'
import type { DeliveredFile } from '../host/protocol/delivered-file.ts'
import type { Fact } from '../host/protocol/facts.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import type { EvidenceCount, RunIdentity, RunnerAction } from '../model/assessment.ts'
import { pass } from '../model/clock.ts'
import type { GateDecision } from '../model/gate-decision.ts'
import { usesBaseline } from '../model/rule.ts'
import type { Deployment } from './deployment.ts'

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
  const { stage, strictness, minRuntimeStatus, rules } = config.closedLoop
  const { action, round } = call
  const gateInstance = instances.find(({ service }) => service === config.services.gate)
  if (!gateInstance)
    throw new Error(`no container instance of the gate service ${config.services.gate} is ready`)

  record.enter('evidence')
  const counts = await waitForEvidence(transaction, gateInstance, deployment, round)

  await call.begins()
  givenUp.throwIfAborted()
  record.enter('assess')
  const hear = { text: (line: string) => ports.progress.remote(line), fact: call.hear }
  const end = await transaction.assess(action, hear, round)
  givenUp.throwIfAborted()
  const runnerEnd = runnerEndOf(end, config.deadlines.assessSeconds)
  const identity = identityOf(seenRuns(await transaction.assessed(round)), runnerEnd)
  const delivered = await readReports(transaction, identity, deployment)
  const assessment = assessmentOf(runnerEnd, identity, delivered)
  givenUp.throwIfAborted()
  record.files = assessment.files
  const baseline = rules.some(usesBaseline) ? baselineOf(await transaction.baseline()) : NOT_ASKED
  givenUp.throwIfAborted()
  const wanted = { stage, action, strictness, minRuntimeStatus }
  const decision = judge({ assessment, wanted, evidence: { counts }, rules, baseline })
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
): Promise<readonly DeliveredFile[]> {
  const runId = identity.kind === 'proven' ? identity.runId : ''
  const delivered = await transaction.reports(runId)
  if (!delivered.some(isHalfWritten)) return delivered
  await pass(clock, REREAD_MILLISECONDS)
  return transaction.reports(runId)
}

async function waitForEvidence(
  transaction: Transaction,
  gateInstance: ContainerInstance,
  { config, ports }: Deployment,
  round: Round,
): Promise<EvidenceCount> {
  const { stage, minRuntimeStatus } = config.closedLoop
  const timeoutSeconds = config.deadlines.evidenceSeconds
  const since = ports.clock.now()
  let counts: EvidenceCount = { runtimeStatus: 0, gateCheck: 0, selfEvolution: 0 }
  const wanted = neededEvidence(stage, minRuntimeStatus, counts)
  const lines = (name: string) => wanted.find((need) => need.name === name)?.wanted ?? 0
  const end = await transaction.evidence(
    gateInstance,
    [lines('RUNTIME_STATUS'), lines('GATE_CHECK'), lines('SELF_EVOLUTION')],
    timeoutSeconds,
    {
      fact: ([name, runtimeStatus, gateCheck, selfEvolution]) => {
        if (name !== 'evidence') return
        counts = {
          runtimeStatus: Number(runtimeStatus),
          gateCheck: Number(gateCheck),
          selfEvolution: Number(selfEvolution),
        }
        const needs = neededEvidence(stage, minRuntimeStatus, counts)
        const elapsedSeconds = Math.round((ports.clock.now() - since) / 1000)
        ports.progress.tell({ kind: 'evidence', needs, elapsedSeconds, timeoutSeconds })
      },
    },
    round,
  )
  if (end.kind === 'deadline') ports.progress.tell({ kind: 'evidence-short', timeoutSeconds })
  return counts
}
