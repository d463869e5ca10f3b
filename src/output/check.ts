import type { ComparedDocument, DocumentsCheck } from '../model/documents-check.ts'
import type { ConfigurationProblem } from '../model/problem.ts'
import { type Annotation, annotationText } from './annotation.ts'
import type { Reporter } from './log.ts'
import { code, escapeMarkdown, list, paragraph, table } from './markdown.ts'
import type { Mask } from './mask.ts'
import {
  describeFinding,
  hintOfCheck,
  NOT_CHECKED,
  titleOfCheck,
  WHAT_A_CHECK_IS,
} from './messages/documents.ts'
import { describeProblem } from './messages/problem.ts'
import { leftOut } from './messages/quantities.ts'
import { setOutputs, writeSummary } from './publish.ts'

/** Of findings and of comparisons, and characters of each finding: a summary of more than 1 MiB is dropped as a whole. */
const MOST_ROWS = 100
const MOST_OF_FINDING = 2000
const MOST_OF_MISTAKES = 20_000

/** Tells the workflow what `actions/check` found: log, one annotation, job summary. */
export async function publishCheck(check: DocumentsCheck, reporter: Reporter, mask: Mask): Promise<void> {
  for (const compared of check.compared) reporter.info(lineOf(compared))
  reporter.annotate(annotationOfCheck(check))
  await writeSummary(renderCheck(check), reporter, mask)
}

/** Tells the workflow that `actions/check` was not told right what to do. */
export async function publishMistakes(
  problem: ConfigurationProblem,
  reporter: Reporter,
  mask: Mask,
): Promise<void> {
  reporter.annotate(annotationOfMistakes(problem))
  setOutputs({ reason: problem.code }, reporter, mask)
  await writeSummary(renderMistakes(problem), reporter, mask)
}

export function annotationOfMistakes(problem: ConfigurationProblem): Annotation {
  const { what, next } = describeProblem(problem)
  const message = annotationText(what, [
    NOT_CHECKED.runsNow,
    `What to do: ${next}`,
    `Reason: ${problem.code}.`,
  ])
  return { level: 'error', title: NOT_CHECKED.title, message }
}

/** The job summary of a check that was not made. Foreign text in it is inert. */
export function renderMistakes(problem: ConfigurationProblem): string {
  const { what, next } = describeProblem(problem)
  const parts = [
    `## ⛔ ${escapeMarkdown(NOT_CHECKED.title)}`,
    paragraph(what, MOST_OF_MISTAKES),
    NOT_CHECKED.runsNow,
    `**What to do.** ${paragraph(next)}`,
  ]
  return `${parts.join('\n\n')}\n`
}

export function annotationOfCheck(check: DocumentsCheck): Annotation {
  const found = check.findings.map(describeFinding).join('\n')
  return {
    level: check.findings.length === 0 ? 'notice' : 'error',
    title: titleOfCheck(check),
    message: annotationText(found, [hintOfCheck(check), WHAT_A_CHECK_IS]),
  }
}

/** The job summary: what is wrong, then every comparison. Foreign text in it is inert. */
export function renderCheck(check: DocumentsCheck): string {
  const { compared, findings } = check
  const rows = compared
    .slice(0, MOST_ROWS)
    .map((one) => [code(one.source), code(one.document), escapeMarkdown(countOf(one))])
  const parts = [
    `## ${findings.length === 0 ? '✅' : '❌'} ${escapeMarkdown(titleOfCheck(check))}`,
    list(findings.slice(0, MOST_ROWS).map((finding) => paragraph(describeFinding(finding), MOST_OF_FINDING))),
    leftOut(findings.length - MOST_ROWS, 'finding'),
    hintOfCheck(check),
    rows.length === 0 ? '' : table(['file', 'document', 'names'], rows),
    leftOut(compared.length - MOST_ROWS, 'comparison'),
    WHAT_A_CHECK_IS,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function lineOf(compared: ComparedDocument): string {
  return `${compared.document} names ${countOf(compared)} of ${compared.source}`
}

function countOf({ subject, named, names }: ComparedDocument): string {
  return `${named} of ${names} ${subject}s`
}
