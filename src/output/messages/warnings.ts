import type { Recovered, Warning } from '../../model/outcome.ts'
import { describeCheck } from './check.ts'
import { describeException, describeOneOff } from './exceptions.ts'
import { quotedName, quotedOutput, sentences } from './quote.ts'
import { type SentenceTable, sentenceIn } from './table.ts'

/** Each warning. */
export const WARNINGS: SentenceTable<Warning> = {
  'unknown-variable': {
    says: ({ name, nearest }) =>
      `The variable ${quotedName(name)} is unknown and has no effect${
        nearest === '' ? '' : `; did you mean ${quotedName(nearest)}?`
      }`,
    docs: {
      names: 'a `CLOSED_LOOP_…` name that has no effect, and the nearest that has',
      causes: 'a typing mistake',
      cure: 'rename it',
    },
  },
  drift: {
    says: ({ service }) =>
      `${quotedName(service)} did not match the files on the host. A rollback returns to the files, not to what ran.`,
    docs: {
      names: 'a service does not match the files; a rollback returns to the files',
      causes: 'see the finding',
      cure: 'see the finding',
    },
  },
  'gate-not-enforced': {
    says: 'The gate did not pass and would have rolled this release back. CLOSED_LOOP_ENFORCE is false, so the gate does not decide.',
    docs: {
      names: 'the gate did not pass, and `CLOSED_LOOP_ENFORCE` is `false`',
      causes: '',
      cure: 'read the reasons before you rely on the release',
    },
  },
  'other-revision': {
    says: ({ reference, revision, commit }) =>
      `The image ${quotedName(reference)} names the commit ${quotedName(revision)}; this workflow run is of ${quotedName(commit)}. The input "expect-revision" would have refused it.`,
    docs: {
      names:
        'the label `org.opencontainers.image.revision` of the image names another commit than that of the run',
      causes: 'an older tag, or a build of another branch',
      cure: 'check which release that is; `expect-revision: true` refuses it',
    },
  },
  'actions-required': {
    says: 'The reports pass, but ask for actions (PASS_WITH_ACTIONS). See their warnings.',
    docs: {
      names: 'PASS_WITH_ACTIONS was accepted',
      causes: '`CLOSED_LOOP_STRICT_PASS` is `false`',
      cure: 'do what the report asks for',
    },
  },
  'rules-warned': {
    says: ({ count }) =>
      `${count === 1 ? 'One rule of the gate is' : `${count} rules of the gate are`} not met or not measured, and only ${count === 1 ? 'warns' : 'warn'}. See the rules in the summary.`,
    docs: {
      names: 'the number of rules of `gate-rules` that are not met, or not measured, and only warn',
      causes: '`warn:` or `missing: warn` in the rule',
      cure: 'read them in the summary',
    },
  },
  'artifact-failed': {
    says: ({ detail }) =>
      `The action could not upload the reports as an artifact: ${quotedOutput(detail)}. They are on the runner, see the output "reports-path". The outcome is not affected.`,
    docs: {
      names: 'the action could not upload the reports, and why',
      causes: 'the artifact service; over 60 s; two deployments of one job with the same `artifact-name`',
      cure: 'they are on the runner, see `reports-path`',
    },
  },
  'artifact-unsupported': {
    says: ({ server }) =>
      `${quotedName(server)} has no artifact service that this action can use, so the reports were not uploaded. They are on the runner, see the output "reports-path".`,
    docs: {
      names: 'the action cannot use the artifact service of this server',
      causes: 'GitHub Enterprise Server',
      cure: 'a step of your own that keeps `reports-path`',
    },
  },
  'diagnostics-failed': {
    says: ({ detail }) =>
      `The action could not keep the diagnostics as an artifact: ${quotedOutput(detail)}. The outcome is not affected.`,
    docs: {
      names: 'the action could not keep the diagnostics as an artifact, and why',
      causes: 'contact with the host was lost; the artifact service',
      cure: 'they are on the runner if the message says so; else on the host in `.closed-loop/transactions/<id>/`',
    },
  },
  'report-absent': {
    says: ({ file, detail }) => `${quotedName(file)} of this run was not kept: ${quotedOutput(detail)}.`,
    docs: {
      names: 'a report of this run was not kept, and why',
      causes:
        'it is of another run, of an unknown one, or unreadable. There is no warning for each file if the gate reports the run itself as unknown, and none for a report that the runner did not write (on FAIL many do not): the line of the reports in the summary names it. A file of `extra-reports` is told in any case',
      cure: '',
    },
  },
  'cleanup-failed': {
    says: ({ detail }) =>
      `The deployment left something behind on the host: ${quotedOutput(detail)}. It does not affect what runs.`,
    docs: {
      names:
        'the host could not remove something of the deployment, or could not restore a tag that a pull had moved',
      causes: 'docker was busy',
      cure: 'the next deployment removes what the action left; give a named tag back to the running image (`docker tag`) before the next `up`',
    },
  },
  'not-accepted': {
    says: ({ failed }) =>
      `The release is in service, but the host does not pass the acceptance: ${sentences(failed.map(describeCheck))}. The checks in the summary name what to do. Nothing was rolled back.`,
    docs: {
      names: 'with `verify-after-deploy`: the required checks that failed after the promotion',
      causes: 'see each check; right after a first deployment the scheduler has not run anything yet',
      cure: 'the summary has what to do; `actions/verify` checks again',
    },
  },
  'verify-failed': {
    says: ({ detail }) =>
      `The release is in service. The action could not verify the host afterwards: ${quotedOutput(detail)}. The outcome is not affected.`,
    docs: {
      names: 'with `verify-after-deploy`: the action could not read the host after the promotion; the code',
      causes: 'contact with the host was lost; dockerd hangs',
      cure: '`actions/verify` checks again',
    },
  },
  'prune-failed': {
    says: ({ detail }) =>
      `The release is in service. The host did not remove all images of old releases: ${quotedOutput(detail)}. The outcome is not affected.`,
    docs: {
      names: 'with `prune-images: old`: why images of old releases stayed',
      causes:
        'another deployment, a command or a hold came at once; Docker refused it; contact with the host was lost',
      cure: 'nothing: the next promotion tries again; or `docker rmi` by hand',
    },
  },
  'file-left': {
    says: ({ path }) =>
      `The release that comes back brought no ${quotedName(path)}. What a later release put there stays.`,
    docs: {
      names: 'a path of `files` that a later release put in place, and that the earlier one did not have',
      causes: '`actions/rollback` to a release from before that path was in `files`',
      cure: 'look whether the earlier release works with it; else put the older content there by a deployment',
    },
  },
  'variable-left': {
    says: ({ key }) =>
      `The release that comes back did not set ${quotedName(key)}. The value that a later release gave it stays.`,
    docs: {
      names: 'a key of `images` or `manage-env` that a later release set, and that the earlier one did not',
      causes: '`actions/rollback` to a release from before that key was set',
      cure: 'look whether the earlier release works with it; else set the key in the env file by hand',
    },
  },
  'service-left': {
    says: ({ service }) =>
      `The compose files of the release have no service ${quotedName(service)} any more. Its container runs on.`,
    docs: {
      names: 'a service that runs and that the compose files of the release lack',
      causes: 'the release removes or renames it',
      cure: '`docker compose … up -d --remove-orphans` by hand, or remove the container',
    },
  },
  'no-boot-trigger': {
    says: ({ detail }) =>
      `Nothing on the host would end a deployment after a restart of the host (${quotedOutput(detail)}): an unjudged release would stay in service until the next deployment. If the host could not set the boot trigger, cure the cause named here. Otherwise let cron run there for the SSH user, or have something call "host.sh recover" when the host starts. With "on-no-boot-trigger" set to refuse, this action deploys nothing there.`,
    docs: {
      names: 'nothing on the host would end a deployment after a restart of the host, and why',
      causes:
        'The deploy account is not root, or the host has no systemd; and there is no cron, or the account may not use `crontab`; or the host could not set the trigger (a full disk where the crontabs lie).',
      cure: 'install cron, or take the account out of `/etc/cron.deny`; without a trigger, an unjudged release stays in service until the next deployment or `host.sh recover` ends it. `on-no-boot-trigger: refuse` deploys nothing there',
    },
  },
  'up-not-tried': {
    says: ({ detail }) =>
      `Docker Compose could not simulate "up" with the present files on the host (${quotedOutput(detail)}), so a rollback to what runs now may fail at the same point. Try "docker compose up --dry-run" there by hand.`,
    docs: {
      names:
        '`up --dry-run` on the present files did not finish, and why: a rollback to them may fail at the same point',
      causes:
        'an image of a service is not on the host any more; a file that the compose file mounts is gone',
      cure: '`docker compose … up --dry-run` by hand',
    },
  },
  'one-off-left': {
    says: describeOneOff,
    docs: {
      names: 'the host left a one-off container alone that began during the deployment; its name and state',
      causes: "somebody else's `docker compose run`, or a runner that calls docker by its path",
      cure: 'remove it by hand if nobody needs it',
    },
  },
  recovered: {
    says: describeRecovered,
    docs: {
      names: 'the end of an earlier deployment that had been interrupted',
      causes: 'its runner died, or the host restarted',
      cure: 'after `rolled_back` and `promoted` nothing; after `rollback_failed`: what ran before this deployment was not verified',
    },
  },
}

/** A warning as a sentence, with what to do about it where something can be done. */
export function describeWarning(warning: Warning): string {
  return sentenceIn(WARNINGS, warning)
}

/** An earlier deployment that the host ended before this one. */
function describeRecovered({ transaction, state, end, exceptions }: Recovered): string {
  const left = `An earlier deployment, ${quotedName(transaction)}, had no end (${quotedName(state)}); the host ended it before this one began`
  switch (end) {
    case 'promoted':
      return `${left}: it had passed its gate, so the host finished its confirmation. Its release is what ran before this one.`
    case 'rolled_back':
      return [
        `${left}: the host restored and verified what ran before it.`,
        ...exceptions.map(describeException),
      ].join(' ')
    case 'rollback_failed':
      return `An earlier deployment, ${quotedName(transaction)}, could not be rolled back, not even in a second attempt. What ran when this deployment began is not what ran before that one. A rollback of this deployment returns only to what ran when it began.`
    case 'unchanged':
      return `${left}: it had changed nothing.`
  }
}
