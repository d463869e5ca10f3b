import * as z from 'zod'
import { CONCLUSIONS } from '../../model/assessment.ts'
import { isHidden, whyNotJson } from './not-json.ts'
import { repeatedKey } from './repeated-key.ts'

const conclusion = z.enum(CONCLUSIONS)

/** Reasons are for people: whatever the host wrote there is kept as text and never makes a report invalid. */
const reasons = z
  .unknown()
  .optional()
  .transform((value): readonly string[] => {
    if (value === undefined || value === null) return []
    const items: readonly unknown[] = Array.isArray(value) ? value : [value]
    return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
  })

const reasonLists = { fail_reasons: reasons, warn_reasons: reasons }

/** Some runners write into a report which run it is of. Whatever stands there binds it, or is of another run. */
const statedRunId = z
  .unknown()
  .optional()
  .transform((value): string | undefined => {
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : JSON.stringify(value)
  })

/** `runtime_assess.json`: the judgement of the gate service's log. Unknown keys are kept. */
const runtimeAssess = z.looseObject({
  stage: z.string(),
  verdict: conclusion,
  run_id: statedRunId,
  ...reasonLists,
})
export type RuntimeAssess = z.infer<typeof runtimeAssess>

/** `closed_loop_report.json`: the summary over all sections that ran. Sections have states of any words. */
const closedLoopReport = z.looseObject({
  overall_status: conclusion,
  run_id: statedRunId,
  sections: z
    .looseObject({
      runtime: z.looseObject({ stage: z.string().nullish(), verdict: z.string().nullish() }).nullish(),
    })
    .nullish(),
  ...reasonLists,
})
export type ClosedLoopReport = z.infer<typeof closedLoopReport>

/** The same where `overall_status` is for the record alone: any word is a status then. */
const recordedReport = closedLoopReport.extend({ overall_status: z.string().regex(/^[\w.-]{1,64}$/) })
export type RecordedReport = z.infer<typeof recordedReport>

/** `latest_run_meta.json`: which run, action and stage the reports belong to. */
const runMeta = z.looseObject({
  run_id: z.string().min(1),
  action: z.string(),
  stage: z.string(),
  /** For people: of no concern to the gate, whatever it is. */
  generated_at_utc: z.unknown().optional(),
  overall_status: z.string().nullish(),
  runtime_verdict: z.string().nullish(),
  /** The ID of the image that trained and judged, where the runner says it: of no concern to the gate, whatever it is. */
  research_image_id: z.unknown().optional(),
})
export type RunMeta = z.infer<typeof runMeta>

/** A report read from its text: `invalid` says where it differs from what was expected. */
export type ParsedReport<Report> =
  | { readonly kind: 'valid'; readonly report: Report }
  | { readonly kind: 'invalid'; readonly detail: string }

/** Reads the text of `runtime_assess.json`; never throws. */
export function parseRuntimeAssess(text: string): ParsedReport<RuntimeAssess> {
  return parseReport(text, runtimeAssess)
}

/** Reads the text of `closed_loop_report.json`; never throws. */
export function parseClosedLoopReport(text: string): ParsedReport<ClosedLoopReport> {
  return parseReport(text, closedLoopReport)
}

/** The same, whose `overall_status` does not decide; never throws. */
export function parseRecordedReport(text: string): ParsedReport<RecordedReport> {
  return parseReport(text, recordedReport)
}

/** Reads the text of `latest_run_meta.json`; never throws. */
export function parseRunMeta(text: string): ParsedReport<RunMeta> {
  return parseReport(text, runMeta)
}

function parseReport<Report>(text: string, schema: z.ZodType<Report>): ParsedReport<Report> {
  if (text.replace('\ufeff', '').trim() === '')
    return { kind: 'invalid', detail: 'expected a JSON object, got an empty file' }
  try {
    const json: unknown = JSON.parse(text)
    const repeated = repeatedKey(text)
    if (repeated !== undefined)
      return {
        kind: 'invalid',
        detail: `${describeValue(repeated)}: expected it once in an object, got it twice`,
      }
    const parsed = schema.safeParse(json, { reportInput: true })
    if (parsed.success) return { kind: 'valid', report: parsed.data }
    return {
      kind: 'invalid',
      detail: parsed.error.issues.map(describeIssue).join('; '),
    }
  } catch {
    // Not JSON, or JSON nested so deeply that it cannot be walked.
    return { kind: 'invalid', detail: `expected JSON, got ${describeText(text)}: ${whyNotJson(text)}` }
  }
}

/** A cut-off file is the usual case (a copy read half-way): the end shows it better than the start. */
function describeText(text: string): string {
  return `${text.length} characters ending in ${JSON.stringify(text.trimEnd().slice(-24))}`
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.') || 'the report'
  return `${field}: expected ${expectedBy(issue)}, got ${describeValue(issue.input)}`
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map(String).join(' or ')
    case 'invalid_type':
      return issue.expected === 'object' ? 'an object' : `a ${issue.expected}`
    default:
      return 'a non-empty text'
  }
}

function describeValue(value: unknown): string {
  if (typeof value === 'string' && isHidden(value))
    return `${shorten(value)} (hidden: a value of the env file)`
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return shorten(value)
}

function shorten(value: unknown): string {
  const shown = JSON.stringify(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
