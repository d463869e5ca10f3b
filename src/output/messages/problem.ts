import type { ConfigurationProblem, Problem, RollbackProblem } from '../../model/problem.ts'
import { describeGateProblem } from './gate.ts'
import { describeLockProblem } from './lock.ts'
import { PHASE_TITLES } from './phases.ts'
import { describePreflightProblem } from './preflight.ts'
import { duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import { describeRecoverProblem } from './recover.ts'
import {
  describeApplyProblem,
  describeConfirmProblem,
  describeHealthProblem,
  describePrefetchProblem,
} from './release.ts'
import { describeSshProblem } from './ssh.ts'
import { describeStepProblem } from './step.ts'
import { describeVerifyProblem } from './verify.ts'
import { describeWatchProblem } from './watch.ts'
import type { Words } from './words.ts'

/** Says any problem in plain words: names the thing, its cause and its cure. */
export function describeProblem(problem: Problem): Words {
  switch (problem.code) {
    case 'config.invalid':
      return describeConfigurationProblem(problem)
    case 'ssh.private_key_unusable':
    case 'ssh.known_hosts_invalid':
    case 'ssh.host_key_unknown':
    case 'ssh.host_key_changed':
    case 'ssh.host_key_revoked':
    case 'ssh.authentication_failed':
    case 'ssh.no_common_algorithm':
    case 'ssh.unreachable':
    case 'ssh.forwarding_failed':
    case 'ssh.lost':
    case 'ssh.shell_unusable':
    case 'ssh.not_regained':
      return describeSshProblem(problem)
    case 'preflight.refused':
    case 'preflight.timeout':
    case 'preflight.failed':
      return describePreflightProblem(problem)
    case 'lock.busy':
    case 'lock.superseded':
    case 'lock.lost':
      return describeLockProblem(problem)
    case 'recover.foreign':
    case 'recover.failed':
    case 'recover.timeout':
      return describeRecoverProblem(problem)
    case 'step.cancelled':
    case 'step.died':
    case 'step.lost_contact':
    case 'step.post_timeout':
      return describeStepProblem(problem)
    case 'verify.timeout':
    case 'verify.failed':
      return describeVerifyProblem(problem)
    case 'prefetch.login_failed':
    case 'prefetch.pull_failed':
    case 'prefetch.timeout':
    case 'prefetch.failed':
    case 'prefetch.other_revision':
    case 'snapshot.failed':
      return describePrefetchProblem(problem)
    case 'apply.files_changed':
    case 'apply.env_edit_refused':
    case 'apply.no_space':
    case 'apply.no_boot_trigger':
    case 'apply.up_failed':
    case 'apply.wrong_image':
    case 'apply.timeout':
    case 'apply.failed':
      return describeApplyProblem(problem)
    case 'health.unwatched':
      return describeWatchProblem(problem)
    case 'host.restarted':
      return {
        what: `The host restarted during "${PHASE_TITLES[problem.phase]}", which ended the work of this deployment there.`,
        next: 'Find out why it restarted ("last -x", "journalctl -b -1 -e" on the host, the console of the provider), then deploy again.',
      }
    case 'health.crashed':
    case 'health.unhealthy':
    case 'health.not_ready_in_time':
    case 'health.lost':
      return describeHealthProblem(problem)
    case 'gate.failed':
    case 'gate.inconclusive':
    case 'gate.error':
      return describeGateProblem(problem)
    case 'confirm.failed':
    case 'confirm.unstable':
    case 'confirm.env_changed':
    case 'confirm.timeout':
      return describeConfirmProblem(problem)
    case 'rollback.failed':
    case 'rollback.image_gone':
    case 'rollback.timeout':
    case 'rollback.kept':
      return describeRollbackProblem(problem)
    case 'internal.bug':
      return {
        what: `Internal error of this action: ${quotedOutput(problem.detail.split('\n')[0] ?? '')}`,
        next: 'Report it, with the log of this step, to the maintainers of this action.',
      }
  }
}

function describeConfigurationProblem({ mistakes }: ConfigurationProblem): Words {
  return {
    what: [
      mistakes.length === 1
        ? 'The configuration has a mistake:'
        : `The configuration has ${mistakes.length} mistakes:`,
      ...mistakes.map(
        ({ name, got, expected }) =>
          `• ${quotedName(name)}: expected ${quotedName(expected)}, got ${quotedName(got)}`,
      ),
    ].join('\n'),
    next: 'Correct these in the workflow, its variables or its secrets. No connection was made.',
  }
}

function describeRollbackProblem(problem: RollbackProblem): Words {
  const next = 'Cure the cause named here on the host, then try the rollback once more there.'
  switch (problem.code) {
    case 'rollback.failed': {
      const differences =
        problem.differences.length === 0
          ? ''
          : ` What differs from the snapshot: ${enumerate(problem.differences)}.`
      const notRestored =
        problem.notRestored.length === 0
          ? ''
          : ` Docker or Compose refused to restore: ${problem.notRestored.map(quotedOutput).join('; ')}.`
      return {
        what: `The rollback failed: ${quotedOutput(problem.detail)}.${notRestored}${differences}`,
        next,
      }
    }
    case 'rollback.image_gone': {
      const images = problem.images.map(
        ({ reference, imageId }) => `${quotedName(reference)} (${shortImageId(imageId)})`,
      )
      return {
        what: `The rollback failed: somebody removed images from the host during the deployment ("docker system prune -a" does), and they could not be pulled again: ${enumerate(images)}. ${quotedOutput(problem.detail)}.`,
        next: 'Bring these very images back to the host ("docker pull" by digest, or "docker load"), then try the rollback once more there. Or deploy a release that is good.',
      }
    }
    case 'rollback.timeout':
      return {
        what: `The rollback did not finish within ${duration(problem.seconds * 1000)}. The host goes on with it by itself.`,
        next: 'If it does not become "rolled_back" there, try the rollback once more on the host.',
      }
    case 'rollback.kept':
      return {
        what: 'Somebody ended this deployment on the host with "host.sh keep": what ran then stays, and nothing was restored.',
        next: 'To run another release, deploy it. Services that this deployment had stopped may still stand still: start them with "docker compose".',
      }
  }
}
