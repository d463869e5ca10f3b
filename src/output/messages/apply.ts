import type { ApplyProblem } from '../../model/problem.ts'
import { duration, shortImageId } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The apply phase. */
export const APPLY: ProblemTable<ApplyProblem, 'code'> = {
  'apply.files_changed': {
    what: ({ path }) => `Somebody changed ${quotedName(path)} between the snapshot and the apply phase.`,
    next: 'Deploy again; if it happens again, find out what else writes to the project directory.',
    fault: 'environment',
    docs: {
      names: 'the file that changed between snapshot and apply',
      causes: 'an editor, `git pull`, configuration management',
      cure: 'deploy again; keep others off with `host.sh hold` or `with-lock`',
    },
  },
  'apply.env_edit_refused': {
    what: ({ detail }) =>
      `The host could not edit the env file so that Docker Compose reads exactly the wanted values: ${quotedOutput(detail)}.`,
    next: 'Write the variables that this deployment sets in the env file as plain KEY=value lines, each once.',
    fault: 'configuration',
    docs: {
      names: 'why the edit would not be exact',
      causes:
        'another variable is derived from a managed one; a managed variable (an image variable, or one of `manage-env`) in a form that Compose reads otherwise',
      cure: 'plain `KEY=value`, each once',
    },
  },
  'apply.no_space': {
    what: ({ freeKibibytes }) =>
      `The disk of the project directory is full (${freeKibibytes} KiB free), so a rollback could fail.`,
    next: 'Free space on the host, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'that the disk of the project directory is full',
      causes: 'logs, old images',
      cure: 'free space; a rollback needs a mebibyte to be sure of its end',
    },
  },
  'apply.no_boot_trigger': {
    what: ({ detail }) =>
      `After a restart of the host, nothing there would end this deployment (${quotedOutput(detail)}). The input "on-no-boot-trigger" refuses that.`,
    next: 'Cure the cause named here on the host (a full disk where the crontabs lie, say), then deploy again; or set the input "on-no-boot-trigger" to warn.',
    fault: 'environment',
    docs: {
      names:
        'why the host could not set the boot trigger, with the output of `crontab` or `systemctl` (only with `on-no-boot-trigger: refuse`)',
      causes: 'the disk of the crontabs is full or read-only; so is `/etc/systemd/system`',
      cure: 'cure what the message names, or `on-no-boot-trigger: warn`',
    },
  },
  'apply.up_failed': {
    what: ({ detail }) => `Docker Compose could not start the release: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here: in the image or the compose file, or on the host (a taken port, a missing volume).',
    fault: 'unknown',
    docs: {
      names: 'the output of Compose',
      causes:
        "a taken port; a missing external network or volume; a mount source that does not exist; an entrypoint that the image lacks; a dependency (`depends_on`) that did not become healthy, or did not end with 0, in the time of `apply.timeout`; services that wait for each other's healthchecks for longer than that",
      cure: 'cure in the compose file, the image or the host',
    },
  },
  'apply.wrong_image': {
    what: ({ service, runningImageId, wantedImageId }) =>
      `${quotedName(service)} runs the image ${shortImageId(runningImageId)}, not the pulled ${shortImageId(wantedImageId)}.`,
    next: 'Find out what else sets the image on the host: an override file, another deployment, a scheduled "up".',
    fault: 'environment',
    docs: {
      names: 'the service, and the image that it runs instead',
      causes: 'something else ran `up` meanwhile; an override file',
      cure: 'find it: cron, another workflow, a person',
    },
  },
  'apply.timeout': {
    what: ({ seconds }) => `The host did not deploy the release within ${duration(seconds * 1000)}.`,
    next: 'Check the load of the host and the stop grace periods of the services.',
    fault: 'environment',
    docs: {
      names:
        'that the release was not deployed after 5 min, `health-timeout` and the longest `stop_grace_period` of the running containers',
      causes:
        "services that wait for each other's healthchecks (`depends_on` with `service_healthy`); a busy host",
      cure: 'raise `health-timeout`',
    },
  },
  'apply.failed': {
    what: ({ detail }) => `The host could not deploy the release: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here, then deploy again.',
    fault: 'unknown',
    docs: {
      names: 'the output of the host',
      causes: 'dockerd restarted; disk full; a service shares the network of a container that is gone',
      cure: 'cure, deploy again',
    },
  },
}
