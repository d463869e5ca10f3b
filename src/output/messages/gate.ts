import type { GateDecision, GateReason } from '../../model/gate-decision.ts'
import type { GateProblem } from '../../model/problem.ts'
import { isOutOfSight } from '../../model/rule.ts'
import { describeFlaw, describeLimit } from './gate-rules.ts'
import { duration } from './quantities.ts'
import { enumerate, quotedName, quotedOutput, sentences } from './quote.ts'
import { describeHealthProblem } from './release.ts'
import { writeRule } from './rule-text.ts'
import type { Words } from './words.ts'

/** What each decision means, in a few words. */
export const GATE_MEANING: Readonly<Record<GateDecision['kind'], string>> = {
  pass: 'the gate passed',
  fail: 'the gate failed: the release was measured and is bad',
  inconclusive: 'the gate is inconclusive: there was not enough to measure',
  error: 'the gate could not measure',
}

/** A gate that did not pass. */
export function describeGateProblem(problem: GateProblem): Words {
  const reasons = sentences(problem.reasons.map(describeGateReason))
  const because = reasons === '' ? '' : ` (${reasons})`
  switch (problem.code) {
    case 'gate.failed':
      return {
        what: `The gate failed: the closed loop measured the release, and it is bad${because}.`,
        next: 'Read the reasons and the reports, correct the release, and deploy again.',
      }
    case 'gate.inconclusive':
      return {
        what: `There was not enough evidence to judge the release${because}.`,
        next: 'Check that the release writes its status lines; if it only needs longer, raise the input "evidence-timeout".',
      }
    case 'gate.error':
      return {
        what: `The gate could not measure the release, which says nothing about it${because}.`,
        next: problem.reasons.some((reason) => reason.kind === 'rule-unmeasured' && isOutOfSight(reason.flaw))
          ? 'A value of the env file never leaves the host, so the gate cannot judge a number that equals one. Write that variable in another way (1e7, say) or with another number, or remove the rule; then deploy again.'
          : problem.reasons.some(({ kind }) => kind === 'rule-unmeasured')
            ? 'Correct the path in the input "gate-rules" or the report, or define with "missing:" what a missing number means; then deploy again.'
            : 'Read the log of the runner in this step, cure the closed loop on the host, and deploy again.',
      }
  }
}

/** One reason or warning of the gate as a sentence. */
export function describeGateReason(reason: GateReason): string {
  switch (reason.kind) {
    case 'report':
      return quotedName(reason.text, 500)
    case 'report-more':
      return `${reason.count} more in the reports.`
    case 'report-missing':
      return `${quotedName(reason.file)} does not exist for this run.`
    case 'report-stale':
      return `${quotedName(reason.file)} is not of this run and was not judged: ${quotedOutput(reason.detail)}.`
    case 'report-unproven':
      return `${quotedName(reason.file)} is not proven to be of this run and was not judged: ${quotedOutput(reason.detail)}.`
    case 'report-unreadable':
      return `${quotedName(reason.file)} could not be read: ${quotedOutput(reason.detail)}.`
    case 'report-invalid':
      return `${quotedName(reason.file)} is not a valid report: ${quotedOutput(reason.detail)}.`
    case 'report-mismatch':
      return `${quotedName(reason.file)}: ${quotedName(reason.field)} is "${quotedName(reason.got)}", expected "${quotedName(reason.wanted)}".`
    case 'run-unproven':
      return 'The assessment left no new run directory, so no report is proven to be of this run.'
    case 'run-ambiguous':
      return reason.runIds.length === 1
        ? `A run directory appeared during the assessment, but the runner did not name it as its own: ${enumerate(reason.runIds)}.`
        : `Several run directories appeared during the assessment and the runner named none as its own: ${enumerate(reason.runIds)}.`
    case 'runner-exit':
      return `The runner ended with exit code ${reason.code}.`
    case 'runner-signal':
      return `Signal ${reason.signal} ended the runner.`
    case 'runner-deadline':
      return `The host stopped the runner at its deadline of ${duration(reason.seconds * 1000)}.`
    case 'evidence-short':
      return `The new container logged ${reason.got} ${reason.name} lines; the gate needs ${reason.wanted}.`
    case 'boot-ended':
      return `The evidence of the release does not count any more: ${describeHealthProblem(reason.problem).what}`
    case 'actions-required':
      return 'The reports pass, but ask for actions (PASS_WITH_ACTIONS).'
    case 'verdict-fail':
      return reason.field === 'verdict'
        ? 'runtime_assess: verdict is FAIL.'
        : 'closed_loop_report: overall_status is FAIL.'
    case 'rule-unmet':
      return `The rule "${quotedName(writeRule(reason.rule))}" is not met: ${reason.got} against ${describeLimit(reason.limit)}.`
    case 'rule-unmeasured':
      return `The rule "${quotedName(writeRule(reason.rule))}" could not be measured: ${describeFlaw(reason.flaw)}.`
  }
}
