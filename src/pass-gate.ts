import { assessRelease } from './assess/assess-release.ts'
import type { Deployment } from './deploy.ts'
import { DeployError, type GateProblem } from './errors.ts'
import type { GateDecision } from './gate/decision.ts'
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
  const watch = new HealthWatch(now, before, ports.clock)
  await transaction.watch({ fact: (fact) => watch.hear(fact) }, (detail) => watch.goBlind(detail))
  return watch
}

/** @throws HealthFailure when a service does not become ready, or crashes */
export async function becomeReady(
  watch: HealthWatch,
  { config, ports }: Deployment,
): Promise<readonly Boot[]> {
  const boots = await watch.ready(config.deadlines.healthSeconds, (laggard) =>
    ports.narrator.tell({ kind: 'waiting-for', ...laggard }),
  )
  ports.narrator.tell({ kind: 'ready', services: boots.map(({ service }) => service) })
  return boots
}

/** Evidence, assessment and judgement, as long as every boot that was ready goes on unbroken. */
export async function passGate(
  transaction: Transaction,
  watch: HealthWatch,
  boots: readonly Boot[],
  deployment: Deployment,
): Promise<GateDecision> {
  const givenUp = new AbortController()
  try {
    return await Promise.race([
      assessRelease(transaction, boots, deployment, givenUp.signal),
      watch.hold(boots),
    ])
  } catch (error) {
    // What is still under way must start nothing more beside the rollback.
    givenUp.abort(error)
    throw error
  }
}

/** Only a pass confirms; with `CLOSED_LOOP_ENFORCE=false` the decision is shown and does not decide. */
export function enforce(decision: GateDecision, { config, ports, record }: Deployment): void {
  record.enter('gate')
  const enforcement = config.closedLoop.enforce
  record.gate = { kind: enforcement, decision }
  ports.narrator.tell({ kind: 'gate', decision, enforcement })
  if (decision.warnings.some(({ kind }) => kind === 'actions-required'))
    record.warn({ kind: 'actions-required' })
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
