import { type Assessment, REPORT_FILES, type ReportFile, type ReportKind } from '../../assess/evidence.ts'
import type { GateResult } from '../../outcome.ts'
import { describeGateReason, GATE_MEANING } from './gate.ts'
import { said } from './quote.ts'

/** Which reports were found, why each was accepted or was not, and what the gate made of them: a text of several lines. */
export function describeReports(files: Assessment['files'] | undefined, gate: GateResult): string {
  const lines =
    files === undefined
      ? ['The deployment ended before an assessment could leave reports.']
      : Object.entries(files).map(
          ([kind, file]) => `${REPORT_FILES[kind as ReportKind]}: ${describeReport(file)}`,
        )
  return [...lines, '', ...describeGate(gate), ''].join('\n')
}

function describeReport(file: ReportFile): string {
  if (file.kind !== 'found') return `not accepted: ${describeAbsence(file)}.`
  return file.from === 'run-directory'
    ? 'accepted, from the directory of this run.'
    : 'accepted, from the latest_* files, which this run wrote.'
}

/** Why there is no such report of this run. */
export function describeAbsence(file: Exclude<ReportFile, { kind: 'found' }>): string {
  switch (file.kind) {
    case 'absent':
      return 'the runner did not write it'
    case 'stale':
      return `the file on the host is of another run: ${said(file.detail)}`
    case 'unreadable':
      return `it could not be read: ${said(file.detail)}`
  }
}

function describeGate(gate: GateResult): readonly string[] {
  if (gate.kind === 'not_run' || gate.kind === 'elsewhere') return ['The gate was not reached.']
  const { kind, reasons, warnings } = gate.decision
  return [
    `Judged: ${GATE_MEANING[kind]}.`,
    ...reasons.map((reason) => `- ${describeGateReason(reason)}`),
    ...warnings.map((warning) => `- (warning) ${describeGateReason(warning)}`),
  ]
}
