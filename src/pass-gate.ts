import { assessRelease } from './assess/assess-release.ts'
import type { Deployment } from './deploy.ts'
import { DeployError, type GateProblem } from './errors.ts'
import type { GateDecision } from './gate/decision.ts'
import type { Laggard } from './health/readiness.ts'
import { HealthWatch } from './health/watch.ts'
import type { ContainerState } from './host/container.ts'
import type { Boot } from './host/results.ts'
import type { Transaction } from './host/transaction.ts'

/** Watches what the release does, from here to the confirmation. */
export async function startWatch(
  transaction: Transaction,
  before: readonly ContainerState[],
  { config, ports, record }: Deployment,
): Promise<HealthWatch> {
  record.enter('health')
  const now = config.services.deploy.filter((service) => !config.services.defer.includes(service))
  const watch = new HealthWatch(now, before, ports.clock, () => transaction.upToDate())
  await transaction.watch({ fact: (fact) => watch.hear(fact) }, (detail) => watch.goBlind(detail))
  return watch
}

/**
 * Waits for the judged service and gives its boots; others may take longer, and fail it all the same.
 * @throws HealthFailure when a service does not become ready, or crashes
 */
export async function becomeReady(
  watch: HealthWatch,
  { config, ports }: Deployment,
): Promise<readonly Boot[]> {
  const boots = await watch.ready(config.deadlines.healthSeconds, waitingOn(ports), [config.services.gate])
  ports.narrator.tell({ kind: 'ready', services: boots.map(({ service }) => service) })
  return boots
}

/** What the release has shown: the boots of every service, ready and unbroken, and what the assessment came to. */
export interface Showing {
  readonly boots: readonly Boot[]
  readonly decision: GateDecision
}

/**
 * Evidence, assessment and judgement while the other services become ready, as long as every boot that was ready goes
 * on unbroken. @throws HealthFailure
 */
export async function passGate(
  transaction: Transaction,
  watch: HealthWatch,
  judged: readonly Boot[],
  deployment: Deployment,
): Promise<Showing> {
  const givenUp = new AbortController()
  const everyone = becomeAllReady(watch, judged, deployment)
  try {
    const [decision, boots] = await Promise.race([
      Promise.all([assessRelease(transaction, judged, deployment, givenUp.signal), everyone]),
      watch.hold(judged),
      everyone.then((boots) => watch.hold(boots)),
    ])
    return { boots, decision }
  } catch (error) {
    // What is still under way must start nothing more beside the rollback.
    givenUp.abort(error)
    throw error
  }
}

/** The boots of every service, once the others are ready too. */
async function becomeAllReady(
  watch: HealthWatch,
  judged: readonly Boot[],
  { config, ports }: Deployment,
): Promise<readonly Boot[]> {
  const boots = await watch.ready(config.deadlines.healthSeconds, waitingOn(ports))
  const judgedIds = judged.map(({ id }) => id)
  const others = boots.filter(({ id }) => !judgedIds.includes(id))
  if (others.length > 0)
    ports.narrator.tell({ kind: 'ready', services: others.map(({ service }) => service) })
  return boots
}

function waitingOn({ narrator }: Deployment['ports']): (laggard: Laggard) => void {
  return (laggard) => narrator.tell({ kind: 'waiting-for', ...laggard })
}

/** Only a pass confirms; with `CLOSED_LOOP_ENFORCE=false` the decision is shown and does not decide. */
export function enforce(decision: GateDecision, { config, ports, record }: Deployment): void {
  record.enter('gate')
  const enforcement = config.closedLoop.enforce
  record.gate = { kind: enforcement, decision }
  ports.narrator.tell({ kind: 'gate', decision, enforcement })
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
