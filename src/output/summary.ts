import type { RunFacts } from '../config/config.ts'
import type { DeploymentReport } from '../model/outcome.ts'
import { PHASES } from '../model/phase.ts'
import { code, escapeMarkdown, link, list, paragraph, table } from './markdown.ts'
import { pathOf } from './messages/hand-commands.ts'
import { hintsOf } from './messages/known-causes.ts'
import { describeEnding, OUTCOMES } from './messages/outcomes.ts'
import { faultSentence } from './messages/problem.ts'
import { counted, duration, leftOut, shortImageId, size } from './messages/quantities.ts'
import { describeWarning } from './messages/warnings.ts'
import { gateSection } from './summary-gate.ts'
import { checksSection } from './verification.ts'

const MOST_SERVICES = 40
const MOST_WARNINGS = 20
const MOST_LOG_LINES = 10
const MOST_FILES = 20
const MOST_PHASES = 50
/** For each of the first paragraphs, in characters. They may hold lists: findings, differences. */
const MOST_OF_ENDING = 20_000

/** The runner drops a summary of more than 1 MiB as a whole (actions/runner, FileCommandManager.cs). */
const MOST_BYTES = 1_000_000

/** The job summary: the outcome first, then what it rests on. All foreign text in it is inert. */
export function renderSummary(report: DeploymentReport, run: RunFacts | 'unknown'): string {
  const words = describeEnding(report)
  return fitting([
    `## ${OUTCOMES[report.ending.kind].icon} ${escapeMarkdown(words.title)}`,
    paragraph(words.happened, MOST_OF_ENDING),
    `**What runs now.** ${paragraph(words.runsNow, MOST_OF_ENDING)}`,
    words.next === '' ? '' : `**What to do.** ${paragraph(words.next, MOST_OF_ENDING)}`,
    causeSection(report),
    purposeSection(report),
    imageSection(report),
    servicesSection(report),
    filesSection(report),
    ...gateSection(report.gate),
    failureSection(report),
    warningsSection(report),
    report.checks.length === 0 ? '' : checksSection(report.checks),
    timingsSection(report),
    reportsSection(report),
    diagnosticsSection(report),
    footer(report, run),
  ])
}

/** The sections in their order, without those that there is no room for any more. */
function fitting(sections: readonly string[]): string {
  const filled = sections.filter((section) => section !== '')
  let bytes = 0
  const kept = filled.filter((section) => {
    const more = Buffer.byteLength(section) + 2
    const fits = bytes + more <= MOST_BYTES
    if (fits) bytes += more
    return fits
  })
  const left = filled.length - kept.length
  const note =
    left > 0 ? [`… ${counted(left, 'part')} left out of this summary, because it would be too long.`] : []
  return `${[...kept, ...note].join('\n\n')}\n`
}

/** Whose fault it is, and what is known to lead to what the host's programs said. */
function causeSection(report: DeploymentReport): string {
  const sentence = faultSentence(report)
  if (sentence === '') return ''
  const hints = hintsOf(report)
  return [
    `**Whose fault.** ${paragraph(sentence)}`,
    ...(hints.length === 0
      ? []
      : ['The output of the host points to this:', list(hints.map((hint) => paragraph(hint, 900)))]),
  ].join('\n\n')
}

/** What `actions/rollback` has chosen. */
function purposeSection({ purpose }: DeploymentReport): string {
  if (purpose.kind !== 'return-to') return ''
  const { transaction, confirmedAt, runUrl } = purpose.release
  const by = runUrl === '' ? '' : ` by ${link('this run', runUrl)}`
  return `**Manual rollback** to deployment ${code(transaction, 80)}, confirmed ${escapeMarkdown(confirmedAt, 40)}${by}.`
}

function imageSection({ image, previousImage, ending }: DeploymentReport): string {
  if (ending.kind === 'unchanged' && image.reference === '') return ''
  const release = imageCell(image)
  return ending.kind === 'unchanged'
    ? `**Image.** ${release}, not deployed`
    : `**Image.** ${imageCell(previousImage)} → ${release}`
}

function imageCell({ reference, imageId }: DeploymentReport['image']): string {
  if (reference === '' && imageId === '') return 'nothing'
  return `${code(reference, 160)} ${code(shortImageId(imageId))}`
}

function servicesSection({ services, ending }: DeploymentReport): string {
  if (services.length === 0) return ''
  const cell = (one: DeploymentReport['services'][number]['before']) =>
    `${imageCell(one)} ${escapeMarkdown(one.state, 30)}`.trim()
  // If the end was not verified, an empty place is an unread one.
  const looked =
    ending.kind === 'promoted' ||
    ending.kind === 'rolled_back' ||
    services.some(({ after }) => after.state !== '')
  const rows = services
    .slice(0, MOST_SERVICES)
    .map(({ service, container, before, after }) => [
      code(service, 60),
      code(container, 60),
      cell(before),
      looked ? cell(after) : 'not checked',
    ])
  return section(
    'Services',
    table(['service', 'container', 'before', 'now'], rows),
    leftOut(services.length - rows.length, 'service'),
  )
}

/** What the release brought of files; whether they are in place, the outcome says. */
function filesSection({ release }: DeploymentReport): string {
  if (release.kind === 'none') return ''
  const { changed, same, sent } = release
  if (changed.length === 0) return '**Files.** The host had all files of the release already.'
  const names = changed.slice(0, MOST_FILES).map((target) => code(target, 160))
  const more = changed.length > names.length ? ` and ${changed.length - names.length} more` : ''
  const others = same === 0 ? '' : `; ${counted(same, 'other path')} unchanged`
  return `**Files.** Changed by the release: ${names.join(', ')}${more}${others}. Sent: ${counted(sent.files, 'file')}, ${size(sent.bytes)}.`
}

function failureSection(report: DeploymentReport): string {
  const { failureLog } = report
  if (failureLog.kind === 'none') return ''
  const lines = failureLog.lines
    .filter((line) => line !== '')
    .slice(-MOST_LOG_LINES)
    .map((line) => code(line, 300))
  if (failureLog.kind === 'logged' && lines.length === 0) return ''
  return section('Last log lines', [...failureTitle(failureLog, report), ...lines].join('<br>'))
}

/** Whose lines they are, and where on the host there is more. */
function failureTitle(
  failureLog: Exclude<DeploymentReport['failureLog'], { kind: 'none' }>,
  report: DeploymentReport,
): readonly string[] {
  if (failureLog.kind === 'logged') return [`Of ${code(failureLog.container, 60)}:`]
  const output = pathOf(report, `jobs/${failureLog.job}/out`)
  return [
    ...(failureLog.runDirectory === ''
      ? []
      : [
          `Its measurements are on the host in ${code(failureLog.runDirectory, 300)}: <code>runtime.log</code> and <code>runtime&#95;assess.json</code>, as far as it came.`,
        ]),
    `Of the runner, whose whole output is on the host in ${code(output, 300)}:`,
  ]
}

function warningsSection({ warnings }: DeploymentReport): string {
  if (warnings.length === 0) return ''
  const items = warnings.slice(0, MOST_WARNINGS).map((warning) => paragraph(describeWarning(warning), 900))
  return section('Warnings', list(items), leftOut(warnings.length - items.length, 'warning'))
}

function timingsSection({ timings, durationSeconds }: DeploymentReport): string {
  if (timings.length === 0) return ''
  const rows = timings
    .slice(0, MOST_PHASES)
    .map(({ phase, milliseconds }) => [PHASES[phase].title, duration(milliseconds)])
  return section(
    'Phases',
    table(['phase', 'time'], [...rows, ['**Total**', duration(durationSeconds * 1000)]]),
    leftOut(timings.length - rows.length, 'phase'),
  )
}

function reportsSection({ reports, gate }: DeploymentReport): string {
  const { files } = reports
  if (gate.kind === 'elsewhere') return '**Reports.** The post step collects none.'
  const missing =
    reports.notWritten === undefined
      ? ''
      : ` The runner did not write ${reports.notWritten.map((file) => code(file)).join(', ')}, as many do not when they end early.`
  if (files.length === 0) return `**Reports.** None of this run.${missing}`
  const names = files.slice(0, MOST_FILES).map((file) => code(file))
  const more = leftOut(files.length - names.length, 'file')
  const kept = `**Reports.** ${names.join(', ')}: ${place(reports)}${missing === '' ? '' : `.${missing}`}`
  return [kept, ...(more === '' ? [] : [more])].join('\n\n')
}

function diagnosticsSection({ diagnostics }: DeploymentReport): string {
  if (diagnostics.kind === 'none') return ''
  return `**Diagnostics.** Container states, logs, events and more of this deployment: ${place(diagnostics)}`
}

function place({ artifact, path }: Pick<DeploymentReport['reports'], 'artifact' | 'path'>): string {
  if (artifact.kind === 'none') return `on the runner in ${code(path)}`
  return `artifact ${artifact.url === '' ? code(artifact.name) : link(artifact.name, artifact.url)}`
}

/** A step whose inputs were refused knows no run and no host. */
function footer(report: DeploymentReport, run: RunFacts | 'unknown'): string {
  if (run === 'unknown') return ''
  const runUrl = `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`
  return [
    `<sub>Host ${code(report.host)}, project ${code(report.projectDir)}, transaction ${code(report.transactionId)}.`,
    `Job ${code(run.job)}, commit ${code(run.sha.slice(0, 12))}, started by ${code(run.actor)}, ${link('this run', runUrl)}.</sub>`,
  ].join(' ')
}

function section(title: string, ...blocks: readonly string[]): string {
  return [`### ${title}`, ...blocks.filter((block) => block !== '')].join('\n\n')
}
