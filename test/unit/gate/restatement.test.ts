import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type GateContext, judge } from '../../../src/gate/judge.ts'
import type {
  Assessment,
  ReportFile,
  RunIdentity,
  RunnerAction,
  RunnerEnd,
} from '../../../src/model/assessment.ts'
import { times } from '../../support/jest/tiers.ts'
import {
  ABSENT,
  baselineWith,
  type Counts,
  contextWith,
  found,
  RUN_ID,
  ruleOf,
  STALE,
  UNREADABLE,
} from './builders.ts'

const RUNS = times({ short: 1000, all: 8000 })

/**
 * The gate's promise, said again without any of its code: what has to be true before a release may be
 * confirmed, and before it may be called bad.
 */
const says = (file: ReportFile): Record<string, unknown> => {
  try {
    const value: unknown = file.kind === 'found' ? JSON.parse(file.text) : null
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function runtimeSection(report: Record<string, unknown>): Record<string, unknown> {
  const sections = (report.sections ?? {}) as Record<string, unknown>
  return (sections.runtime ?? {}) as Record<string, unknown>
}

const isOr = (value: unknown, wanted: unknown) => value === undefined || value === wanted

/** A rule as its user means it, beside the words that say so. */
interface Meant {
  readonly warn: 'warn: ' | ''
  readonly key: string
  readonly comparison: '==' | '<=' | '>'
  readonly bound: 5 | 'baseline'
  readonly missing: '' | 'fail' | 'warn' | 'ignore'
}

const worded = ({ warn, key, comparison, bound, missing }: Meant) =>
  `${warn}runtime_assess.metrics.${key} ${comparison} ${bound}${missing === '' ? '' : ` missing: ${missing}`}`

/** What a rule makes of a release that would pass without it. */
function meansFor(
  meant: Meant,
  metrics: Record<string, unknown>,
  before: unknown,
): 'fine' | 'bad' | 'unknown' {
  const bound = meant.bound === 'baseline' ? before : meant.bound
  if (typeof bound !== 'number') return 'fine'
  const value = metrics[meant.key]
  if (typeof value !== 'number')
    return meant.missing === '' ? 'unknown' : meant.missing === 'fail' ? 'bad' : 'fine'
  const holds = { '==': value === bound, '<=': value <= bound, '>': value > bound }[meant.comparison]
  return holds || meant.warn !== '' ? 'fine' : 'bad'
}

function meanFor(meant: readonly Meant[], { assessment }: GateContext, before: unknown): readonly string[] {
  const metrics = (says(assessment.files.runtimeAssess).metrics ?? {}) as Record<string, unknown>
  return meant.map((one) => meansFor(one, metrics, before))
}

/** A context, and the evidence as it was asked for and counted. */
interface Case {
  readonly context: GateContext
  readonly minRuntimeStatus: number
  readonly counts: Counts
}

/** Whatever the rules say. */
function mayPass(one: Case): boolean {
  const { assessment, wanted } = one.context
  const { end, identity, files } = assessment
  const runtime = says(files.runtimeAssess)
  const summary = says(files.closedLoop)
  const meta = says(files.runMeta)
  const good = wanted.strictness === 'strict' ? ['PASS'] : ['PASS', 'PASS_WITH_ACTIONS']
  return (
    end.kind === 'exited' &&
    end.code === 0 &&
    identity.kind === 'proven' &&
    meta.run_id === identity.runId &&
    meta.action === wanted.action &&
    meta.stage === wanted.stage &&
    runtime.stage === wanted.stage &&
    isOr(runtimeSection(summary).stage, wanted.stage) &&
    good.includes(String(runtime.verdict)) &&
    good.includes(String(summary.overall_status)) &&
    isOr(runtimeSection(summary).verdict, runtime.verdict) &&
    isOr(meta.runtime_verdict, runtime.verdict) &&
    isOr(meta.overall_status, summary.overall_status) &&
    enoughEvidence(one)
  )
}

function enoughEvidence({ context, minRuntimeStatus, counts }: Case): boolean {
  return (
    counts.runtimeStatus >= 1 &&
    counts.runtimeStatus >= minRuntimeStatus &&
    counts.gateCheck >= 1 &&
    (context.wanted.stage === 'S3' || counts.selfEvolution >= 1)
  )
}

function mayFail(one: Case): boolean {
  const { assessment, wanted } = one.context
  const { identity, files } = assessment
  const runtime = says(files.runtimeAssess)
  const summary = says(files.closedLoop)
  const runtimeFails = runtime.verdict === 'FAIL' && runtime.stage === wanted.stage
  const summaryFails = summary.overall_status === 'FAIL' && isOr(runtimeSection(summary).stage, wanted.stage)
  const measuredBad = identity.kind === 'proven' && (runtimeFails || summaryFails)
  const actionsLeft = [runtime.verdict, summary.overall_status].includes('PASS_WITH_ACTIONS')
  return (measuredBad || (wanted.strictness === 'strict' && actionsLeft)) && enoughEvidence(one)
}

/** The usual value most of the time, so that contexts that pass, and those that nearly do, are common. */
const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 8 * others.length, arbitrary: fc.constant(usual) },
    ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })),
  )

const stage = mostly('S3', 'S5', 's3', '')
const conclusion = mostly('PASS', 'PASS_WITH_ACTIONS', 'FAIL', 'pass')
type Shape = Record<string, fc.Arbitrary<unknown>>
const reasons: Shape = { fail_reasons: fc.constant([]), warn_reasons: fc.constant([]) }

const reportOf = (needed: Shape, optional: Shape = {}) =>
  fc
    .tuple(fc.record(needed), fc.record({ ...optional, ...reasons }, { requiredKeys: [] }))
    .map((parts) => found({ ...parts[0], ...parts[1] }))

function fileOf(reports: fc.Arbitrary<ReportFile>): fc.Arbitrary<ReportFile> {
  const cutOff = fc
    .tuple(reports, fc.nat(200))
    .map(
      ([file, length]): ReportFile =>
        file.kind === 'found' ? { ...file, text: file.text.slice(0, length) } : file,
    )
  return fc.oneof(
    { weight: 30, arbitrary: reports },
    { weight: 1, arbitrary: cutOff },
    { weight: 1, arbitrary: fc.constantFrom(ABSENT, STALE, UNREADABLE) },
  )
}

const optional = { requiredKeys: [] }
const value = fc.constantFrom<unknown>(5, 4, 6, 6, 6, '5', null)
const meantRules: fc.Arbitrary<readonly Meant[]> = fc.array(
  fc.record({
    warn: mostly('', 'warn: '),
    key: fc.constantFrom('a', 'b'),
    comparison: fc.constantFrom('<=', '==', '>'),
    bound: fc.constantFrom<Meant['bound']>(5, 'baseline'),
    missing: mostly('', 'fail', 'warn', 'ignore'),
  }),
  { maxLength: 3 },
)
const files: fc.Arbitrary<Assessment['files']> = fc.record({
  runtimeAssess: fileOf(
    reportOf({ stage, verdict: conclusion }, { metrics: fc.record({ a: value, b: value }, optional) }),
  ),
  closedLoop: fileOf(
    reportOf(
      { overall_status: conclusion },
      { sections: fc.record({ runtime: fc.record({ stage, verdict: conclusion }, optional) }, optional) },
    ),
  ),
  runMeta: fileOf(
    reportOf(
      { run_id: mostly(RUN_ID, 'older'), action: mostly('assess', 'full'), stage },
      { overall_status: conclusion, runtime_verdict: conclusion },
    ),
  ),
})

const count = mostly(12, 0, 1, 9, 10)
const unruled: fc.Arbitrary<Case> = fc
  .record({
    end: mostly<RunnerEnd>(
      { kind: 'exited', code: 0 },
      { kind: 'exited', code: 1 },
      { kind: 'signalled', signal: 9 },
      { kind: 'deadline', seconds: 60 },
    ),
    identity: mostly<RunIdentity>(
      { kind: 'proven', runId: RUN_ID },
      { kind: 'none' },
      { kind: 'ambiguous', runIds: [RUN_ID, 'other'] },
    ),
    files,
    wanted: fc.record({
      stage: mostly('S3', 'S5'),
      action: fc.constant<RunnerAction>('assess'),
      strictness: fc.constantFrom('strict', 'lenient'),
      minRuntimeStatus: mostly(10, 1, 0),
    }),
    counts: fc.record({ runtimeStatus: count, gateCheck: count, selfEvolution: count }),
  })
  .map(({ end, identity, files, wanted, counts }) => ({
    context: contextWith({ assessment: { end, identity }, files, wanted, counts }),
    minRuntimeStatus: wanted.minRuntimeStatus,
    counts,
  }))

/** Each with its rules as they are meant, and the number that both keys had before. */
const contexts = fc
  .tuple(unruled, meantRules, mostly<unknown>(5, 'none', null))
  .map(([one, meant, before]) => ({
    meant,
    before,
    one: {
      ...one,
      context: {
        ...one.context,
        rules: meant.map((rule) => ruleOf(worded(rule))),
        baseline:
          before === 'none' ? one.context.baseline : baselineWith({ metrics: { a: before, b: before } }),
      },
    },
  }))

describe('judge, against its promise said again', () => {
  it('passes exactly what may pass, and fails only what may fail', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(contexts, ({ one, meant, before }) => {
        const { context } = one
        const decision = judge(context)
        const meaning = meanFor(meant, context, before)
        const tablePasses = mayPass(one)
        const because = tablePasses && decision.kind !== 'pass' ? ', by a rule' : ''
        seen.set(decision.kind + because, (seen.get(decision.kind + because) ?? 0) + 1)
        expect(decision.kind === 'pass').toBe(tablePasses && meaning.every((one) => one === 'fine'))
        if (tablePasses && meaning.includes('bad')) expect(decision.kind).toBe('fail')
        else if (tablePasses && meaning.includes('unknown')) expect(decision.kind).toBe('error')
        else if (decision.kind === 'fail') expect(mayFail(one)).toBe(true)
        // What the type of a decision says of a pass.
        expect(decision.checks.every(({ ok }) => ok)).toBe(tablePasses)
        const stopping = decision.rules.filter(({ effect }) => effect === 'fail' || effect === 'error')
        expect(tablePasses && stopping.length === 0).toBe(decision.kind === 'pass')
        // Rules change nothing where the table does not pass.
        if (!tablePasses) expect(decision.reasons).toEqual(judge({ ...context, rules: [] }).reasons)
      }),
      { numRuns: RUNS },
    )
    for (const kind of ['pass', 'fail', 'inconclusive', 'error', 'fail, by a rule', 'error, by a rule']) {
      expect([kind, (seen.get(kind) ?? 0) > RUNS / 80]).toEqual([kind, true])
    }
  })

  it('never passes a report that some other text stands for', () => {
    fc.assert(
      fc.property(
        unruled,
        fc.constantFrom('runtimeAssess', 'closedLoop', 'runMeta'),
        fc.oneof(fc.string(), fc.json()),
        ({ context }, kind, text) => {
          const files = { ...context.assessment.files, [kind]: { kind: 'found', text, from: 'latest' } }
          expect(judge({ ...context, assessment: { ...context.assessment, files } }).kind).not.toBe('pass')
        },
      ),
    )
  })
})
