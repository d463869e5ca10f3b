import type { RunFacts } from '../config/config.ts'
import type { VERIFY_OUTPUTS } from '../config/outputs.ts'
import { type Check, failedRequired } from '../model/check.ts'
import type { Verification } from '../model/outcome.ts'
import { type Annotation, annotationText } from './annotation.ts'
import { beginning } from './clean-text.ts'
import { code, escapeMarkdown, link, paragraph, table } from './markdown.ts'
import { CHECKS, describeCheck, describeEvidence, hintOf } from './messages/check.ts'
import { describeProblem } from './messages/problem.ts'
import { counted, leftOut } from './messages/quantities.ts'
import { quotedName } from './messages/quote.ts'

/** As many rows as people read; more services than that nobody deploys to one host. */
const MOST_CHECKS = 200
const MOST_EVIDENCE = 1500
const MOST_NAMED = 12

interface VerificationWords {
  /** One short line without foreign text. */
  readonly title: string
  readonly happened: string
  readonly runsNow: string
  /** Empty when there is nothing to do. */
  readonly next: string
}

/** Says what happened, what runs now and what to do next. Plain text, possibly of several lines. */
export function describeVerification({ found }: Pick<Verification, 'found'>): VerificationWords {
  if (found.kind === 'not-checked') {
    const { what, next } = describeProblem(found.because)
    return {
      title: 'The host could not be verified',
      happened: what,
      runsNow: 'Not known: the action read nothing and changed nothing.',
      next,
    }
  }
  const { checks } = found
  const failed = failedRequired(checks)
  const looked = counted(checks.filter(wasLookedAt).length, 'check')
  if (failed.length === 0) {
    return {
      title: 'The host passes the acceptance',
      happened: `${looked} made, and no required one failed.`,
      runsNow: `${servicesNow(checks)} Nothing was changed.`,
      next: '',
    }
  }
  const named = failed.slice(0, MOST_NAMED).map((check) => `• ${describeCheck(check)}.`)
  return {
    title: `The host does not pass the acceptance: ${counted(failed.length, 'required check')} failed`,
    happened: [`${looked} made; failed:`, ...named, ...rest(failed.length, 'check')].join('\n'),
    runsNow: `${servicesNow(checks)} Nothing was changed.`,
    next: [...new Set(failed.map(hintOf))].filter((hint) => hint !== '').join('\n'),
  }
}

function servicesNow(checks: readonly Check[]): string {
  const services = checks.filter(({ name }) => name === 'service')
  if (!services.every(wasLookedAt)) return 'Not known: the action could not read the services.'
  const up = services.filter(({ result }) => result === 'ok')
  return `${up.length} of ${counted(services.length, 'deployed service')} up and stable.`
}

function wasLookedAt({ result, evidence }: Check): boolean {
  return result !== 'not-checked' && evidence.kind !== 'not-looked-at'
}

function rest(count: number, what: string): readonly string[] {
  const more = leftOut(count - MOST_NAMED, what)
  return more === '' ? [] : [more]
}

/** Whether the step has done what it was asked for: looked, and no required check failed. */
export function isAccepted({ found }: Pick<Verification, 'found'>): boolean {
  return found.kind === 'checked' && failedRequired(found.checks).length === 0
}

/** The one annotation of a verification. Plain text. */
export function verificationAnnotation(verification: Verification): Annotation {
  const words = describeVerification(verification)
  const { found } = verification
  const rest = [
    `What runs now: ${words.runsNow}`,
    words.next === '' ? '' : `What to do: ${words.next}`,
    found.kind === 'not-checked' ? `Reason: ${found.because.code}.` : '',
  ]
  const message = annotationText(words.happened, rest)
  return { level: isAccepted(verification) ? 'notice' : 'error', title: words.title, message }
}

const ICONS: Readonly<Record<Check['result'], string>> = { ok: '✅', failed: '❌', 'not-checked': '➖' }

/** A table of checks, and the hints to those that failed. Inert Markdown. */
export function checksSection(checks: readonly Check[]): string {
  const rows = checks
    .slice(0, MOST_CHECKS)
    .map((check) => [
      `${ICONS[check.result]} ${check.result === 'not-checked' ? 'not checked' : check.result}`,
      `${escapeMarkdown(CHECKS[check.name].title)}${check.subject === '' ? '' : ` ${code(check.subject, 80)}`}${check.need === 'required' ? '' : ' (informational)'}`,
      paragraph(describeEvidence(check.evidence), MOST_EVIDENCE),
      paragraph(hintOf(check), MOST_EVIDENCE),
    ])
  const more = leftOut(checks.length - rows.length, 'check')
  return ['### Checks', table(['result', 'check', 'what was seen', 'what to do'], rows), more]
    .filter((block) => block !== '')
    .join('\n\n')
}

/** The job summary of a verification. All foreign text in it is inert. */
export function renderVerification(verification: Verification, run: RunFacts | 'unknown'): string {
  const { found } = verification
  const words = describeVerification(verification)
  const icon = found.kind === 'not-checked' ? '❓' : isAccepted(verification) ? '✅' : '❌'
  return `${[
    `## ${icon} ${escapeMarkdown(words.title)}`,
    paragraph(words.happened, 20_000),
    `**What runs now.** ${paragraph(words.runsNow)}`,
    words.next === '' ? '' : `**What to do.** ${paragraph(words.next, 20_000)}`,
    found.kind === 'checked' ? checksSection(found.checks) : '',
    run === 'unknown' ? '' : footer(verification, run),
  ]
    .filter((section) => section !== '')
    .join('\n\n')}\n`
}

function footer({ host, projectDir }: Verification, run: RunFacts): string {
  const runUrl = `${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/attempts/${run.runAttempt}`
  return `<sub>Host ${code(host)}, project ${code(projectDir)}. Job ${code(run.job)}, started by ${code(run.actor)}, ${link('this run', runUrl)}.</sub>`
}

/** The checks as JSON: a list of `{name, subject, need, result, evidence, hint}`. */
export function checksJson(checks: readonly Check[]): string {
  return JSON.stringify(
    checks.map((check) => ({
      name: check.name,
      subject: quotedName(check.subject),
      need: check.need,
      result: check.result,
      evidence: beginning(describeEvidence(check.evidence), MOST_EVIDENCE),
      hint: hintOf(check),
    })),
  )
}

/** The outputs of a verification; those of a deployment are empty. */
export function verificationOutputs({
  found,
  durationSeconds,
}: Verification): Readonly<Record<keyof typeof VERIFY_OUTPUTS, string>> {
  return {
    reason: found.kind === 'checked' ? '' : found.because.code,
    checks: found.kind === 'checked' ? checksJson(found.checks) : '',
    'duration-seconds': String(Math.round(durationSeconds)),
  }
}
