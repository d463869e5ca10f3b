import type { ContainerPart, OneOffLeft, Recovered, RollbackException, Warning } from '../../model/outcome.ts'
import { describeCheck } from './check.ts'
import { shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput, sentences } from './quote.ts'

/** A warning as a sentence, with what to do about it where something can be done. */
export function describeWarning(warning: Warning): string {
  switch (warning.kind) {
    case 'unknown-variable':
      return `The variable ${quotedName(warning.name)} is unknown and has no effect${
        warning.nearest === '' ? '' : `; did you mean ${quotedName(warning.nearest)}?`
      }`
    case 'drift':
      return `${quotedName(warning.service)} did not match the files on the host. A rollback returns to the files, not to what ran.`
    case 'gate-not-enforced':
      return 'The gate did not pass and would have rolled this release back. CLOSED_LOOP_ENFORCE is false, so the gate does not decide.'
    case 'other-revision':
      return `The image ${quotedName(warning.reference)} names the commit ${quotedName(warning.revision)}; this workflow run is of ${quotedName(warning.commit)}. The input "expect-revision" would have refused it.`
    case 'actions-required':
      return 'The reports pass, but ask for actions (PASS_WITH_ACTIONS). See their warnings.'
    case 'rules-warned':
      return `${warning.count === 1 ? 'One rule of the gate is' : `${warning.count} rules of the gate are`} not met or not measured, and only ${warning.count === 1 ? 'warns' : 'warn'}. See the rules in the summary.`
    case 'artifact-failed':
      return `The action could not upload the reports as an artifact: ${quotedOutput(warning.detail)}. They are on the runner, see the output "reports-path". The outcome is not affected.`
    case 'artifact-unsupported':
      return `${quotedName(warning.server)} has no artifact service that this action can use, so the reports were not uploaded. They are on the runner, see the output "reports-path".`
    case 'diagnostics-failed':
      return `The action could not keep the diagnostics as an artifact: ${quotedOutput(warning.detail)}. The outcome is not affected.`
    case 'report-absent':
      return `${quotedName(warning.file)} of this run was not kept: ${quotedOutput(warning.detail)}.`
    case 'cleanup-failed':
      return `The deployment left something behind on the host: ${quotedOutput(warning.detail)}. It does not affect what runs.`
    case 'not-accepted':
      return `The release is in service, but the host does not pass the acceptance: ${sentences(warning.failed.map(describeCheck))}. The checks in the summary name what to do. Nothing was rolled back.`
    case 'verify-failed':
      return `The release is in service. The action could not verify the host afterwards: ${quotedOutput(warning.detail)}. The outcome is not affected.`
    case 'no-boot-trigger':
      return `Nothing on the host would end a deployment after a restart of the host (${quotedOutput(warning.detail)}): an unjudged release would stay in service until the next deployment. If the host could not set the boot trigger, cure the cause named here. Otherwise let cron run there for the SSH user, or have something call "host.sh recover" when the host starts. With "on-no-boot-trigger" set to refuse, this action deploys nothing there.`
    case 'up-not-tried':
      return `Docker Compose could not simulate "up" with the present files on the host (${quotedOutput(warning.detail)}), so a rollback to what runs now may fail at the same point. Try "docker compose up --dry-run" there by hand.`
    case 'one-off-left':
      return describeOneOff(warning)
    case 'recovered':
      return describeRecovered(warning)
  }
}

function describeOneOff({ container, state }: OneOffLeft): string {
  return `The one-off container ${quotedName(container)} (${quotedName(state)}) began during the deployment without its mark ("docker compose run" by somebody else, or by a runner that calls docker by its path). The host left it alone. Remove it by hand if nobody needs it.`
}

/** What happened while nobody watched. */
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

/** An exception to "exactly what ran before", as a sentence. */
export function describeException(exception: RollbackException): string {
  switch (exception.kind) {
    case 'file-edited-meanwhile':
      return `Somebody else edited ${quotedName(exception.path)} during the deployment, or changed its mode or owner. The rollback restored only the image variables of an env file, and left any other file as it is.`
    case 'env-not-restored':
      return `Somebody edited ${quotedName(exception.path)} during the deployment so that Compose cannot read it any more. The rollback did not touch it, so it may still name the release that was rolled back: restore the image variables by hand before anybody runs docker compose again.`
    case 'recorded-files-used':
      return 'Compose cannot read the files of the project any more, as somebody left them during the deployment. What ran before was brought back with what was recorded of them; the files themselves are left as they are. Correct them before anybody runs docker compose again. Until the services are brought up once with the corrected files, the next deployment may call them drifted.'
    case 'was-unhealthy-before':
      return `${quotedName(exception.service)} was "${quotedName(exception.state)}" before, so its health was not demanded.`
    case 'was-stopped-before':
      return `${quotedName(exception.service)} was "${quotedName(exception.state)}" before and was left so.`
    case 'reference-overridden':
      return `${quotedName(exception.service)} runs its earlier image by ID (${shortImageId(exception.imageId)}): ${quotedName(exception.reference)} no longer leads to it.`
    case 'image-pulled-again':
      return `The image of ${quotedName(exception.reference)} had been removed from the host meanwhile; the host pulled it again as ${quotedName(exception.source)}.`
    case 'drift':
      return `${quotedName(exception.service)} did not match the files before, so the rollback restored it by the files.`
    case 'config-edited-meanwhile':
      return `During the deployment somebody edited a file from which Compose makes ${quotedName(exception.service)} (one that the compose file includes or extends, or an env file). It runs its earlier image with the present files, with ${others(exception.parts)} than before. If you do not want that, correct the files and start it with docker compose.`
    case 'container-differs':
      return `${quotedName(exception.service)} came back with ${others(exception.parts)} than before, although its files are the same: somebody had changed the earlier container by hand ("docker update", "docker network connect"), or another version or configuration of Docker or Compose had made it. If you want that again, set it again.`
    case 'later-deployment':
      return `A later deployment, ${quotedName(exception.transaction)}, has worked on the project since: it decides what runs now.`
    case 'one-off-left':
      return describeOneOff(exception)
    case 'tag-not-restored':
      return `The rollback could not restore the local tag ${quotedName(exception.reference)}.`
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
