import type { Config } from './config.ts'
import type { Environment } from './sources.ts'

/** The names under which the step saves what its post step will need; no secret is among them. */
export const STATE_NAMES = ['transaction', 'outcome', 'host', 'port', 'username', 'project-dir'] as const
type StateName = (typeof STATE_NAMES)[number]

/** What the step left for its post step. The runner hands it on as `STATE_<name>`. */
export type SavedState =
  /** It never came to the point where anything of a transaction is on the host. */
  | { readonly kind: 'nothing-begun' }
  | {
      readonly kind: 'begun'
      readonly transactionId: string
      /** As the outputs call it; empty when the step ended before it knew. */
      readonly outcome: string
      readonly target: Readonly<Record<'host' | 'port' | 'username' | 'project-dir', string>>
    }

/** Reads what the step saved. */
export function readSavedState(environment: Environment): SavedState {
  const saved = (name: StateName) => environment[`STATE_${name}`] ?? ''
  const transactionId = saved('transaction')
  if (!/^[a-z0-9]+$/u.test(transactionId)) return { kind: 'nothing-begun' }
  return {
    kind: 'begun',
    transactionId,
    outcome: saved('outcome'),
    target: {
      host: saved('host'),
      port: saved('port'),
      username: saved('username'),
      'project-dir': saved('project-dir'),
    },
  }
}

/** Where the transaction is, in the same words. */
export function targetState({ ssh, host }: Config): Readonly<Partial<Record<StateName, string>>> {
  return { host: ssh.host, port: String(ssh.port), username: ssh.username, 'project-dir': host.projectDir }
}

/**
 * The environment of the post step with the target that the step had: inputs are evaluated anew for it, and an
 * expression may by then mean another host.
 */
export function withSavedTarget(
  environment: Environment,
  { target }: Extract<SavedState, { kind: 'begun' }>,
): Environment {
  const inputs = Object.entries(target).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return { ...environment, ...Object.fromEntries(inputs) }
}
