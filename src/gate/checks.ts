import type { EvidenceNeed, GateOn, RunIdentity, RunnerEnd } from '../model/assessment.ts'
import type { GateCheck } from '../model/gate-decision.ts'
import type { BoundReport, BoundReports, Mismatch, Statement } from './reports/binding.ts'
import { isNamed } from './reports/run-identity.ts'

/** Whether there has to be a meta file, which says what the other reports do not. */
export type MetaNeed = 'needed' | 'optional'

/** What stands in the place of what is wanted, where nothing of it decides. */
const RECORDED = 'for the record'

/**
 * The comparisons of the gate as rows. A pass needs all of them ok, and all of them ok is a pass.
 * `accepted`: the conclusions that count as good here.
 */
export function checksOf(facts: {
  readonly reports: BoundReports
  readonly wanted: { readonly stage: string; readonly action: string; readonly gateOn: GateOn }
  readonly needs: readonly EvidenceNeed[]
  readonly identity: RunIdentity
  readonly end: RunnerEnd
  readonly meta: MetaNeed
  readonly accepted: readonly string[]
}): readonly GateCheck[] {
  const { reports, wanted, accepted, meta } = facts
  const status = conclusionCheck(STATUS, accepted, reports.closedLoop, (report) => report.overall_status)
  const { runtimeAssess, statements } = reports
  return [
    conclusionCheck('runtime_assess.verdict', accepted, runtimeAssess, (report) => report.verdict),
    wanted.gateOn === 'both' ? status : recorded(status),
    ...reports.contradictions.map(contradictionCheck),
    selfDescriptionCheck('stage', wanted.stage, statements, 'missing'),
    unsaid(selfDescriptionCheck('action', wanted.action, statements, 'missing'), statements, 'action', meta),
    runCheck(facts.identity, facts.end, reports, wanted.gateOn, meta),
    ...facts.needs.map(evidenceCheck),
    wanted.gateOn === 'both' ? runnerCheck(facts.end) : recorded(runnerCheck(facts.end)),
  ]
}

const STATUS = 'closed_loop_report.overall_status'

function recorded(check: GateCheck): GateCheck {
  return { ...check, wanted: RECORDED, ok: true }
}

/** What only a meta file says, and there need not be one, is no mistake where nothing says it. */
function unsaid(
  check: GateCheck,
  statements: readonly Statement[],
  about: Statement['about'],
  meta: MetaNeed,
): GateCheck {
  const isSaid = statements.some((statement) => statement.about === about)
  return isSaid || meta === 'needed' ? check : { ...check, ok: true }
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

function runCheck(
  identity: RunIdentity,
  end: RunnerEnd,
  { statements, runMeta }: BoundReports,
  gateOn: GateOn,
  meta: MetaNeed,
): GateCheck {
  const field = 'run id'
  switch (identity.kind) {
    case 'proven': {
      const { runId } = identity
      if (gateOn === 'verdict' && !isNamed(identity, end))
        return { field, wanted: 'a run that the runner names', got: runId, ok: false }
      const whenNothing = runMeta.kind === 'unusable' ? `run meta ${runMeta.shown}` : 'missing'
      return unsaid(selfDescriptionCheck('run', runId, statements, whenNothing), statements, 'run', meta)
    }
    case 'none':
      return { field, wanted: 'one new run', got: 'none', ok: false }
    case 'ambiguous':
      return { field, wanted: 'one new run', got: identity.runIds.join(', '), ok: false }
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
