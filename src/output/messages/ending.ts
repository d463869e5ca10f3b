import type { DeploymentReport, Ending, LeftBehind } from '../../model/outcome.ts'
import { PHASES } from '../../model/phase.ts'
import { describeException } from './exceptions.ts'
import { GATE_MEANING } from './gate.ts'
import { lookCommands, rollbackCommand } from './hand-commands.ts'
import { describeProblem } from './problem.ts'
import { duration, leftOut, shortImageId } from './quantities.ts'
import { enumerate, quotedName } from './quote.ts'

/** The words of one ending. Plain text, possibly of several lines. */
export interface EndingWords {
  /** One short line without foreign text; absent where the usual one of the outcome fits. */
  readonly title?: string
  readonly happened: string
  /** Never more than was verified on the host. */
  readonly runsNow: string
  /** Empty when there is nothing to do. */
  readonly next: string
}

type EndingOf<Kind extends Ending['kind']> = Extract<Ending, { kind: Kind }>

/** The deployment ended before the boundary. */
export function unchanged(report: DeploymentReport, { because }: EndingOf<'unchanged'>): EndingWords {
  const { what, next } = describeProblem(because)
  return { happened: what, runsNow: leftAlone(report), next }
}

function leftAlone({ timings, gate }: DeploymentReport): string {
  if (timings.some(({ phase }) => phase === 'recover') && !timings.some(({ phase }) => phase === 'snapshot'))
    return 'Not verified: what the earlier deployment, somebody since, or the host itself left. This deployment changed nothing.'
  return gate.kind === 'elsewhere'
    ? 'This deployment changed nothing that serves.'
    : 'What ran before. This deployment ended before it changed anything that serves.'
}

/** The release was confirmed. */
export function promoted(report: DeploymentReport): EndingWords {
  const { gate } = report
  if (report.purpose.kind !== 'release') return returned(report)
  const failedGate = gate.kind === 'not_enforced' && gate.decision.kind !== 'pass' ? gate.decision : null
  return {
    ...(failedGate === null ? {} : { title: 'The release is in service without a passed gate' }),
    happened:
      failedGate === null
        ? `${release(report)} was deployed and confirmed${gate.kind === 'not_run' || gate.kind === 'elsewhere' ? '' : ': the gate passed'}.`
        : `${release(report)} was deployed and confirmed, although ${GATE_MEANING[failedGate.kind]}: CLOSED_LOOP_ENFORCE is false. It would have been rolled back.`,
    runsNow:
      gate.kind === 'elsewhere'
        ? 'The release, as the host verified it then. It was not verified again.'
        : `Every service of the release runs the image that was pulled for it (${shortImageId(report.image.imageId)}) and is ready; the other deployed services run.`,
    next: failedGate === null ? '' : 'Read the reasons of the gate before you rely on this release.',
  }
}

/** `actions/rollback`: an earlier release was confirmed again. */
function returned(report: DeploymentReport): EndingWords {
  const { purpose, gate } = report
  const of = purpose.kind === 'return-to' ? ` of deployment ${quotedName(purpose.release.transaction)}` : ''
  return {
    title: 'The earlier release is in service again',
    happened: `${release(report)}, the release${of}, was deployed again and confirmed by its health. No gate judged it this time.`,
    runsNow:
      gate.kind === 'elsewhere'
        ? 'That release, as the host verified it then. It was not verified again.'
        : `Every service of the release runs the image of then (${shortImageId(report.image.imageId)}) and is ready; the other deployed services run.`,
    next: 'The next deployment from the main branch puts a newer release in its place: hold it back, or correct the branch first.',
  }
}

/** As many as a person reads one by one. */
const MOST_EXCEPTIONS = 40

/** The host restored what ran before. */
export function rolledBack(report: DeploymentReport, ending: EndingOf<'rolled_back'>): EndingWords {
  const because = describeProblem(ending.because)
  const verified = ending.toNothing
    ? 'Nothing of the project runs, as before this deployment. The host removed what the deployment had started.'
    : `What ran before runs again (${previous(report)}): the containers equal the snapshot${ending.exceptions.length > 0 ? ', except:' : '.'}`
  const exceptions = ending.exceptions
    .slice(0, MOST_EXCEPTIONS)
    .map((exception) => `• ${describeException(exception)}`)
  const more = leftOut(ending.exceptions.length - exceptions.length, 'exception')
  return {
    ...(ending.toNothing ? { title: 'The release was rolled back; nothing runs, as before' } : {}),
    happened: `${release(report)} was deployed and rolled back. ${because.what}`,
    runsNow: [verified, ...exceptions, ...(more === '' ? [] : [more])].join('\n'),
    next: because.next,
  }
}

/** The host could not restore what ran before, or could not verify it. */
export function rollbackFailed(report: DeploymentReport, ending: EndingOf<'rollback_failed'>): EndingWords {
  const rollback = describeProblem(ending.rollback)
  if (ending.rollback.code === 'rollback.kept')
    return {
      title: 'A person on the host kept what runs',
      happened: `${describeProblem(ending.because).what} ${rollback.what}`,
      runsNow: `Not verified: that person kept ${release(report)}, what ran before (${previous(report)}), or something else. ${stateSeen(report)}`,
      next: ['Look at the host:', ...lookCommands(report), rollback.next].join('\n'),
    }
  const { left } = ending
  if (left.kind === 'starting') return notHealthyYet(report, ending, left.containers)
  return {
    ...(left.kind === 'stopped' && left.notStopped.length === 0
      ? { title: 'The rollback failed: the deployed services are stopped, and the host needs a person' }
      : {}),
    happened: `${release(report)} was deployed, and the host had to roll it back. ${describeProblem(ending.because).what}\n${rollback.what}`,
    runsNow: `Not what ran before (${previous(report)}), or not verified to be. ${leftWords(left)}${stateSeen(report)}`,
    next: [
      ...(left.kind === 'stopped' && left.notStopped.length > 0
        ? [`Stop by hand, restart policy "no": ${enumerate(left.notStopped)}.`]
        : []),
      'Look at the host:',
      ...lookCommands(report),
      rollback.next,
      'To try the rollback once more:',
      rollbackCommand(report.projectDir, report.transactionId),
    ].join('\n'),
  }
}

/** All is back but for the healthchecks. Nothing is stopped for that, whatever was asked for. */
function notHealthyYet(
  report: DeploymentReport,
  ending: EndingOf<'rollback_failed'>,
  containers: readonly string[],
): EndingWords {
  return {
    title: 'What ran before runs again, but is not healthy yet',
    happened: `${release(report)} was deployed and rolled back. ${describeProblem(ending.because).what}`,
    runsNow: `What ran before (${previous(report)}). A healthcheck has not passed yet: ${enumerate(containers)}. So the rollback is not verified. Nothing was stopped. ${stateSeen(report)}`,
    next: [
      'Check on the host whether it becomes healthy:',
      ...lookCommands(report),
      'If it only needs longer, raise the input "health-timeout". Once it is healthy, this command verifies it and restarts nothing:',
      rollbackCommand(report.projectDir, report.transactionId),
    ].join('\n'),
  }
}

/** Ends in a blank where it says something. */
function leftWords(left: Exclude<LeftBehind, { kind: 'starting' }>): string {
  switch (left.kind) {
    case 'kept':
      return left.back.length === 0 ? '' : `Back as before: ${enumerate(left.back)}. `
    case 'stop-unverified':
      return 'The host was told to stop the deployed services, and did not report whether they are stopped. '
    case 'stopped': {
      const stopped =
        left.stopped.length === 0
          ? ''
          : `Stopped for good (Docker does not start them again): ${enumerate(left.stopped)}. `
      const others =
        left.notStopped.length === 0 ? '' : `NOT stopped for good: ${enumerate(left.notStopped)}. `
      return stopped + others || 'None of the deployed services ran any more. '
    }
  }
}

/** The host did not report the end. */
export function unknown(report: DeploymentReport, ending: EndingOf<'unknown'>): EndingWords {
  if (ending.because.code === 'step.cancelled') return cancelled(report, ending)
  if (ending.because.code === 'rollback.timeout' || ending.because.code === 'lock.lost')
    return notDoneYet(report, ending)
  return {
    happened: `${cutShort(report, ending)} Last known phase: "${PHASES[ending.lastKnown].title}". ${describeProblem(ending.because).what}`,
    runsNow: statedUnknown(report),
    next: [
      'Look at the host now:',
      ...lookCommands(report),
      `The image ID of the release is ${quotedName(report.image.imageId) || 'not known'}; before, it was ${quotedName(report.previousImage.imageId) || (report.gate.kind === 'elsewhere' ? 'not read' : 'none')}.`,
      'If the transaction has no end, restore what ran before:',
      rollbackCommand(report.projectDir, report.transactionId),
    ].join('\n'),
  }
}

/** The host goes on with the rollback, or whoever has the project now does. */
function notDoneYet(report: DeploymentReport, ending: EndingOf<'unknown'>): EndingWords {
  const { what, next } = describeProblem(ending.because)
  const why = ending.failure === undefined ? '' : ` ${describeProblem(ending.failure).what}`
  const told =
    report.gate.kind === 'elsewhere'
      ? 'The next deployment ends it first'
      : 'The post step of this action reports the end at the end of this job, if the host is done by then. So does the next deployment'
  return {
    title: 'The rollback is not done yet',
    happened: `${release(report)} was deployed, and the host had to roll it back.${why}\n${what}`,
    runsNow: `Not known yet. The host, or the present holder of the project, restores what ran before (${previous(report)}).`,
    next: [
      `${told}. Look at the host:`,
      ...lookCommands(report),
      next,
      rollbackCommand(report.projectDir, report.transactionId),
    ].join('\n'),
  }
}

function statedUnknown(report: DeploymentReport): string {
  if (report.gate.kind === 'elsewhere')
    return `Not known: ${release(report)}, what ran before (${previous(report)}), or a mixture of both.`
  return `Not known: ${release(report)}, if it was confirmed already. Otherwise the host restores what ran before (${previous(report)}) by itself, beginning ${duration(report.leaseSeconds * 1000)} after the last sign of life of this step. The post step of this action tries to end it at the end of this job.`
}

function cutShort({ gate }: DeploymentReport, { because }: EndingOf<'unknown'>): string {
  if (because.code === 'rollback.failed') return 'The rollback on the host died several times.'
  return gate.kind === 'elsewhere'
    ? 'The deployment step left its transaction without an end. The post step could not end it.'
    : 'Contact with the host was lost after it was told to deploy.'
}

/** Said while the step still has seconds; the post step, which comes next, says how it ended. */
function cancelled(report: DeploymentReport, ending: EndingOf<'unknown'>): EndingWords {
  return {
    title: 'Cancelled after the host was told to deploy',
    happened: `${describeProblem(ending.because).what} The host had already been told to deploy.`,
    runsNow: `Not known yet: ${release(report)}, what ran before (${previous(report)}), or a mixture of both. At the end of this job the post step of this action has the host restore what ran before, unless the release was confirmed already.`,
    next: [
      'Read the result of the post step. If it has none, look at the host:',
      ...lookCommands(report),
      'and restore what ran before:',
      rollbackCommand(report.projectDir, report.transactionId),
    ].join('\n'),
  }
}

function release({ image }: DeploymentReport): string {
  return quotedName(image.reference) || 'the release'
}

function previous({ previousImage, gate }: DeploymentReport): string {
  if (previousImage.reference === '' && previousImage.imageId === '')
    return gate.kind === 'elsewhere' ? 'not known here' : 'nothing of the gate service'
  return `${quotedName(previousImage.reference)}, ${shortImageId(previousImage.imageId)}`
}

function stateSeen({ services }: DeploymentReport): string {
  const seen = services.filter(({ after }) => after.state !== '')
  if (seen.length === 0) return 'What runs now could not be read.'
  return `Last seen: ${enumerate(seen.map(({ container, after }) => `${container} ${after.state} (${shortImageId(after.imageId)})`))}.`
}
