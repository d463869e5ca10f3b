import type { NotReady } from '../health/readiness.ts'
import { HealthWatch } from '../health/watch.ts'
import type { Transaction } from '../host/client/transaction.ts'
import type { ContainerState } from '../host/protocol/container.ts'
import type { Fact } from '../host/protocol/facts.ts'
import type { ContainerInstance } from '../host/protocol/results.ts'
import { type GateOn, REPORT_NAMES } from '../model/assessment.ts'
import type { GateDecision } from '../model/gate-decision.ts'
import { DeployError, type GateProblem } from '../model/problem.ts'
import { assessRelease, type RunnerCall } from './assess-release.ts'
import type { Deployment } from './deployment.ts'

/** Starts the watch over the containers of the release, until the confirmation. */
export async function startWatch(
  transaction: Transaction,
  before: readonly ContainerState[],
  { config, ports, record }: Deployment,
): Promise<HealthWatch> {
  record.enter('health')
  const now = config.services.deploy.filter((service) => !config.services.defer.includes(service))
  const watch = new HealthWatch(now, before, ports.clock, () => transaction.upToDate())
  await transaction.watch({ fact: (fact) => watch.hear(fact) }, (problem) => watch.watchEnded(problem))
  return watch
}

/**
 * Waits for the gate service and returns its container instances. Others may take longer, and can still fail it.
 * @throws DeployError `health.*` when a service does not become ready, or crashes
 */
export async function becomeReady(
  watch: HealthWatch,
  { config, ports }: Deployment,
): Promise<readonly ContainerInstance[]> {
  const instances = await watch.ready(config.deadlines.healthSeconds, waitingOn(ports), [
    config.services.gate,
  ])
  ports.progress.tell({ kind: 'ready', services: instances.map(({ service }) => service) })
  return instances
}

/** The container instances of every service, ready and unbroken, and the gate's decision. */
export interface GateRun {
  readonly instances: readonly ContainerInstance[]
  readonly decision: GateDecision
}

/**
 * Evidence, assessment and judgement while the other services become ready, as long as every ready container instance
 * stays unbroken. A runner called with `full` may restart the gate service once: then the new instance is assessed, and counts.
 * @throws DeployError `health.*`
 */
export async function runGate(
  transaction: Transaction,
  watch: HealthWatch,
  gateInstances: readonly ContainerInstance[],
  deployment: Deployment,
): Promise<GateRun> {
  const everyone = becomeAllReady(watch, gateInstances, deployment)
  const call = firstCall(watch, gateInstances, everyone, deployment)
  const [decision, instances] = await unbroken(
    (givenUp) =>
      Promise.all([assessRelease(transaction, gateInstances, deployment, givenUp, call), everyone]),
    [watch.hold(gateInstances), everyone.then((instances) => watch.hold(instances))],
  )
  const ended = watch.endRestarts()
  if (ended.length === 0) return { instances, decision }
  const others = instances.filter(({ id }) => ended.every((instance) => instance.id !== id))
  return assessAgain(transaction, watch, { others, ended, decision }, deployment)
}

/** The runner may restart a service only once everything was ready: before that, an end is a failure. */
function firstCall(
  watch: HealthWatch,
  gateInstances: readonly ContainerInstance[],
  everyone: Promise<unknown>,
  { config }: Deployment,
): RunnerCall {
  const { action } = config.closedLoop
  const begins = async () => {
    if (action !== 'full') return
    await everyone
    watch.letRestart(gateInstances)
  }
  const hear = (fact: Fact) => watch.hear(fact)
  return { round: 'first', action, begins, hear }
}

/** The first decision, of an assessment during which the runner restarted the gate service. */
interface Restarted {
  readonly others: readonly ContainerInstance[]
  readonly ended: readonly ContainerInstance[]
  readonly decision: GateDecision
}

/** The container instances after the runner's restart, and their decision. */
async function assessAgain(
  transaction: Transaction,
  watch: HealthWatch,
  { others, ended, decision }: Restarted,
  deployment: Deployment,
): Promise<GateRun> {
  const { config, ports, record } = deployment
  record.enter('health')
  ports.progress.tell({ kind: 'restarted', service: config.services.gate })
  const gateInstances = await watch.readyAgain(ended, config.deadlines.healthSeconds, waitingOn(ports))
  ports.progress.tell({ kind: 'ready', services: gateInstances.map(({ service }) => service) })
  const instances = [...others, ...gateInstances]
  if (holdsForEveryInstance(decision, config.closedLoop.gateOn)) return { instances, decision }
  const call: RunnerCall = {
    round: 'again',
    action: 'assess',
    begins: async () => undefined,
    hear: () => undefined,
  }
  const again = await unbroken(
    (givenUp) => assessRelease(transaction, gateInstances, deployment, givenUp, call),
    [watch.hold(instances)],
  )
  return { instances, decision: again }
}

/**
 * Whether a decision holds for any further container instance too: the gate could not measure, or a section of the report
 * that judges no log (a model, say) is worse than the log, or a rule on another report is not met.
 */
function holdsForEveryInstance(
  { kind, verdict, overallStatus, rules }: GateDecision,
  gateOn: GateOn,
): boolean {
  if (kind === 'pass') return false
  // The next assessment may not write what such a rule is about.
  if (rules.some(({ rule, effect }) => effect === 'fail' && rule.path.report !== REPORT_NAMES.runtimeAssess))
    return true
  return kind === 'error' || (gateOn === 'both' && verdict !== 'FAIL' && overallStatus !== verdict)
}

/** The result of `work`, unless one of `holds` rejects first. */
async function unbroken<Result>(
  work: (givenUp: AbortSignal) => Promise<Result>,
  holds: readonly Promise<never>[],
): Promise<Result> {
  const givenUp = new AbortController()
  try {
    return await Promise.race([work(givenUp.signal), ...holds])
  } catch (error) {
    // The work must start nothing more beside the rollback.
    givenUp.abort(error)
    throw error
  }
}

/** The container instances of every service, once the others are ready too. */
export async function becomeAllReady(
  watch: HealthWatch,
  gateInstances: readonly ContainerInstance[],
  { config, ports }: Deployment,
): Promise<readonly ContainerInstance[]> {
  const instances = await watch.ready(config.deadlines.healthSeconds, waitingOn(ports))
  const gateIds = gateInstances.map(({ id }) => id)
  const others = instances.filter(({ id }) => !gateIds.includes(id))
  if (others.length > 0)
    ports.progress.tell({ kind: 'ready', services: others.map(({ service }) => service) })
  return instances
}

function waitingOn({ progress }: Deployment['ports']): (notReady: NotReady) => void {
  return (notReady) => progress.tell({ kind: 'waiting-for', ...notReady })
}

/** Only a pass confirms; with `CLOSED_LOOP_ENFORCE=false` the decision is shown and does not decide. */
export function requirePass(decision: GateDecision, { config, ports, record }: Deployment): void {
  record.enter('gate')
  const enforcement = config.closedLoop.enforce
  record.gate = { kind: enforcement, decision }
  ports.progress.tell({ kind: 'gate', decision, enforcement })
  if (decision.warnings.some(({ kind }) => kind === 'actions-required'))
    record.warn({ kind: 'actions-required' })
  const warned = decision.warnings.filter(({ kind }) => kind === 'rule-unmet' || kind === 'rule-unmeasured')
  if (warned.length > 0) record.warn({ kind: 'rules-warned', count: warned.length })
  if (decision.kind === 'pass') return
  if (enforcement === 'not_enforced') {
    record.warn({ kind: 'gate-not-enforced' })
    return
  }
  throw new DeployError({ code: GATE_PROBLEM[decision.kind], reasons: decision.reasons })
}

const GATE_PROBLEM = {
  fail: 'gate.failed',
  inconclusive: 'gate.inconclusive',
  error: 'gate.error',
} as const satisfies Record<string, GateProblem['code']>
