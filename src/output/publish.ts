import * as core from '@actions/core'
import type { RunFacts } from '../config/config.ts'
import type { SavedState } from '../config/step-state.ts'
import type { DeploymentReport, Verification } from '../model/outcome.ts'
import type { ConfigurationProblem } from '../model/problem.ts'
import type { PlanReport } from '../model/release-plan.ts'
import { annotationOf } from './annotation.ts'
import type { Reporter } from './log.ts'
import type { Mask } from './mask.ts'
import { outputsOf } from './outputs.ts'
import { planAnnotation, planOutputs, renderPlan } from './plan.ts'
import { renderSummary } from './summary.ts'
import { renderVerification, verificationAnnotation, verificationOutputs } from './verification.ts'

/** Tells the workflow how the deployment ended: outputs, job summary, one annotation, all masked. */
export async function publishReport(
  report: DeploymentReport,
  run: RunFacts | 'unknown',
  reporter: Reporter,
  mask: Mask,
): Promise<void> {
  reporter.annotate(annotationOf(report))
  setOutputs(outputsOf(report), reporter, mask)
  await publishSummary(report, run, reporter, mask)
}

/** Tells the workflow what a verification found: outputs, job summary, one annotation, all masked. */
export async function publishVerification(
  verification: Verification,
  run: RunFacts | 'unknown',
  reporter: Reporter,
  mask: Mask,
): Promise<void> {
  reporter.annotate(verificationAnnotation(verification))
  setOutputs(verificationOutputs(verification), reporter, mask)
  await writeSummary(renderVerification(verification, run), reporter, mask)
}

/** Tells the workflow what a deployment would do: outputs, job summary, one annotation, all masked. */
export async function publishPlan(
  report: PlanReport,
  run: RunFacts | 'unknown',
  reporter: Reporter,
  mask: Mask,
): Promise<void> {
  reporter.annotate(planAnnotation(report))
  setOutputs(planOutputs(report), reporter, mask)
  await writeSummary(renderPlan(report, run), reporter, mask)
}

/** Sets outputs of the step, masked. A failure is a line of the log and nothing more. */
export function setOutputs(outputs: Readonly<Record<string, string>>, reporter: Reporter, mask: Mask): void {
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, mask(value))
  } catch (error) {
    reporter.info(`The outputs could not be set: ${String(error)}`)
  }
}

/** Writes the job summary of this step, in the place of what it said before. */
export async function publishSummary(
  report: DeploymentReport,
  run: RunFacts | 'unknown',
  reporter: Reporter,
  mask: Mask,
): Promise<void> {
  await writeSummary(renderSummary(report, run), reporter, mask)
}

/** Writes a job summary, masked, in the place of what the step said before. */
export async function writeSummary(text: string, reporter: Reporter, mask: Mask): Promise<void> {
  try {
    await core.summary.addRaw(mask(text)).write({ overwrite: true })
  } catch (error) {
    reporter.info(`The job summary could not be written: ${String(error)}`)
  }
}

/** The report of a step that was not even started: nothing was connected to, nothing is known of the host. */
export function configurationReport(problem: ConfigurationProblem): DeploymentReport {
  return {
    ending: { kind: 'unchanged', because: problem },
    purpose: { kind: 'release' },
    gate: { kind: 'not_run' },
    failureLog: { kind: 'none' },
    transactionId: '',
    host: '',
    projectDir: '',
    image: { reference: '', imageId: '' },
    previousImage: { reference: '', imageId: '' },
    services: [],
    release: { kind: 'none' },
    timings: [],
    warnings: [],
    reports: { path: '', files: [], artifact: { kind: 'none' } },
    diagnostics: { kind: 'none' },
    checks: [],
    durationSeconds: 0,
    leaseSeconds: 0,
    outputTail: [],
  }
}

/** The report of a post step whose own inputs were refused: it could not ask the host, and claims nothing of it. */
export function notRecoveredReport(
  problem: ConfigurationProblem,
  { transactionId, target }: Extract<SavedState, { kind: 'begun' }>,
): DeploymentReport {
  return {
    ...configurationReport(problem),
    ending: { kind: 'unknown', because: problem, lastKnown: 'connect' },
    gate: { kind: 'elsewhere' },
    transactionId,
    host: target.host,
    projectDir: target['project-dir'],
    image: { reference: target.image, imageId: '' },
  }
}
