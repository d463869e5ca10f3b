import type { RunFacts } from '../config/config.ts'
import type { PLAN_OUTPUTS } from '../config/outputs.ts'
import type { PlannedService, PlanReport, ReleasePlan } from '../model/release-plan.ts'
import { type Annotation, annotationText } from './annotation.ts'
import { code, escapeMarkdown, link, list, paragraph, table } from './markdown.ts'
import { FINDINGS } from './messages/findings.ts'
import { EFFECTS, REASONS } from './messages/plan.ts'
import { describeProblem } from './messages/problem.ts'
import { counted, leftOut, shortImageId, size } from './messages/quantities.ts'
import { wordsIn } from './messages/table.ts'
import { describeWarning } from './messages/warnings.ts'

/** As many rows as people read; a summary of more than 1 MiB is dropped as a whole. */
const MOST_ROWS = 100

interface PlanWords {
  /** One short line without foreign text. */
  readonly title: string
  readonly happened: string
  /** Empty when there is nothing to do. */
  readonly next: string
}

/** Whether a deployment of this release could begin now. */
export function isDeployable({ found }: Pick<PlanReport, 'found'>): boolean {
  return found.kind === 'planned' && found.plan.refused.length === 0
}

/** What was found, in words. Plain text, possibly of several lines. */
export function describePlan({ found }: Pick<PlanReport, 'found'>): PlanWords {
  if (found.kind === 'not-planned') {
    const { what, next } = describeProblem(found.because)
    return { title: 'The deployment could not be planned', happened: what, next }
  }
  const { refused } = found.plan
  if (refused.length === 0)
    return { title: 'The deployment could begin', happened: changesOf(found.plan), next: '' }
  const words = refused.map((finding) => wordsIn(FINDINGS, 'finding', finding))
  return {
    title: 'The deployment would be refused',
    happened: ['The host is not ready for this deployment:', ...words.map(({ what }) => `• ${what}`)].join(
      '\n',
    ),
    next: [...new Set(words.map(({ next }) => next))].join('\n'),
  }
}

function changesOf({ services, files }: ReleasePlan): string {
  const count = (effect: PlannedService['effect']) => services.filter((one) => one.effect === effect).length
  const parts = [
    `${counted(count('recreated'), 'service')} would be recreated`,
    `${count('started')} started`,
    `${count('kept') + count('depends-on-tag')} kept`,
    `${counted(files.length, 'path')} of the release differ`,
  ]
  return `${parts.join(', ')}.`
}

/** The one annotation of a plan. Plain text. */
export function planAnnotation(report: PlanReport): Annotation {
  const { title, happened, next } = describePlan(report)
  const { found } = report
  const message = annotationText(happened, [
    'Nothing was changed on the host.',
    next === '' ? '' : `What to do: ${next}`,
    found.kind === 'not-planned' ? `Reason: ${found.because.code}.` : '',
  ])
  return { level: isDeployable(report) ? 'notice' : 'error', title, message }
}

/** The job summary of a plan. All foreign text in it is inert. */
export function renderPlan(report: PlanReport, run: RunFacts | 'unknown'): string {
  const { found } = report
  const { title, happened, next } = describePlan(report)
  const icon = found.kind === 'not-planned' ? '❓' : isDeployable(report) ? '🗒️' : '⛔'
  return `${[
    `## ${icon} ${escapeMarkdown(title)}`,
    paragraph(happened, 20_000),
    'Nothing was changed on the host.',
    next === '' ? '' : `**What to do.** ${paragraph(next, 20_000)}`,
    ...(found.kind === 'planned' ? planSections(found.plan) : []),
    run === 'unknown' ? '' : footer(report, run),
  ]
    .filter((section) => section !== '')
    .join('\n\n')}\n`
}

function planSections(plan: ReleasePlan): readonly string[] {
  const { services, images, files, variables, returnsTo, warnings, disk } = plan
  return [
    section(
      'Services',
      ['service', 'effect', 'image now', 'image then'],
      services.map((one) => [
        code(one.service, 60),
        escapeMarkdown(effectText(one)),
        code(one.before, 160),
        code(one.after, 160),
      ]),
    ),
    section(
      'Images',
      ['variable', 'reference'],
      images.map(({ key, reference }) => [code(key, 60), code(reference, 160)]),
    ),
    section(
      'Files',
      ['path that changes'],
      files.map((path) => [code(path, 200)]),
    ),
    variables.length === 0
      ? ''
      : `**Variables of the env file that would be set.** ${variables.map((key) => code(key, 60)).join(', ')}`,
    returnsTo.length === 0
      ? '**A rollback** would remove what the deployment starts: nothing of the project runs now.'
      : section(
          'What a rollback would return to',
          ['service', 'container', 'image', 'state'],
          returnsTo.map(({ service, container, reference, imageId, state }) => [
            code(service, 60),
            code(container, 60),
            `${code(reference, 160)} ${code(shortImageId(imageId))}`,
            escapeMarkdown(state, 30),
          ]),
        ),
    `**Disk of the project.** ${size(disk.freeKibibytes * 1024)} free; the snapshot would copy ${size(disk.snapshotKibibytes * 1024)}.`,
    warnings.length === 0
      ? ''
      : `### Warnings\n\n${list(warnings.slice(0, MOST_ROWS).map((warning) => paragraph(describeWarning(warning), 900)))}`,
  ]
}

function effectText({ effect, reasons, turn }: PlannedService): string {
  const because = reasons.length === 0 ? '' : ` (${reasons.map((reason) => REASONS[reason]).join(', ')})`
  return `${EFFECTS[effect]}${because}${turn === 'after-gate' ? '; stands still while the gate judges' : ''}`
}

function section(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const more = leftOut(rows.length - MOST_ROWS, 'row')
  return [`### ${title}`, table(header, rows.slice(0, MOST_ROWS)), more]
    .filter((part) => part !== '')
    .join('\n\n')
}

function footer({ host, projectDir }: PlanReport, run: RunFacts): string {
  const runUrl = `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`
  return `<sub>Host ${code(host)}, project ${code(projectDir)}. Job ${code(run.job)}, commit ${code(run.sha.slice(0, 12))}, started by ${code(run.actor)}, ${link('this run', runUrl)}.</sub>`
}

/** The outputs of a plan. */
export function planOutputs(report: PlanReport): Readonly<Record<keyof typeof PLAN_OUTPUTS, string>> {
  const { found } = report
  return {
    reason:
      found.kind === 'not-planned' ? found.because.code : isDeployable(report) ? '' : 'preflight.refused',
    plan: found.kind === 'planned' ? JSON.stringify(found.plan) : '',
    'duration-seconds': String(Math.round(report.durationSeconds)),
  }
}
