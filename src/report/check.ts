import * as core from '@actions/core'
import type { ComparedDocument, DocumentsCheck } from '../check/check-documents.ts'
import type { Annotation } from './annotation.ts'
import { beginning } from './clean-text.ts'
import type { Reporter } from './log.ts'
import { code, escapeMarkdown, list, paragraph, table } from './markdown.ts'
import type { Mask } from './mask.ts'
import { describeFinding, hintOfCheck, titleOfCheck, WHAT_A_CHECK_IS } from './words/documents.ts'
import { leftOut } from './words/quantities.ts'

/** The runner cuts annotations at 4096 characters (actions/runner, ExecutionContext.cs). */
const MOST_CHARACTERS = 4096
/** Of findings and of comparisons, and characters of each finding: a summary of more than 1 MiB is dropped as a whole. */
const MOST_ROWS = 100
const MOST_OF_FINDING = 2000

/** Tells the workflow what `mode: check` found: log, one annotation, job summary. */
export async function publishCheck(check: DocumentsCheck, reporter: Reporter, mask: Mask): Promise<void> {
  for (const compared of check.compared) reporter.info(lineOf(compared))
  reporter.annotate(annotationOfCheck(check))
  try {
    await core.summary.addRaw(mask(renderCheck(check))).write({ overwrite: true })
  } catch (error) {
    reporter.info(`The job summary could not be written: ${String(error)}`)
  }
}

export function annotationOfCheck(check: DocumentsCheck): Annotation {
  const lines = [...check.findings.map(describeFinding), hintOfCheck(check), WHAT_A_CHECK_IS]
  return {
    level: check.findings.length === 0 ? 'notice' : 'error',
    title: titleOfCheck(check),
    message: beginning(lines.filter((line) => line !== '').join('\n'), MOST_CHARACTERS),
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
