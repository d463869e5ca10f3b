import type { ContainerPart, OneOffLeft, Recovered, RollbackException, Warning } from '../../model/outcome.ts'
import { describeCheck } from './check.ts'
import { shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput, sentences } from './quote.ts'

/** A warning as a sentence, with what to do about it where something can be done. */
export function describeWarning(warning: Warning): string {
  switch (warning.kind) {
    case 'unknown-variable':
      return `The variable ${quotedName(warning.name)} is not known and has no effect${
        warning.nearest === '' ? '' : `; did you mean ${quotedName(warning.nearest)}?`
      }`
    case 'drift':
      return `${quotedName(warning.service)} did not run what the files on the host say. A rollback returns to the files, not to what ran.`
    case 'gate-not-enforced':
      return 'The gate did not pass and would have rolled this release back. CLOSED_LOOP_ENFORCE is false, so that alone does not.'
    case 'other-revision':
      return `The image ${quotedName(warning.reference)} says that it was built from commit ${quotedName(warning.revision)}; this workflow run is of ${quotedName(warning.commit)}. With the input "expect-revision" it would have been refused.`
    case 'actions-required':
      return 'The reports pass, but ask for actions (PASS_WITH_ACTIONS). See their warnings.'
    case 'rules-warned':
      return `${warning.count === 1 ? 'One rule of the gate is' : `${warning.count} rules of the gate are`} not met or not measured, and only ${warning.count === 1 ? 'warns' : 'warn'}. See the rules in the summary.`
    case 'artifact-failed':
      return `The reports could not be uploaded as an artifact: ${quotedOutput(warning.detail)}. They are on the runner, see the output "reports-path". The outcome is not affected.`
    case 'artifact-unsupported':
      return `${quotedName(warning.server)} has no artifact service that this action can use, so the reports were not uploaded. They are on the runner, see the output "reports-path".`
    case 'diagnostics-failed':
      return `The diagnostics of this deployment were not kept as an artifact: ${quotedOutput(warning.detail)}. The outcome is not affected.`
    case 'report-absent':
      return `${quotedName(warning.file)} of this run was not kept: ${quotedOutput(warning.detail)}.`
    case 'cleanup-failed':
      return `Something was left behind on the host: ${quotedOutput(warning.detail)}. It does not affect what runs.`
    case 'not-accepted':
      return `The release is in service, but the host does not pass the acceptance: ${sentences(warning.failed.map(describeCheck))}. The checks in the summary say what to do; nothing was rolled back.`
    case 'verify-failed':
      return `The release is in service; what runs could not be looked at again afterwards: ${quotedOutput(warning.detail)}. The outcome is not affected.`
    case 'no-boot-trigger':
      return `After a restart of the host in the middle of a deployment, a release that was not judged stays in service until the next deployment: nothing there would end it (${quotedOutput(warning.detail)}). Where the boot trigger could not be set, cure the cause named here. Else let cron run there for the SSH user, or have systemd start its units with the host ("loginctl enable-linger USER"), or have something call "host.sh recover" when the host starts. With the input "on-no-boot-trigger" set to refuse, nothing is deployed there.`
    case 'up-not-tried':
      return `Docker Compose could not say what "up" would do with the files on the host as they are (${quotedOutput(warning.detail)}), so a rollback to what runs now may fail at the same. Try "docker compose up --dry-run" there by hand.`
    case 'one-off-left':
      return describeOneOff(warning)
    case 'recovered':
      return describeRecovered(warning)
  }
}

function describeOneOff({ container, state }: OneOffLeft): string {
  return `The one-off container ${quotedName(container)} (${quotedName(state)}) began during the deployment, and this deployment did not start it ("docker compose run" by somebody else, or by a runner that calls docker by its path): it was left alone. Remove it by hand if nobody needs it.`
}

/** What happened while nobody watched. */
function describeRecovered({ transaction, state, end, exceptions }: Recovered): string {
  const left = `An earlier deployment, ${quotedName(transaction)}, had been left in the middle (${quotedName(state)}) and was ended before this one began`
  switch (end) {
    case 'promoted':
      return `${left}: it had passed its gate, so its confirmation was brought to its end. Its release is what ran before this one.`
    case 'rolled_back':
      return [
        `${left}: what ran before it was put back and verified.`,
        ...exceptions.map(describeException),
      ].join(' ')
    case 'rollback_failed':
      return `An earlier deployment, ${quotedName(transaction)}, could not be rolled back, now as then. What ran when this deployment began is not what ran before that one, and a rollback returns to no more than that.`
    case 'unchanged':
      return `${left}: it had changed nothing.`
  }
}

/** An exception to "exactly what ran before", as a sentence. */
export function describeException(exception: RollbackException): string {
  switch (exception.kind) {
    case 'file-edited-meanwhile':
      return `Somebody else edited ${quotedName(exception.path)} during the deployment, or changed its mode or owner. In an env file only the image variables were put back, any other file was left as it is.`
    case 'env-not-restored':
      return `Somebody edited ${quotedName(exception.path)} during the deployment so that Compose cannot read it any more. The file was not touched, so it still names the release that was rolled back where it did: put the image variables back by hand before anybody runs docker compose again.`
    case 'recorded-files-used':
      return 'Compose cannot read the files of the project any more, as somebody left them during the deployment. What ran before was brought back with what was recorded of them; the files themselves are left as they are. Correct them before anybody runs docker compose again. Until the services are brought up once with the corrected files, the next deployment may call them drifted.'
    case 'was-unhealthy-before':
      return `${quotedName(exception.service)} was "${quotedName(exception.state)}" before, so its health was not demanded.`
    case 'was-stopped-before':
      return `${quotedName(exception.service)} was "${quotedName(exception.state)}" before and was left so.`
    case 'reference-overridden':
      return `${quotedName(exception.service)} runs its earlier image by ID (${shortImageId(exception.imageId)}): ${quotedName(exception.reference)} no longer leads to it.`
    case 'image-pulled-again':
      return `The image of ${quotedName(exception.reference)} had been removed from the host meanwhile; it was pulled again as ${quotedName(exception.source)}.`
    case 'drift':
      return `${quotedName(exception.service)} did not run what the files said before, so it was put back to the files.`
    case 'config-edited-meanwhile':
      return `During the deployment somebody edited a file from which Compose makes ${quotedName(exception.service)} (one that the compose file includes or extends, or an env file). It runs its earlier image as the files say now, with ${others(exception.parts)} than before. If that is not wanted, correct the files and bring it up with docker compose.`
    case 'container-differs':
      return `${quotedName(exception.service)} came back with ${others(exception.parts)} than before, although its files are the same: the earlier container had been changed by hand ("docker update", "docker network connect"), or was made by another version or configuration of Docker or Compose. If it is to have that again, set it again.`
    case 'later-deployment':
      return `A later deployment, ${quotedName(exception.transaction)}, has worked on the project since: what runs now is what that one left.`
    case 'one-off-left':
      return describeOneOff(exception)
    case 'tag-not-restored':
      return `The local tag ${quotedName(exception.reference)} could not be put back.`
  }
}

const PART_WORDS: Readonly<Record<ContainerPart, string>> = {
  command: 'command or user',
  environment: 'environment',
  healthcheck: 'healthcheck',
  labels: 'labels',
  limits: 'limits (memory, processors and the like)',
  logging: 'log settings',
  mounts: 'mounts',
  network: 'networks, names or ports',
  others: 'settings',
  privileges: 'privileges or kernel settings',
}

function others(parts: readonly ContainerPart[]): string {
  return `other ${enumerate(parts.map((part) => PART_WORDS[part]))}`
}
