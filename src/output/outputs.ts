import type { OutputName } from '../config/outputs.ts'
import type { DeploymentReport } from '../model/outcome.ts'
import { faultOf } from './messages/problem.ts'
import { checksJson } from './verification.ts'

/** The outputs of the action; every value is set, empty where there is nothing to say. */
export function outputsOf(report: DeploymentReport): Readonly<Record<OutputName, string>> {
  const { ending, gate, reports } = report
  const decision = gate.kind === 'not_run' || gate.kind === 'elsewhere' ? null : gate.decision
  const artifact = reports.artifact.kind === 'uploaded' ? reports.artifact : null
  return {
    outcome: ending.kind,
    reason: ending.kind === 'promoted' ? '' : ending.because.code,
    gate: decision?.kind ?? 'not_run',
    fault: faultOf(report),
    verdict: decision?.verdict ?? '',
    'overall-status': decision?.overallStatus ?? '',
    'run-id': decision?.runId ?? '',
    image: report.image.reference,
    'image-id': report.image.imageId,
    'previous-image': report.previousImage.reference,
    'previous-image-id': report.previousImage.imageId,
    'rolled-back': String(ending.kind === 'rolled_back'),
    'reports-path': reports.path,
    'artifact-id': artifact?.id ?? '',
    'artifact-url': artifact?.url ?? '',
    checks: report.checks.length === 0 ? '' : checksJson(report.checks),
    'duration-seconds': String(Math.round(report.durationSeconds)),
    'transaction-id': report.transactionId,
  }
}
