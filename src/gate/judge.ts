import {
  type Assessment,
  type Conclusion,
  type EvidenceNeed,
  type GateOn,
  REPORT_FILES,
  REPORT_NAMES,
  type RunIdentity,
  type RunnerAction,
  type RunnerEnd,
  type WantedEvidence,
} from '../model/assessment.ts'
import type { GateDecision, GateReason, ReportFlaw } from '../model/gate-decision.ts'
import type { Baseline, Rule, RuledReport } from '../model/rule.ts'
import { checksOf, type MetaNeed } from './checks.ts'
import { evidenceNeeds } from './evidence/needed.ts'
import { type BoundReport, type BoundReports, bindReports } from './reports/binding.ts'
import { ruledExtras } from './reports/extras.ts'
import { endedWell, isNamed } from './reports/run-identity.ts'
import { sectionsOf } from './reports/sections.ts'
import { decideRules } from './rules/decide-rules.ts'
import { measureRule } from './rules/measure-rule.ts'

export interface GateContext {
  readonly assessment: Assessment
  readonly wanted: {
    readonly stage: string
    readonly action: RunnerAction
    /** `strict`: the conclusions exactly PASS. `lenient`: PASS_WITH_ACTIONS is accepted, with a warning. */
    readonly strictness: 'strict' | 'lenient'
    readonly gateOn: GateOn
    /** The commit of this workflow run; empty where it is not known. */
    readonly commit: string
  }
  /** The log lines of the judged container instance when the assessment began, after the whole wait for them. */
  readonly evidence: {
    readonly wanted: readonly WantedEvidence[]
    /** In the order of `wanted`. */
    readonly counts: readonly number[]
  }
  /** The rules of the input `gate-rules`. */
  readonly rules: readonly Rule[]
  readonly baseline: Baseline
}

/**
 * Judges one assessment by the gate's table, first row first, and a pass of the table by the rules of the input `gate-rules`.
 * The caller has waited for the evidence up to `evidence-timeout`, so short evidence is final here.
 */
export function judge(context: GateContext): GateDecision {
  const { assessment, wanted, evidence, baseline } = context
  const reports = bindReports(assessment, wanted)
  const needs = evidenceNeeds(evidence.wanted, evidence.counts)
  const { verdict, overallStatus } = conclusionsOf(reports)
  const runId = assessment.identity.kind === 'proven' ? assessment.identity.runId : ''
  const ruled = {
    ...ruledExtras(assessment.extras, runId),
    [REPORT_NAMES.runtimeAssess]: ruledReport(reports.runtimeAssess),
    [REPORT_NAMES.closedLoop]: ruledReport(reports.closedLoop),
  }
  const rules = context.rules.map((rule) =>
    measureRule(rule, ruled, baseline, { commit: wanted.commit, runId }),
  )

  const flaws = flawsOf(reports)
  const meta = metaNeed(assessment, reports, wanted.gateOn)

  const decide = (kind: GateDecision['kind'], reasons: readonly GateReason[]): GateDecision => ({
    kind,
    checks: checksOf({
      reports,
      wanted,
      needs,
      identity: assessment.identity,
      end: assessment.end,
      meta,
      accepted: wanted.strictness === 'strict' ? ['PASS'] : ['PASS', 'PASS_WITH_ACTIONS'],
    }),
    rules,
    baseline,
    reasons: kind === 'pass' ? [] : reasons,
    warnings: kind === 'pass' ? reasons : [],
    flaws,
    verdict,
    overallStatus,
    sections: sectionsOf(reports.closedLoop),
    runId,
  })

  const deciding = wanted.gateOn === 'both' ? [verdict, overallStatus] : [verdict]
  const failures = failureReasons(verdict, wanted.gateOn === 'both' ? overallStatus : '')
  const short = shortReasons(needs)
  if (failures.length === 0) {
    const unmeasured = unmeasuredReasons(assessment, flaws, wanted.gateOn, meta)
    if (unmeasured.length > 0) return decide('error', unmeasured)
  } else {
    const reasons = [...failures, ...sentencesOf(reports, 'fail_reasons')]
    return short.length > 0 ? decide('inconclusive', [...short, ...reasons]) : decide('fail', reasons)
  }
  if (short.length > 0) return decide('inconclusive', short)

  const actions: readonly GateReason[] = deciding.every((conclusion) => conclusion === 'PASS')
    ? []
    : [{ kind: 'actions-required' }]
  const warned = [...actions, ...sentencesOf(reports, 'warn_reasons')]
  if (actions.length > 0 && wanted.strictness === 'strict') return decide('fail', warned)
  const ruling = decideRules(rules)
  if (ruling.kind !== 'pass') return decide(ruling.kind, ruling.reasons)
  const recorded = wanted.gateOn === 'both' ? [] : recordedReasons(assessment.end, overallStatus)
  return decide('pass', [...ruling.warnings, ...recorded, ...warned])
}

/**
 * Why the release could not be measured. Where the verdict alone decides, the runner's end does not, if the run is the
 * runner's by more than being the only new one.
 */
function unmeasuredReasons(
  assessment: Assessment,
  flaws: readonly ReportFlaw[],
  gateOn: GateOn,
  meta: MetaNeed,
): readonly GateReason[] {
  const { end, identity } = assessment
  const runner = runnerReasons(end)
  const own = ownFlaws(flaws, identity)
  if (gateOn === 'both') return [...runner, ...identityReasons(identity), ...own]
  const unnamed: readonly GateReason[] =
    identity.kind === 'proven' && !isNamed(identity, end)
      ? [{ kind: 'run-ambiguous', runIds: [identity.runId] }]
      : []
  const deciding = own.filter((flaw) => concernsVerdict(flaw, meta))
  const others = [...identityReasons(identity), ...unnamed, ...deciding]
  return others.length > 0 ? [...runner, ...others] : []
}

/**
 * Of the summary only that it speaks of something else than the verdict; of the meta file whatever is wrong with it, but for
 * one that need not be there and is not.
 */
function concernsVerdict(flaw: ReportFlaw, meta: MetaNeed): boolean {
  const isWrong = flaw.kind === 'report-mismatch'
  switch (flaw.file) {
    case REPORT_FILES.closedLoop:
      return isWrong
    case REPORT_FILES.runMeta:
      return isWrong || meta === 'needed'
    default:
      return true
  }
}

/**
 * Whether a meta file has to be there, and right: where the verdict alone decides, a runner that fails may end before it writes
 * one, unless that is what ties the verdict to the run.
 */
function metaNeed({ end, files }: Assessment, { runMeta }: BoundReports, gateOn: GateOn): MetaNeed {
  const { runtimeAssess } = files
  const isTied = runtimeAssess.kind === 'found' && runtimeAssess.from === 'run-directory'
  const isInvalid = runMeta.kind === 'unusable' && runMeta.flaws.some(({ kind }) => kind === 'report-invalid')
  return gateOn === 'both' || endedWell(end) || !isTied || isInvalid ? 'needed' : 'optional'
}

/** What is for the record alone, and worth a warning. */
function recordedReasons(end: RunnerEnd, overallStatus: string): readonly GateReason[] {
  const status: readonly GateReason[] =
    overallStatus === 'PASS' || overallStatus === '' ? [] : [{ kind: 'status-recorded', got: overallStatus }]
  return [...runnerReasons(end), ...status]
}

function ruledReport<Report>(bound: BoundReport<Report>): RuledReport {
  return bound.kind === 'bound' ? { kind: 'readable', report: bound.report } : bound
}

/** As the reports bound to this run say; empty where there is none. */
function conclusionsOf({ runtimeAssess, closedLoop }: BoundReports): {
  readonly verdict: Conclusion | ''
  readonly overallStatus: string
} {
  return {
    verdict: runtimeAssess.kind === 'bound' ? runtimeAssess.report.verdict : '',
    overallStatus: closedLoop.kind === 'bound' ? closedLoop.report.overall_status : '',
  }
}

function failureReasons(verdict: string, overallStatus: string): readonly GateReason[] {
  const reasons: GateReason[] = []
  if (verdict === 'FAIL') reasons.push({ kind: 'verdict-fail', field: 'verdict' })
  if (overallStatus === 'FAIL') reasons.push({ kind: 'verdict-fail', field: 'overall_status' })
  return reasons
}

function shortReasons(needs: readonly EvidenceNeed[]): readonly GateReason[] {
  return needs
    .filter(({ reached }) => !reached)
    .map(({ name, wanted, got }) => ({ kind: 'evidence-short', name, wanted, got }))
}

function sentencesOf(
  { runtimeAssess, closedLoop }: BoundReports,
  list: 'fail_reasons' | 'warn_reasons',
): readonly GateReason[] {
  return reportReasons([
    ...(runtimeAssess.kind === 'bound' ? runtimeAssess.report[list] : []),
    ...(closedLoop.kind === 'bound' ? closedLoop.report[list] : []),
  ])
}

function runnerReasons(end: RunnerEnd): readonly GateReason[] {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? [] : [{ kind: 'runner-exit', code: end.code }]
    case 'signalled':
      return [{ kind: 'runner-signal', signal: end.signal }]
    case 'deadline':
      return [{ kind: 'runner-deadline', seconds: end.seconds }]
  }
}

function identityReasons(identity: RunIdentity): readonly GateReason[] {
  switch (identity.kind) {
    case 'proven':
      return []
    case 'none':
      return [{ kind: 'run-unproven' }]
    case 'ambiguous':
      return [{ kind: 'run-ambiguous', runIds: identity.runIds }]
  }
}

/** If no run is known, that is the one reason, instead of one for each file. */
function ownFlaws(flaws: readonly ReportFlaw[], identity: RunIdentity): readonly ReportFlaw[] {
  return identity.kind === 'proven' ? flaws : flaws.filter(({ kind }) => kind !== 'report-unproven')
}

function flawsOf(reports: BoundReports): readonly ReportFlaw[] {
  const bound = [reports.runtimeAssess, reports.closedLoop, reports.runMeta]
  const unusable = bound.flatMap((report) => (report.kind === 'unusable' ? report.flaws : []))
  return [...unusable, ...reports.contradictions]
}

const MOST_REASONS = 20
const MOST_CHARACTERS = 300

/**
 * The reports' own sentences, each once (the summary report repeats those of the runtime report), at most
 * 20 of 300 characters: the whole is in the report files.
 */
function reportReasons(all: readonly string[]): readonly GateReason[] {
  const sentences = [...new Set(all)]
  const shown = sentences
    .slice(0, MOST_REASONS)
    .map((sentence): GateReason => ({ kind: 'report', text: shorten(sentence) }))
  const left = sentences.length - shown.length
  return left > 0 ? [...shown, { kind: 'report-more', count: left }] : shown
}

function shorten(sentence: string): string {
  // A character has two code units at most; a report may be of megabytes.
  const characters = [...sentence.slice(0, 2 * MOST_CHARACTERS + 2)]
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : sentence
}
