import type { DeployConfig } from './config.ts'
import type { Environment } from './sources.ts'

/** The inputs that say where the transaction is, the way to it, and what it puts in. */
const TARGET_NAMES = [
  'host',
  'port',
  'username',
  'bastion-host',
  'bastion-port',
  'bastion-username',
  'project-dir',
  'image',
] as const
type Target = Readonly<Record<(typeof TARGET_NAMES)[number], string>>

/** The names under which the step saves what its post step will need; no secret is among them. */
export const STATE_NAMES = ['transaction', 'outcome', ...TARGET_NAMES] as const
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
      readonly target: Target
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
      'bastion-host': saved('bastion-host'),
      'bastion-port': saved('bastion-port'),
      'bastion-username': saved('bastion-username'),
      'project-dir': saved('project-dir'),
      image: saved('image'),
    },
  }
}

/** Where the transaction is, in the same words; an empty text is an input that is not set. */
export function targetState({ ssh, host }: Pick<DeployConfig, 'ssh' | 'host'>, image: string): Target {
  const { route } = ssh
  const bastion = route.kind === 'direct' ? { host: '', port: '', username: '' } : route.bastion
  return {
    host: ssh.host,
    port: String(ssh.port),
    username: ssh.username,
    'bastion-host': bastion.host,
    'bastion-port': String(bastion.port),
    'bastion-username': bastion.username,
    'project-dir': host.projectDir,
    image,
  }
}

/**
 * The environment of the post step with the target that the step had: inputs are evaluated anew for it, and an expression
 * may by then mean another host, or another release.
 */
export function withSavedTarget(
  environment: Environment,
  { target }: Extract<SavedState, { kind: 'begun' }>,
): Environment {
  const inputs = Object.entries(target).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return { ...environment, ...Object.fromEntries(inputs) }
}
