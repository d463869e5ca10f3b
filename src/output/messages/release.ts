import { type HealthProblem, whatEnded } from '../../model/health-problem.ts'
import type { ApplyProblem, ConfirmProblem, PrefetchProblem } from '../../model/problem.ts'
import { duration, shortImageId } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** What went wrong while images were fetched or the snapshot was taken. Nothing had been changed by then. */
export function describePrefetchProblem(problem: PrefetchProblem): Words {
  switch (problem.code) {
    case 'prefetch.login_failed':
      return {
        what: `The registry ${quotedName(problem.registry)} refused ${quotedName(problem.image)} to the account of "registry-username": ${quotedOutput(problem.detail)}.`,
        next: 'Correct the inputs "registry-username" and "registry-password", renew an expired token, or give the account the right to read this image. Many registries give the same answer for a missing image: check the reference too.',
      }
    case 'prefetch.pull_failed':
      return {
        what: `The image ${quotedName(problem.image)} could not be pulled: ${quotedOutput(problem.detail)}.`,
        next: 'Check that the image was pushed under exactly this reference, that the host may read it, and that the disk has room.',
      }
    case 'prefetch.timeout':
      return {
        what: `The host did not pull the images within ${duration(problem.seconds * 1000)}.`,
        next: 'Check the network between the host and the registry, or raise the input "prefetch-timeout".',
      }
    case 'prefetch.failed':
      return {
        what: `The host could not pull the images: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here on the host, then deploy again.',
      }
    case 'prefetch.other_revision':
      return {
        what: `The image ${quotedName(problem.reference)} ${problem.revision === '' ? 'does not name the commit it was built from' : `names the commit ${quotedName(problem.revision)}`}; this workflow run is of ${quotedName(problem.commit)}, and "expect-revision" is set.`,
        next: 'Deploy the image that was built from this commit, with the label org.opencontainers.image.revision (docker/metadata-action sets it); or unset "expect-revision".',
      }
    case 'snapshot.failed':
      return {
        what: `The host could not record what runs now, and a rollback needs that: ${quotedOutput(problem.detail)}.`,
        next: 'Check disk space and permissions of .closed-loop in the project directory, then deploy again.',
      }
  }
}

/** What went wrong in apply. */
export function describeApplyProblem(problem: ApplyProblem): Words {
  switch (problem.code) {
    case 'apply.files_changed':
      return {
        what: `Somebody changed ${quotedName(problem.path)} between the snapshot and the apply phase.`,
        next: 'Deploy again; if it happens again, find out what else writes to the project directory.',
      }
    case 'apply.env_edit_refused':
      return {
        what: `The host could not edit the env file so that Docker Compose reads exactly the wanted images: ${quotedOutput(problem.detail)}.`,
        next: 'Write the image variables in the env file as plain KEY=value lines, each once.',
      }
    case 'apply.no_space':
      return {
        what: `The disk of the project directory is full (${problem.freeKibibytes} KiB free), so a rollback could fail.`,
        next: 'Free space on the host, then deploy again.',
      }
    case 'apply.no_boot_trigger':
      return {
        what: `After a restart of the host, nothing there would end this deployment (${quotedOutput(problem.detail)}). The input "on-no-boot-trigger" refuses that.`,
        next: 'Cure the cause named here on the host (a full disk where the crontabs lie, say), then deploy again; or set the input "on-no-boot-trigger" to warn.',
      }
    case 'apply.up_failed':
      return {
        what: `Docker Compose could not start the release: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here: in the image or the compose file, or on the host (a taken port, a missing volume).',
      }
    case 'apply.wrong_image':
      return {
        what: `${quotedName(problem.service)} runs the image ${shortImageId(problem.runningImageId)}, not the pulled ${shortImageId(problem.wantedImageId)}.`,
        next: 'Find out what else sets the image on the host: an override file, another deployment, a scheduled "up".',
      }
    case 'apply.timeout':
      return {
        what: `The host did not deploy the release within ${duration(problem.seconds * 1000)}.`,
        next: 'Check the load of the host and the stop grace periods of the services.',
      }
    case 'apply.failed':
      return {
        what: `The host could not deploy the release: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here, then deploy again.',
      }
  }
}

/** Which service was not ready, or no longer. */
export function describeHealthProblem(problem: HealthProblem): Words {
  const name = `${quotedName(problem.service)} (container ${quotedName(problem.container)})`
  const next = `Read the last log lines of ${quotedName(problem.service)} in the log of this step, correct the release, and deploy again.`
  switch (problem.code) {
    case 'health.crashed': {
      const memory = problem.outOfMemory ? ', killed for lack of memory' : ''
      const restarts = problem.restarts > 0 ? `, restarted ${problem.restarts} times` : ''
      return { what: `${name} crashed: exit code ${problem.exitCode}${memory}${restarts}.`, next }
    }
    case 'health.unhealthy':
      return { what: `${name} is unhealthy: its healthcheck fails.`, next }
    case 'health.not_ready_in_time':
      return {
        what: `${name} was not ready within ${duration(problem.seconds * 1000)}; its state was "${quotedName(problem.state)}".`,
        next: `${next} If it only needs longer, raise the input "health-timeout".`,
      }
    case 'health.lost':
      return {
        what: `${name} was ready and then ${LOST[problem.change]}${problem.change === 'exited' ? ` with code ${problem.exitCode}` : ''}, before the release was confirmed.`,
        next: {
          itself: next,
          outside: `Find out ${OTHERS}`,
          unknown: `Read the last log lines of ${quotedName(problem.service)} in the log of this step; if they show no crash, find out ${OTHERS}`,
        }[whatEnded(problem)],
      }
  }
}

const OTHERS = 'what else manages the containers on the host: another deployment, a scheduler, a person.'

const LOST: Readonly<Record<Extract<HealthProblem, { code: 'health.lost' }>['change'], string>> = {
  restarted: 'restarted',
  exited: 'exited',
  stopped: 'was stopped or paused from outside (by a Docker command on the host, or together with Docker)',
  ended: 'ended, by itself or stopped from outside (Docker on the host did not report which in time)',
  replaced: 'was replaced by another container',
  removed: 'was removed',
  unhealthy: 'became unhealthy',
}

/** What went wrong between the gate and the confirmation. */
export function describeConfirmProblem(problem: ConfirmProblem): Words {
  switch (problem.code) {
    case 'confirm.failed':
      return {
        what: `The gate let the release through, but the host could not confirm it: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here, then deploy again.',
      }
    case 'confirm.unstable':
      return {
        what: `The gate let the release through, but ${quotedName(problem.service)}, a deferred service, did not stay up after its start.`,
        next: `Read the last log lines of ${quotedName(problem.service)} in the log of this step, cure what they name, and deploy again.`,
      }
    case 'confirm.env_changed':
      return {
        what: `The gate let the release through, but somebody else changed ${quotedName(problem.key)} in the env file after the release was deployed.`,
        next: 'Find out who, or which tool, writes that file, keep it away from the variables of this action, and deploy again.',
      }
    case 'confirm.timeout':
      return {
        what: `The gate let the release through, but the host did not confirm it within ${duration(problem.seconds * 1000)}.`,
        next: 'Check the deferred services and the load of the host, then deploy again.',
      }
  }
}
