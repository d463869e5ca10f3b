import {
  BY_ENV_FILE,
  type Check,
  type CheckName,
  type Evidence,
  type LineProblem,
  RESEARCH_SERVICE,
  RESTART_WINDOW_SECONDS,
  type RunEnd,
  type SeenContainer,
  type SocketUse,
} from '../../model/check.ts'
import { FINDINGS } from './findings.ts'
import { CURES, curesOf } from './known-causes.ts'
import { counted, duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import { wordsIn } from './table.ts'

/** A row for each check: its title, and what cures it when it failed. */
export const CHECKS: Readonly<Record<CheckName, { readonly title: string; readonly cure: string }>> = {
  host: { title: 'Host can be read', cure: '' },
  service: {
    title: 'Service is up, without frequent restarts',
    cure: 'Check "docker compose ps --all" and the log of the container. If there is none, start the service.',
  },
  watchdog: {
    title: 'Watchdog says that all is operational',
    cure: 'Read the log of the watchdog and cure what it names.',
  },
  scheduler: {
    title: 'Scheduler has run the closed loop',
    cure: 'Check "docker ps --all" and the log of the scheduler.',
  },
  report: {
    title: 'Report can be read and concludes',
    cure: 'Read the log of the scheduler, then runtime.log and runtime_assess.json in the directory of the last run. A run that ends with FAIL writes no latest_* files.',
  },
  'complete-run': {
    title: 'A complete run in the last 24 h',
    cure: 'Read the log of the scheduler (and of cron), then runtime.log and runtime_assess.json in the directory of the last run.',
  },
  'last-deployment': {
    title: 'Last deployment has its end',
    cure: 'On the host, "sh .closed-loop/host.sh status" in the project directory shows what to do. The next deployment ends it first, too.',
  },
  'project-dir': { title: 'Path of the project', cure: CURES.PROJECT_PATH },
  'docker-socket': { title: 'Docker socket can be used', cure: CURES.DOCKER_SOCKET },
  image: {
    title: 'Image is on the host',
    cure: 'Pull it on the host, or correct its name in the env file and the compose files.',
  },
  'research-tools': { title: 'Research image has the tools', cure: CURES.RESEARCH_IMAGE },
  'runs-per-day': { title: 'Runs per day', cure: '' },
}

/** A check by its title, and what it is about. */
export function titleOf({ name, subject }: Pick<Check, 'name' | 'subject'>): string {
  return subject === '' ? CHECKS[name].title : `${CHECKS[name].title} (${quotedName(subject)})`
}

/** A check and what was seen; without the full stop at its end. */
export function describeCheck(check: Check): string {
  return `${titleOf(check)}: ${describeEvidence(check.evidence)}`
}

/** What was seen, in one sentence or a few; without the full stop at its end. */
export function describeEvidence(evidence: Evidence): string {
  return seen(evidence).replace(/[.:\s]+$/u, '')
}

function seen(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'finding':
      return wordsIn(FINDINGS, 'finding', evidence.finding).what
    case 'not-looked-at':
      return 'not checked, because of the fault of the host'
    case 'not-deployed':
      return 'not checked: DEPLOY_SERVICES does not have this service'
    case 'no-container':
      return 'it has no running container in this project'
    case 'containers':
      return evidence.seen.map(describeContainer).join('; ')
    case 'log-line':
      return `${describeLineProblem(evidence.problem)}${ago(evidence.ageSeconds)}: ${quotedName(evidence.text)}`
    case 'no-log-line':
      return Number.isNaN(evidence.upSeconds)
        ? 'its log does not show it, and it does not run'
        : `its log does not show it; it has been running for ${age(evidence.upSeconds)}`
    case 'scheduler-run':
      return describeRun(evidence)
    case 'no-scheduler-run':
      return `its log shows no run of the closed loop${Number.isNaN(evidence.upSeconds) ? ', and it does not run' : `; it has been running for ${age(evidence.upSeconds)}, and its first run may be still to come`}${lastError(evidence.error)}`
    case 'log-unreadable':
      return `its log cannot be read: ${quotedOutput(evidence.detail)}`
    case 'report':
      return quotedName(evidence.says)
    case 'report-unusable':
      return evidence.detail === ''
        ? UNUSABLE[evidence.because]
        : `${UNUSABLE[evidence.because]}: ${quotedOutput(evidence.detail)}`
    case 'complete-run':
      return `${quotedName(evidence.run)}, ${ago(evidence.ageSeconds)}: verdict ${evidence.verdict}, overall_status ${quotedName(evidence.overallStatus)}`
    case 'runs-unreadable':
      return 'the directories of the runs cannot be listed'
    case 'no-complete-run':
      return describeMissingRun(evidence)
    case 'deployments-unreadable':
      return 'the SSH user may not read .closed-loop, which belongs to the deploy account'
    case 'no-deployment':
      return 'none of this action is recorded on the host'
    case 'deployment':
      return `${quotedName(evidence.id)} ended ${quotedName(evidence.state)}${evidence.at === '' ? '' : ` (${quotedName(evidence.at)})`}`
    case 'unfinished':
      return `${quotedName(evidence.id)} has not ended: ${quotedName(evidence.state)}. ${evidence.atWork === '' ? 'Nobody is at work on it' : `At work: ${quotedName(evidence.atWork)}`}`
    case 'project-dir':
      return describeProjectDir(evidence)
    case 'socket':
      return SOCKETS[evidence.use]
    case 'no-research-service':
      return 'the compose files have no such service'
    case 'image':
      return describeImage(evidence)
    case 'made-by-image':
      return `run ${quotedName(evidence.run)}, which latest_run_meta.json names, was made by this image (${shortImageId(evidence.imageId)})`
    case 'not-made-by-image':
      return describeUnprovenTools(evidence)
    case 'runs-per-day':
      return evidence.days
        .map(
          ({ day, complete, incomplete }) =>
            `${day}: ${complete}${incomplete === 0 ? '' : ` (and ${incomplete} incomplete)`}`,
        )
        .join(', ')
  }
}

type EvidenceOf<Kind extends Evidence['kind']> = Extract<Evidence, { kind: Kind }>

/** What cures a check that failed; empty for any other. */
export function hintOf({ name, subject, result, evidence }: Check): string {
  if (result !== 'failed') return ''
  if (evidence.kind === 'not-looked-at') return 'Cure the fault of the host first.'
  if (evidence.kind === 'finding') return wordsIn(FINDINGS, 'finding', evidence.finding).next
  if (evidence.kind === 'no-container') return CHECKS.service.cure
  if (evidence.kind === 'deployments-unreadable') return 'Verify as the deploy account.'
  if (name === 'image' && subject === RESEARCH_SERVICE) return CURES.RESEARCH_IMAGE
  return [CHECKS[name].cure, ...curesIn(evidence)].filter((hint) => hint !== '').join(' ')
}

/** What cures what a log says, or what the host's Docker says of that log. */
function curesIn(evidence: Evidence): readonly string[] {
  switch (evidence.kind) {
    case 'log-line':
      return [curesOf(evidence.text, 'container')]
    case 'log-unreadable':
      return [curesOf(evidence.detail, 'host')]
    case 'scheduler-run':
    case 'no-scheduler-run':
      return [curesOf(evidence.error, 'container')]
    default:
      return []
  }
}

function describeContainer(seen: SeenContainer): string {
  const health = seen.health === 'none' ? '' : `, ${quotedName(seen.health)}`
  const starts =
    seen.knownSeconds > 0
      ? `${counted(seen.starts, 'start')} in the last ${duration(Math.min(seen.knownSeconds, RESTART_WINDOW_SECONDS) * 1000)}`
      : 'its starts are not remembered'
  return `${PROBLEMS[seen.problem]}${quotedName(seen.container)} is ${quotedName(seen.state)}${health}, started ${ago(seen.startedSecondsAgo)}, ${counted(seen.restarts, 'restart')} by Docker since it was made, ${starts}`
}

const PROBLEMS: Readonly<Record<SeenContainer['problem'], string>> = {
  none: '',
  'not-up': 'not up: ',
  unhealthy: 'not healthy: ',
  'restarts-often': 'restarts often: ',
}

function describeRun({ text, ageSeconds, end, error }: EvidenceOf<'scheduler-run'>): string {
  return `${RUN_ENDS[end.kind]}${end.kind === 'code' ? ` ${end.code}` : ''}, ${ago(ageSeconds)}: ${quotedName(text)}${lastError(error)}`
}

const RUN_ENDS: Readonly<Record<RunEnd['kind'], string>> = {
  untold: 'it ran the closed loop, and its log does not show how that ended',
  finished: 'its last run of the closed loop finished',
  code: 'its last run of the closed loop ended with exit code',
  failed: 'its last run of the closed loop failed',
}

function lastError(error: string): string {
  return error === '' ? '' : `; its last error is ${quotedName(error)}`
}

function describeLineProblem(problem: LineProblem): string {
  switch (problem.kind) {
    case 'none':
      return ''
    case 'old':
      return `no round in the last ${duration(problem.recentSeconds * 1000)}, the last one `
    case 'alert':
      return 'alert, '
    case 'not-running':
      return 'it does not run any more, its last round was '
  }
}

const UNUSABLE: Readonly<Record<EvidenceOf<'report-unusable'>['because'], string>> = {
  absent: 'it does not exist',
  outside: 'it is a link out of the directory of the reports, and was not read',
  unreadable: 'the SSH user may not read it',
  'too-large': 'it is larger than 8 MiB, or all reports together than 16 MiB',
  torn: 'it changed while it was read; verify again',
  'not-utf-8': 'it is not UTF-8 text',
  invalid: 'damaged',
}

const SOCKETS: Readonly<Record<SocketUse, string>> = {
  usable: 'its user may read and write /var/run/docker.sock',
  absent: 'there is no /var/run/docker.sock in it',
  denied: 'its user may not read and write /var/run/docker.sock',
  unknown: 'the container has no shell, or did not answer',
}

function describeMissingRun({ incomplete, damaged, newest }: EvidenceOf<'no-complete-run'>): string {
  return [
    'none',
    ...(incomplete === 0 ? [] : [`${counted(incomplete, 'incomplete run')}`]),
    ...(damaged.length === 0 ? [] : [`damaged reports in ${enumerate(damaged)}`]),
    newest === undefined
      ? 'no complete run before that'
      : `the newest complete one is ${quotedName(newest.run)}, ${ago(newest.ageSeconds)}`,
  ].join('; ')
}

function describeProjectDir({ is, said: values }: EvidenceOf<'project-dir'>): string {
  if (values.length === 0)
    return `the project is in ${quotedName(is)}; AI_TRADE_PROJECT_DIR is not set, so the compose files decide`
  const words = values.map(
    ({ by, value }) => `${by === BY_ENV_FILE ? 'the env file' : quotedName(by)}: ${value}`,
  )
  return `the project is in ${quotedName(is)}; ${enumerate(words)}`
}

function describeImage({ reference, imageId }: EvidenceOf<'image'>): string {
  if (reference === '') return 'the compose files have no such service'
  if (imageId === 'unknown') return `Docker does not report whether it has ${quotedName(reference)}`
  return imageId === ''
    ? `${quotedName(reference)} is not on the host`
    : `${quotedName(reference)} is ${shortImageId(imageId)}`
}

function describeUnprovenTools({ because, run, imageId }: EvidenceOf<'not-made-by-image'>): string {
  switch (because) {
    case 'no-meta':
      return 'latest_run_meta.json, which would name a run, is missing or cannot be used'
    case 'no-such-run':
      return `latest_run_meta.json is of run ${quotedName(run)}, which has no complete directory`
    case 'unsaid':
      return 'the runner does not record the image of its runs (research_image_id in latest_run_meta.json)'
    case 'no-image-id':
      return 'research_image_id in latest_run_meta.json is not the ID of an image ("sha256:" and 64 digits)'
    case 'another-image':
      return `no complete run by this image yet, the newest one (${quotedName(run)}) was made by ${shortImageId(imageId)}: run "tools/closed_loop_runner.sh assess"`
  }
}

const DAY_SECONDS = 24 * 3600

function ago(seconds: number): string {
  return Number.isFinite(seconds) ? `${age(seconds)} ago` : 'at an unknown time'
}

function age(seconds: number): string {
  return seconds < 2 * DAY_SECONDS ? duration(seconds * 1000) : `${Math.floor(seconds / DAY_SECONDS)} days`
}

const MARKS: Readonly<Record<Check['result'], string>> = { ok: '✓', failed: '✗', 'not-checked': '–' }

/** The lines of the log: a line for each check, and below one that failed what cures it. */
export function checkLines(checks: readonly Check[]): readonly string[] {
  return checks.flatMap((check) => {
    const hint = hintOf(check)
    const need = check.need === 'required' ? '' : ' [informational]'
    const line = `${MARKS[check.result]} ${titleOf(check)}${need}: ${describeEvidence(check.evidence)}.`
    return hint === '' ? [line] : [line, `    ${hint}`]
  })
}
