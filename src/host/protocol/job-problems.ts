import type { RegistryLogin } from '../../config/config.ts'
import { registryOf } from '../../config/image.ts'
import { isSameRegistry } from '../../config/registry.ts'
import type { LeftBehind } from '../../model/outcome.ts'
import type {
  ApplyProblem,
  LockProblem,
  PrefetchProblem,
  Problem,
  RollbackProblem,
  WatchProblem,
} from '../../model/problem.ts'
import { type Fact, fieldsOf, firstOf } from './facts.ts'
import type { ContainerInstance, TrialEnd } from './results.ts'
import type { JobKind } from './verbs.ts'

/**
 * Why not every image is on the host. A registry tells whether it took the login when it is asked for an image: what it
 * refuses of an image that the login is for, it refuses to the account.
 */
export function prefetchProblem(
  facts: readonly Fact[],
  detail: string,
  login: RegistryLogin,
): PrefetchProblem | LockProblem {
  const [kind = '', image = ''] = fieldsOf(facts, 'problem')[0] ?? []
  if (kind === 'lock_lost') return { code: 'lock.lost', during: 'prefetch' }
  if (kind !== 'pull_failed') return { code: 'prefetch.failed', detail }
  if (login.kind === 'token' && isSameRegistry(registryOf(image), login.server) && REFUSED.test(detail))
    return { code: 'prefetch.login_failed', registry: login.server, image, detail }
  return { code: 'prefetch.pull_failed', image, detail }
}

/** A registry's refusal, and none of the host's own files ("permission denied"). */
const REFUSED =
  /unauthori[sz]ed|unauthenticated|authentication required|authorization failed|(?<!permission )denied|forbidden|no basic auth|incorrect username or password/iu

/** What became of a try of `preflight-command`: how it ended, or why it did not run. */
export function trialEnd(facts: readonly Fact[], detail: string): TrialEnd {
  const code = firstOf(facts, 'exited')
  if (code !== '') return { kind: 'exited', code: Number(code), detail }
  if (fieldsOf(facts, 'refused').length > 0) return { kind: 'not-run', problem: refusal(facts, detail) }
  if (fieldsOf(facts, 'problem')[0]?.[0] === 'lock_lost')
    return { kind: 'not-run', problem: { code: 'lock.lost', during: 'trial' } }
  return { kind: 'not-run', problem: { code: 'preflight.command_not_run', detail } }
}

/** Why apply stopped before the boundary. */
export function refusal(facts: readonly Fact[], detail: string): ApplyProblem | LockProblem {
  const [refused] = fieldsOf(facts, 'refused')
  if (refused?.[0] === 'lock_lost') return { code: 'lock.lost', during: 'apply' }
  if (refused?.[0] === 'lock_file_lost') return { code: 'lock.file_lost' }
  if (refused?.[0] === 'files_changed') return { code: 'apply.files_changed', path: refused[1] ?? '' }
  if (refused?.[0] === 'env_edit') return { code: 'apply.env_edit_refused', detail: refused[1] ?? '' }
  if (refused?.[0] === 'no_space') return { code: 'apply.no_space', freeKibibytes: Number(refused[1]) }
  if (refused?.[0] === 'no_boot_trigger') return { code: 'apply.no_boot_trigger', detail: refused[1] ?? '' }
  return { code: 'apply.failed', detail }
}

/** What went wrong past the boundary. */
export function applyProblem(facts: readonly Fact[], detail: string): ApplyProblem | LockProblem {
  const [problem] = fieldsOf(facts, 'problem')
  if (problem?.[0] === 'lock_lost') return { code: 'lock.lost', during: 'apply' }
  if (problem?.[0] === 'up_failed') return { code: 'apply.up_failed', detail }
  if (problem?.[0] !== 'wrong_image') return { code: 'apply.failed', detail }
  const [, service = '', wantedImageId = '', runningImageId = ''] = problem
  return { code: 'apply.wrong_image', service, wantedImageId, runningImageId }
}

/** Why the host did not confirm. */
export function confirmProblem(
  facts: readonly Fact[],
  detail: string,
  instances: readonly ContainerInstance[],
): Problem {
  const [problem] = fieldsOf(facts, 'problem')
  const [kind = '', service = '', change = '', exitCode = ''] = problem ?? []
  if (kind === 'lost' && isChange(change)) {
    const instance = instances.find((one) => one.service === service)
    const failed = { service, container: instance?.container ?? service, containerId: instance?.id ?? '' }
    return { code: 'health.lost', ...failed, change, exitCode: Number(exitCode) }
  }
  if (kind === 'lock_lost') return { code: 'lock.lost', during: 'confirm' }
  if (kind === 'unstable') return { code: 'confirm.unstable', service }
  if (kind === 'env_changed') return { code: 'confirm.env_changed', key: service }
  return { code: 'confirm.failed', detail }
}

/** Exit codes from here on, up to the last signal, are those of a shell whose command was killed (POSIX sh, 2.8.2). */
const NO_SIGNAL = 128
const LAST_SIGNAL = 64

/** Why the watch ended by itself. */
export function watchProblem(code: number, detail: string): WatchProblem {
  const unwatched = { code: 'health.unwatched', detail } as const
  const signal = code - NO_SIGNAL
  if (code === 0) return { ...unwatched, reason: 'time-over' }
  return signal > 0 && signal <= LAST_SIGNAL
    ? { ...unwatched, reason: 'killed', signal }
    : { ...unwatched, reason: 'other', exitCode: code }
}

/** The host did not start a job: mostly it cannot write any more. */
export function notStarted(kind: JobKind, said: string): Problem {
  const detail = `the host did not start it: ${said}`
  switch (kind) {
    case 'prefetch':
    case 'apply':
    case 'confirm':
      return { code: `${kind}.failed`, detail }
    case 'trial':
      return { code: 'preflight.command_not_run', detail }
    case 'rollback':
      return { code: 'rollback.failed', notRestored: [], differences: [], detail }
    default:
      return { code: 'ssh.shell_unusable', detail: `${kind}: ${detail}` }
  }
}

/** Whether a rollback says that it failed, and not only that it could not go on. */
export function saysFailed(facts: readonly Fact[]): boolean {
  // `difference`: it had been put back, and what runs is another thing by now.
  return (
    fieldsOf(facts, 'rollback_failed').length > 0 ||
    fieldsOf(facts, 'difference').length > 0 ||
    fieldsOf(facts, 'problem').some(([kind]) => kind === 'kept')
  )
}

/** Why what ran before is not back. */
export function rollbackProblem(facts: readonly Fact[], detail: string): RollbackProblem {
  if (fieldsOf(facts, 'problem').some(([kind]) => kind === 'kept')) return { code: 'rollback.kept' }
  const images = fieldsOf(facts, 'problem')
    .filter(([kind]) => kind === 'image_gone')
    .map(([, reference = '', imageId = '']) => ({ reference, imageId }))
  if (images.length > 0) return { code: 'rollback.image_gone', images, detail }
  const notRestored = fieldsOf(facts, 'not_restored').map(([service, words]) => `${service}: ${words}`)
  const differences = fieldsOf(facts, 'difference').map(
    ([name, field, wanted, got]) => `${name}: ${field} is ${got}, was ${wanted}`,
  )
  return { code: 'rollback.failed', notRestored, differences, detail }
}

/** What the host did about the deployed services when the rollback had failed. */
export function leftBehind(facts: readonly Fact[], asked: 'keep' | 'stop'): LeftBehind {
  const starting = fieldsOf(facts, 'still_starting').map(([name = '']) => name)
  if (starting.length > 0) return { kind: 'starting', containers: starting }
  // Where only something beside the containers is not back, the host stopped none of them for it.
  if (asked === 'keep' || fieldsOf(facts, 'nothing_stopped').length > 0)
    return { kind: 'kept', back: fieldsOf(facts, 'back').map(([name = '']) => name) }
  if (fieldsOf(facts, 'stop_verified').length === 0) return { kind: 'stop-unverified' }
  return {
    kind: 'stopped',
    stopped: fieldsOf(facts, 'stopped').map(([name = '']) => name),
    notStopped: fieldsOf(facts, 'not_stopped').map(([name = '', state = '']) => `${name} (${state})`),
  }
}

type Change = Extract<Problem, { code: 'health.lost' }>['change']
const CHANGES: readonly string[] = [
  'restarted',
  'exited',
  'stopped',
  'replaced',
  'removed',
  'unhealthy',
] satisfies Change[]
function isChange(text: string): text is Change {
  return CHANGES.includes(text)
}
