import type {
  EvidenceCount,
  EvidenceName,
  EvidenceNeed,
  RunIdentity,
  RunnerEnd,
  Stage,
} from '../model/assessment.ts'
import type { GateCheck } from '../model/gate-decision.ts'
import type { BoundReport, BoundReports, Mismatch, Statement } from './reports/binding.ts'

/**
 * The comparisons of the gate as rows. A pass needs all of them ok, and all of them ok is a pass.
 * `accepted`: the conclusions that count as good here.
 */
export function checksOf(facts: {
  readonly reports: BoundReports
  readonly wanted: { readonly stage: string; readonly action: string }
  readonly needs: readonly EvidenceNeed[]
  readonly identity: RunIdentity
  readonly end: RunnerEnd
  readonly accepted: readonly string[]
}): readonly GateCheck[] {
  const { reports, wanted, accepted } = facts
  const { runtimeAssess, closedLoop, statements } = reports
  return [
    conclusionCheck('runtime_assess.verdict', accepted, runtimeAssess, (report) => report.verdict),
    conclusionCheck('closed_loop_report.overall_status', accepted, closedLoop, (r) => r.overall_status),
    ...reports.contradictions.map(contradictionCheck),
    selfDescriptionCheck('stage', wanted.stage, statements, 'missing'),
    selfDescriptionCheck('action', wanted.action, statements, 'missing'),
    runCheck(facts.identity, reports),
    ...facts.needs.map(evidenceCheck),
    runnerCheck(facts.end),
  ]
}

function conclusionCheck<Report>(
  field: string,
  accepted: readonly string[],
  bound: BoundReport<Report>,
  conclusionOf: (report: Report) => string,
): GateCheck {
  const wanted = accepted.join(' or ')
  if (bound.kind === 'unusable') return { field, wanted, got: bound.shown, ok: false }
  const got = conclusionOf(bound.report)
  return { field, wanted, got, ok: accepted.includes(got) }
}

function contradictionCheck({ file, field, wanted, got }: Mismatch): GateCheck {
  return { field: `${file}: ${field}`, wanted, got, ok: false }
}

function selfDescriptionCheck(
  about: Statement['about'],
  wanted: string,
  statements: readonly Statement[],
  whenNothing: string,
): GateCheck {
  const values = new Set(statements.filter((one) => one.about === about).map(({ got }) => got))
  return {
    field: about === 'run' ? 'run id' : about,
    wanted,
    got: values.size === 0 ? whenNothing : [...values].join(', '),
    ok: values.size === 1 && values.has(wanted),
  }
}

function runCheck(identity: RunIdentity, { statements, runMeta }: BoundReports): GateCheck {
  switch (identity.kind) {
    case 'proven':
      return selfDescriptionCheck(
        'run',
        identity.runId,
        statements,
        runMeta.kind === 'unusable' ? `run meta ${runMeta.shown}` : 'missing',
      )
    case 'none':
      return { field: 'run id', wanted: 'one new run', got: 'none', ok: false }
    case 'ambiguous':
      return { field: 'run id', wanted: 'one new run', got: identity.runIds.join(', '), ok: false }
  }
}

function evidenceCheck({ name, wanted, got, reached }: EvidenceNeed): GateCheck {
  return {
    field: `${name} lines of this container instance`,
    wanted: `at least ${wanted}`,
    got: String(got),
    ok: reached,
  }
}

function runnerCheck(end: RunnerEnd): GateCheck {
  const row = { field: 'runner', wanted: 'exit 0' }
  switch (end.kind) {
    case 'exited':
      return { ...row, got: `exit ${end.code}`, ok: end.code === 0 }
    case 'signalled':
      return { ...row, got: `signal ${end.signal}`, ok: false }
    case 'deadline':
      return { ...row, got: `stopped after ${end.seconds} s`, ok: false }
  }
}

/**
 * The evidence that the gate needs for `stage`, against the lines that the container instance has logged so far:
 * `minRuntimeStatus` status lines, a gate window, and for S5 a self-evolution line. The wait before the assessment and the
 * judgement after it both use this. No evidence is never enough, even with a minimum of 0.
 */
export function neededEvidence(
  stage: Stage,
  minRuntimeStatus: number,
  counts: EvidenceCount,
): readonly EvidenceNeed[] {
  const needs = [
    need('RUNTIME_STATUS', Math.max(1, minRuntimeStatus), counts.runtimeStatus),
    need('GATE_CHECK', 1, counts.gateCheck),
  ]
  return stage === 'S5' ? [...needs, need('SELF_EVOLUTION', 1, counts.selfEvolution)] : needs
}

/** Written so that a count that is no number never counts as reached. */
function need(name: EvidenceName, wanted: number, got: number): EvidenceNeed {
  return { name, wanted, got, reached: got >= wanted }
}
