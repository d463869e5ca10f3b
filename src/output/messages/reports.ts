import { type Assessment, REPORT_FILES, type ReportFile, type ReportKind } from '../../model/assessment.ts'
import type { GateResult } from '../../model/outcome.ts'
import { GATE_MEANING } from './gate.ts'
import { describeGateReason } from './gate-reasons.ts'
import { quotedOutput } from './quote.ts'

/** Which reports were found, why each was accepted or was not, and what the gate made of them: a text of several lines. */
export function describeReports(files: Assessment['files'] | undefined, gate: GateResult): string {
  if (gate.kind === 'elsewhere') return ELSEWHERE
  const lines =
    files === undefined
      ? ['The deployment ended before an assessment could leave reports.']
      : Object.entries(files).map(([kind, file]) => {
          const name = REPORT_FILES[kind as ReportKind]
          return `${name}: ${describeReport(name, file, gate)}`
        })
  return [...lines, '', ...describeGate(gate), ''].join('\n')
}

const ELSEWHERE = `The post step ended this deployment, and collects no reports. Those of the run, if there are any, are on the host, below
CLOSED_LOOP_OUTPUT_ROOT; only the step could judge them. job-assess.txt has the output of the runner, if it was called.
`

function describeReport(
  name: string,
  file: ReportFile,
  gate: Exclude<GateResult, { kind: 'elsewhere' }>,
): string {
  if (file.kind !== 'found') return `not accepted: ${describeAbsence(file)}.`
  const from =
    file.from === 'run-directory'
      ? 'from the directory of this run'
      : 'from the latest_* files, which this run wrote'
  const flaws = gate.kind === 'not_run' ? [] : gate.decision.flaws.filter((flaw) => flaw.file === name)
  if (flaws.length === 0) return `accepted, ${from}.`
  return `found ${from}, and not accepted: ${flaws.map(describeGateReason).join(' ')}`
}

/** Why there is no such report of this run. */
export function describeAbsence(file: Exclude<ReportFile, { kind: 'found' }>): string {
  switch (file.kind) {
    case 'absent':
      return 'the runner did not write it'
    case 'not-written':
      return `the runner did not write it; what is there is of an earlier run (${quotedOutput(file.detail)})`
    case 'stale':
      return `the file on the host is of another run: ${quotedOutput(file.detail)}`
    case 'unproven':
      return `the file on the host is not proven to be of this run: ${quotedOutput(file.detail)}`
    case 'unreadable':
      return `it could not be read: ${quotedOutput(file.detail)}`
  }
}

function describeGate(gate: Exclude<GateResult, { kind: 'elsewhere' }>): readonly string[] {
  if (gate.kind === 'not_run') return ['The gate was not reached.']
  const { kind, reasons, warnings } = gate.decision
  return [
    `Judged: ${GATE_MEANING[kind]}.`,
    ...reasons.map((reason) => `- ${describeGateReason(reason)}`),
    ...warnings.map((warning) => `- (warning) ${describeGateReason(warning)}`),
  ]
}
