import type { EvidenceNeed } from '../../model/assessment.ts'
import type { GateDecision } from '../../model/gate-decision.ts'
import type { HostFact, Progress } from '../../model/progress.ts'
import { TRIAL_PAUSE_SECONDS } from '../../model/timeouts.ts'
import { checkLines } from './check.ts'
import { GATE_MEANING } from './gate.ts'
import { describeGateReason } from './gate-reasons.ts'
import { describeRule, describeRuling } from './gate-rules.ts'
import { pathOf } from './hand-commands.ts'
import { describeHolder } from './lock.ts'
import { describeProblem } from './problem.ts'
import { counted, duration, shortImageId, size } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import { describeRelease } from './return.ts'
import { describeSpace } from './space.ts'

/** What goes on, for the log: one line, or a few. */
export function describeProgress(progress: Progress): string {
  switch (progress.kind) {
    case 'budget':
      return `Time budget: the deadlines add up to ${seconds(progress.seconds)}, rollback included. The job's timeout-minutes should be longer.`
    case 'connected':
      return describeConnected(progress)
    case 'connecting-again':
      return `${describeProblem(progress.because).what} Trying again, for up to ${seconds(progress.seconds)} …`
    case 'contact-lost':
      return `The connection to the host was lost (${quotedOutput(progress.because.detail)}). Work on the host goes on. Reconnecting for up to ${seconds(progress.seconds)} …`
    case 'contact-regained':
      return `Reconnected after ${seconds(progress.afterSeconds)}.`
    case 'files-read':
      return `The release brings ${counted(progress.files, 'file')} (${size(progress.bytes)}) of ${counted(progress.entries, 'path')} of the workspace.`
    case 'files-compared':
      return describeCompared(progress)
    case 'files-sent':
      return `Sent ${size(progress.sent)} of ${size(progress.bytes)}.`
    case 'files-staged':
      return 'The host has the whole release beside the project, and verified it.'
    case 'files-concern':
      return describeConcern(progress)
    case 'state-size':
      return `State files to copy for a rollback: ${size(progress.kibibytes * 1024)} (limit ${size(progress.limitKibibytes * 1024)}); ${size(progress.freeKibibytes * 1024)} free.`
    case 'host-read':
      return `${progress.facts.map(describeHostFact).join(', ')}.`
    case 'locked':
      return `The project is in use by ${describeHolder(progress.holder)}. Waiting up to ${seconds(progress.timeoutSeconds)} for it.`
    case 'lock-file-held':
      return `The host holds the lock file ${quotedName(progress.file)} for this deployment.`
    case 'status':
      return progress.state === ''
        ? `Transaction ${progress.id} never began on the host.`
        : `Transaction ${progress.id} has the state "${quotedName(progress.state)}" on the host.`
    case 'transaction':
      return `Transaction ${progress.id}; its journal is in ${pathOf({ projectDir: progress.projectDir, transactionId: progress.id }, '')}.`
    case 'recovering':
      return `Deployment ${quotedName(progress.transaction)} has no end (${quotedName(progress.state)}), and nobody is at work on it. The host ends it first.`
    case 'snapshot':
      return progress.containers.length === 0
        ? 'Nothing of the project exists yet: a rollback would remove what this deployment starts.'
        : progress.containers
            .map(
              ({ name, imageId, state }) =>
                `Recorded: ${quotedName(name)} ${shortImageId(imageId)} (${state})`,
            )
            .join('\n')
    case 'space':
      return `Disk: ${describeSpace(progress.space)}.`
    case 'pulled':
      return `On the host: ${quotedName(progress.reference)} is ${shortImageId(progress.imageId)}.`
    case 'returning':
      return `Returning to the release of deployment ${describeRelease(progress.release)}. ${progress.release.images.every(({ presence }) => presence === 'here') ? 'The host has its images.' : 'The host pulls what it has no more.'}`
    case 'tried':
      return 'The command of "preflight-command" ended with 0 in the new image.'
    case 'trying-again':
      return `The command of "preflight-command" ended with ${progress.exitCode}, one of "preflight-retry-codes" (try ${progress.tryNumber} of ${progress.tries}). Trying again in ${seconds(TRIAL_PAUSE_SECONDS)} …`
    case 'boundary':
      return 'From here on the host changes. On any failure it restores what ran before.'
    case 'running':
      return `${quotedName(progress.service)} runs ${shortImageId(progress.imageId)}, the wanted image.`
    case 'waiting-for':
      return `Waiting for ${quotedName(progress.service)}: ${quotedName(progress.state)}.`
    case 'ready':
      return `Ready: ${progress.services.map((service) => quotedName(service)).join(', ')}.`
    case 'evidence':
      return describeEvidence(progress)
    case 'no-evidence':
      return `At stage ${quotedName(progress.stage)} the gate waits for no lines of the log: neither CLOSED_LOOP_EVIDENCE nor CLOSED_LOOP_MIN_RUNTIME_STATUS names any.`
    case 'restarted':
      return `The runner has restarted ${quotedName(progress.service)}. The action waits for the new container instance, and judges that one.`
    case 'evidence-short':
      return `The evidence did not come within ${seconds(progress.timeoutSeconds)}. The host calls the runner once all the same, so that reports exist.`
    case 'gate':
      return describeGate(progress)
    case 'checked':
      return checkLines(progress.checks).join('\n')
    case 'pruned':
      return describePruned(progress)
    case 'rolling-back':
      return `Rolling back to what ran before. ${describeProblem(progress.because).what}`
    case 'rolled-back':
      return 'The host has restored and verified what ran before.'
  }
}

function describeCompared({
  changed,
  lacking,
  bytes,
}: Extract<Progress, { kind: 'files-compared' }>): string {
  if (changed === 0) return 'The files of the release are those of the host already; nothing is sent.'
  const differs = `${counted(changed, 'path')} of the project ${changed === 1 ? 'differs' : 'differ'} from the release`
  return lacking === 0
    ? `${differs}; the host has all contents already, so nothing is sent.`
    : `${differs}; sending ${counted(lacking, 'file')} (${size(bytes)}).`
}

function describeConcern({ joined, touched }: Extract<Progress, { kind: 'files-concern' }>): string {
  return [
    joined.length === 0
      ? ''
      : `The files of the release concern further services, which are deployed too: ${enumerate(joined)}.`,
    touched.length === 0 ? '' : `Recreated because they mount changed files: ${enumerate(touched)}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

type Connected = Extract<Progress, { kind: 'connected' }>

function describeConnected({ route, ...host }: Connected): string {
  return route.kind === 'direct'
    ? `Connected to ${login(host)}; the host key is known.`
    : `Connected to ${login(host)} through ${login(route.bastion)}; both host keys are known.`
}

function login({ username, host, port }: Pick<Connected, 'username' | 'host' | 'port'>): string {
  return `${username}@${host}:${port}`
}

function describeHostFact(fact: HostFact): string {
  switch (fact.kind) {
    case 'docker':
      return `Docker ${quotedName(fact.version)}`
    case 'compose':
      return `Compose ${quotedName(fact.version)}`
    case 'project':
      return `project ${quotedName(fact.name)}`
    case 'containers':
      return counted(fact.count, 'container')
    case 'free':
      return `${Math.floor(fact.kibibytes / 1024)} MiB free`
  }
}

function describeEvidence({
  needs,
  outlook,
  elapsedSeconds,
  timeoutSeconds,
}: Extract<Progress, { kind: 'evidence' }>): string {
  const counted = needs.map(describeNeed).join(', ')
  const rest = timeoutSeconds - elapsedSeconds
  const waited = `${counted}; ${seconds(elapsedSeconds)} of ${seconds(timeoutSeconds)}`
  switch (outlook.kind) {
    case 'reached':
      return `${waited}.`
    case 'no-rate':
      return `${waited}. No estimate yet: no new line of ${outlook.names.map((name) => quotedName(name)).join(', ')} since the wait began.`
    case 'estimate':
      return outlook.seconds > rest
        ? `${waited}. At this rate it takes about ${seconds(outlook.seconds)} more, longer than the wait may take.`
        : `${waited}. At this rate it takes about ${seconds(outlook.seconds)} more.`
  }
}

function describePruned({ images, freedBytes }: Extract<Progress, { kind: 'pruned' }>): string {
  if (images.length === 0) return 'There is no image of an old release to remove.'
  const names = images.map(({ imageId, tags }) =>
    [shortImageId(imageId), ...tags.map((tag) => quotedName(tag))].join(' '),
  )
  const freed = freedBytes === undefined ? '' : `; ${size(freedBytes)} are free again`
  return `Removed ${counted(images.length, 'image')} of old releases (${names.join(', ')})${freed}.`
}

function describeNeed({ name, got, wanted }: EvidenceNeed): string {
  const shown = quotedName(name)
  return wanted === 1 ? `${shown} ${got > 0 ? 'seen' : 'not seen yet'}` : `${got} of ${wanted} ${shown}`
}

function describeGate({ decision, enforcement }: Extract<Progress, { kind: 'gate' }>): string {
  const lines = [`Gate: ${decision.kind}. ${capital(GATE_MEANING[decision.kind])}.`]
  if (decision.kind !== 'pass' && enforcement === 'not_enforced') {
    lines.push('The release would have been rolled back; CLOSED_LOOP_ENFORCE is false.')
  }
  return [
    ...lines,
    ...[...decision.reasons, ...decision.warnings].map((reason) => `- ${describeGateReason(reason)}`),
    ...describeRules(decision),
  ].join('\n')
}

function describeRules(decision: GateDecision): readonly string[] {
  if (decision.rules.length === 0) return []
  const lines = decision.rules.map((result) => {
    const { path, wanted, got, baseline, decision } = describeRule(result)
    const facts = [got === '' ? '' : `got ${got}`, baseline === '' ? '' : `baseline ${baseline}`]
    return `Rule ${[`${path} ${wanted}`, ...facts.filter((fact) => fact !== '')].join(', ')}: ${decision}.`
  })
  return [...lines, describeRuling(decision)].filter((line) => line !== '')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function seconds(value: number): string {
  return duration(value * 1000)
}
