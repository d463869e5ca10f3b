import fc from 'fast-check'
import type { GateContext } from '../../../src/gate/judge.ts'
import type {
  GateOn,
  ReportFile,
  ReportKind,
  RunIdentity,
  RunnerAction,
  RunnerEnd,
} from '../../../src/model/assessment.ts'
import { ABSENT, type Counts, contextWith, RUN_ID, STALE, UNREADABLE } from './builders.ts'

/** The texts of the three reports of a run. */
type Texts = Readonly<Record<ReportKind, string>>
type Mutation = (texts: Texts) => Texts

const OTHER_RUN = '20260214T151201Z'
const KINDS = ['runtimeAssess', 'closedLoop', 'runMeta'] as const
const kind = fc.constantFrom(...KINDS)

const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 6 * others.length, arbitrary: fc.constant(usual) },
    ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })),
  )

/** What a run writes, as the host contract shows it. */
const realTexts: fc.Arbitrary<Texts> = fc
  .record({
    runId: mostly(RUN_ID, OTHER_RUN),
    stage: mostly('S3', 'S5'),
    action: mostly('assess', 'full'),
    verdict: mostly('PASS', 'PASS_WITH_ACTIONS', 'FAIL'),
    overallStatus: mostly('as the verdict', 'PASS', 'PASS_WITH_ACTIONS', 'FAIL'),
    indent: fc.constantFrom(undefined, 2, '\t'),
    end: fc.constantFrom('', '\n', '\r\n'),
  })
  .map(({ runId, stage, action, verdict, overallStatus, indent, end }) => {
    const overall = overallStatus === 'as the verdict' ? verdict : overallStatus
    const reasons = {
      fail_reasons: verdict === 'FAIL' ? ['RUNTIME_STATUS 条数不足: 0 < 10'] : [],
      warn_reasons: [],
    }
    const runtime = { stage, verdict, metrics: METRICS, account_pnl: ACCOUNT, ...reasons }
    const summary = {
      pipeline_name: 'ai-trade-closed-loop',
      generated_at_utc: '2026-02-14T15:12:05Z',
      overall_status: overall,
      account_outcome: ACCOUNT,
      sections: { runtime: { status: verdict === 'FAIL' ? 'fail' : 'pass', ...runtime } },
      ...reasons,
    }
    const meta = {
      run_id: runId,
      action,
      generated_at_utc: '2026-02-14T15:12:06Z',
      stage,
      overall_status: overall,
      runtime_verdict: verdict,
      run_dir: `/opt/ai-trade/data/reports/closed_loop/${runId}`,
    }
    const text = (report: object) => JSON.stringify(report, null, indent) + end
    return { runtimeAssess: text(runtime), closedLoop: text(summary), runMeta: text(meta) }
  })

const METRICS = { runtime_status_count: 12, critical_count: 0, trading_halted_true_ratio: 0.0 }
const ACCOUNT = { samples: 12, equity_change_pct: 0.0010998, day_start_equity_usd: null }

const KEYS = [
  'verdict',
  'overall_status',
  'stage',
  'run_id',
  'action',
  'runtime_verdict',
  'sections',
  'runtime',
] as const
const key = fc.constantFrom(...KEYS)

/** JSON texts of values: right ones, nearly right ones, and of other types. */
const value = fc.oneof(
  fc
    .constantFrom(
      ...[
        'PASS',
        'FAIL',
        'PASS_WITH_ACTIONS',
        'pass',
        'PASS ',
        '\u200bPASS',
        'PASS\u0000',
        'ＰＡＳＳ',
        'РASS',
        'PASSED',
        '',
      ],
      ...['S3', 'S5', 's3', 'S3 ', 'assess', 'full', 'train', 'Assess', RUN_ID, OTHER_RUN, `./${RUN_ID}`],
    )
    .map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"P\\u0041SS"',
    '"\\uD800"',
    'null',
    'true',
    '1',
    '1e999',
    '-0',
    '123456789012345678901234567890',
  ),
  fc.constantFrom(
    '["PASS"]',
    '{"PASS":"PASS"}',
    '[]',
    '{}',
    '[[[[[[]]]]]]',
    '{"runtime":{"verdict":"FAIL"}}',
    'NaN',
    'PASS',
  ),
)

const junk = fc.oneof(
  fc.constantFrom(
    '\ufeff',
    '\u0000',
    '\u200b',
    '"',
    '\\',
    '{',
    '}',
    ',',
    '，',
    'PASS',
    '"verdict":"PASS",',
    '\n',
    '回',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

/** A place in a text, from its start (0) to its end (1). */
const place = fc.double({ min: 0, max: 1, noNaN: true })
const at = (text: string, where: number) => Math.round(text.length * where)

const inOne = <T>(part: fc.Arbitrary<T>, change: (text: string, part: T) => string): fc.Arbitrary<Mutation> =>
  fc.tuple(kind, part).map(([of, how]) => (texts) => ({ ...texts, [of]: change(texts[of], how) }))

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 8,
    arbitrary: inOne(fc.tuple(key, value), (text, [of, what]) =>
      text.replace(memberOf(of), () => `"${of}":${what}`),
    ),
  },
  {
    weight: 2,
    arbitrary: inOne(fc.tuple(key, value), (text, [of, what]) =>
      text.replace('{', () => `{"${of}":${what},`),
    ),
  },
  {
    weight: 2,
    arbitrary: inOne(fc.tuple(key, value), (text, [of, what]) =>
      text.replace(/\}\s*$/u, () => `,"${of}":${what}}`),
    ),
  },
  { weight: 1, arbitrary: inOne(key, (text, of) => text.replace(memberOf(of), () => '"other":0')) },
  { weight: 1, arbitrary: inOne(place, (text, where) => text.slice(0, at(text, where))) },
  {
    weight: 1,
    arbitrary: inOne(
      fc.tuple(place, place),
      (text, [one, other]) => text.slice(0, at(text, one)) + text.slice(at(text, other)),
    ),
  },
  {
    weight: 2,
    arbitrary: inOne(
      fc.tuple(place, junk),
      (text, [where, what]) => text.slice(0, at(text, where)) + what + text.slice(at(text, where)),
    ),
  },
  { weight: 1, arbitrary: inOne(fc.constant('\ufeff'), (text, mark) => mark + text) },
  { weight: 1, arbitrary: inOne(fc.oneof(fc.string(), fc.json()), (_text, other) => other) },
  {
    weight: 1,
    arbitrary: fc.tuple(kind, kind).map(
      ([to, from]): Mutation =>
        (texts) => ({ ...texts, [to]: texts[from] }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(kind, realTexts).map(
      ([of, others]): Mutation =>
        (texts) => ({ ...texts, [of]: others[of] }),
    ),
  },
)

/** The first member of that name, whose value is a text. */
function memberOf(name: string): RegExp {
  return new RegExp(`"${name}":\\s*"[^"]*"`, 'u')
}

/** Reports as a run writes them, then changed up to three times. */
const mutatedTexts: fc.Arbitrary<Texts> = fc
  .tuple(realTexts, fc.array(mutation, { maxLength: 3 }))
  .map(([texts, mutations]) => mutations.reduce((changed, mutate) => mutate(changed), texts))

function fileOf(text: string): fc.Arbitrary<ReportFile> {
  const from = fc.constantFrom('run-directory' as const, 'latest' as const)
  return fc.oneof(
    { weight: 40, arbitrary: from.map((where): ReportFile => ({ kind: 'found', text, from: where })) },
    { weight: 1, arbitrary: fc.constantFrom(ABSENT, STALE, UNREADABLE) },
  )
}

const count = mostly(12, 0, 1, 9, 10, Number.NaN)

/** A context, and the evidence as it was asked for and counted. */
export interface Mutated {
  readonly context: GateContext
  readonly minRuntimeStatus: number
  readonly counts: Counts
}

/** A context of the gate: mutated reports of some run, however its runner ended, whatever was wanted. */
export const mutatedContexts: fc.Arbitrary<Mutated> = mutatedTexts
  .chain((texts) =>
    fc.record({
      files: fc.record({
        runtimeAssess: fileOf(texts.runtimeAssess),
        closedLoop: fileOf(texts.closedLoop),
        runMeta: fileOf(texts.runMeta),
      }),
      end: mostly<RunnerEnd>(
        { kind: 'exited', code: 0 },
        { kind: 'exited', code: 1 },
        { kind: 'exited', code: 2 },
        { kind: 'signalled', signal: 9 },
        { kind: 'deadline', seconds: 60 },
      ),
      identity: mostly<RunIdentity>(
        { kind: 'proven', runId: RUN_ID },
        { kind: 'proven', runId: OTHER_RUN },
        { kind: 'proven', runId: RUN_ID, by: 'being-the-only-one' },
        { kind: 'none' },
        { kind: 'ambiguous', runIds: [RUN_ID, OTHER_RUN] },
      ),
      wanted: fc.record({
        stage: mostly('S3', 'S5'),
        action: mostly<RunnerAction>('assess', 'full'),
        strictness: fc.constantFrom('strict', 'lenient'),
        gateOn: fc.constantFrom<GateOn>('both', 'both', 'verdict'),
        minRuntimeStatus: mostly(10, 1, 0),
      }),
      counts: fc.record({ runtimeStatus: count, gateCheck: count, selfEvolution: count }),
    }),
  )
  .map(({ end, identity, files, wanted, counts }) => ({
    context: contextWith({ assessment: { end, identity }, files, wanted, counts }),
    minRuntimeStatus: wanted.minRuntimeStatus,
    counts,
  }))
