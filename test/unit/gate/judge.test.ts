import { describe, expect, it } from '@jest/globals'
import { judge } from '../../../src/gate/judge.ts'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import {
  ABSENT,
  baselineWith,
  closedLoop,
  contextWith,
  type Parts,
  RUN_ID,
  ruleOf,
  runMeta,
  runtimeAssess,
  STALE,
  UNREADABLE,
} from './builders.ts'

const FAILING = runtimeAssess({ verdict: 'FAIL', fail_reasons: ['CRITICAL 出现 1 次'] })
/** What a runner that stops on FAIL leaves behind: its own judgement, and an older run's `latest_*`. */
const ABORTED_ON_FAIL: Parts = {
  assessment: { end: { kind: 'exited', code: 1 } },
  files: { runtimeAssess: FAILING, closedLoop: STALE, runMeta: STALE },
}
const WARNED = { overall_status: 'PASS_WITH_ACTIONS', warn_reasons: ['对账不一致'] }

type Row = readonly [name: string, parts: Parts, strict: GateDecision['kind'], lenient: GateDecision['kind']]

const TABLE: readonly Row[] = [
  // 1: nothing of this run says FAIL, and a report is unusable
  ['runtime_assess missing', { files: { runtimeAssess: ABSENT } }, 'error', 'error'],
  ['closed_loop_report missing', { files: { closedLoop: ABSENT } }, 'error', 'error'],
  ['no meta after exit 0', { files: { runMeta: ABSENT } }, 'error', 'error'],
  ['runtime_assess stale', { files: { runtimeAssess: STALE } }, 'error', 'error'],
  ['closed_loop_report stale', { files: { closedLoop: STALE } }, 'error', 'error'],
  ['meta stale', { files: { runMeta: STALE } }, 'error', 'error'],
  [
    'all of an older run',
    { files: { runtimeAssess: STALE, closedLoop: STALE, runMeta: STALE } },
    'error',
    'error',
  ],
  ['runtime_assess unreadable', { files: { runtimeAssess: UNREADABLE } }, 'error', 'error'],
  [
    'invalid JSON',
    { files: { closedLoop: { kind: 'found', text: '{"over', from: 'latest' } } },
    'error',
    'error',
  ],
  ['unknown verdict', { files: { runtimeAssess: runtimeAssess({ verdict: 'PASSED' }) } }, 'error', 'error'],
  [
    'unknown overall_status',
    { files: { closedLoop: closedLoop({ overall_status: 'pass' }) } },
    'error',
    'error',
  ],
  [
    'runtime_assess of another stage',
    { files: { runtimeAssess: runtimeAssess({ stage: 'S5' }) } },
    'error',
    'error',
  ],
  [
    'section of another stage',
    { files: { closedLoop: closedLoop({ sections: { runtime: { stage: 'S5' } } }) } },
    'error',
    'error',
  ],
  [
    'a report of latest_* alone, whose conclusion the meta does not repeat',
    { files: { closedLoop: { kind: 'found', text: '{"overall_status":"PASS"}', from: 'latest' } } },
    'error',
    'error',
  ],
  ['meta of another stage', { files: { runMeta: runMeta({ stage: 'S5' }) } }, 'error', 'error'],
  ['meta of another action', { files: { runMeta: runMeta({ action: 'train' }) } }, 'error', 'error'],
  ['meta of another run', { files: { runMeta: runMeta({ run_id: '20260101T000000Z' }) } }, 'error', 'error'],
  [
    'a FAIL of another stage',
    { files: { runtimeAssess: runtimeAssess({ verdict: 'FAIL', stage: 'S5' }) } },
    'error',
    'error',
  ],
  ['no run directory appeared', { assessment: { identity: { kind: 'none' } } }, 'error', 'error'],
  [
    'two run directories',
    { assessment: { identity: { kind: 'ambiguous', runIds: ['a', 'b'] } } },
    'error',
    'error',
  ],
  [
    'a FAIL of an unknown run',
    { assessment: { identity: { kind: 'none' } }, files: { runtimeAssess: FAILING } },
    'error',
    'error',
  ],
  [
    'meta says FAIL, the reports PASS',
    { files: { runMeta: runMeta({ overall_status: 'FAIL' }) } },
    'error',
    'error',
  ],
  [
    'meta verdict contradicts',
    { files: { runMeta: runMeta({ runtime_verdict: 'FAIL' }) } },
    'error',
    'error',
  ],
  [
    'section verdict contradicts',
    { files: { closedLoop: closedLoop({ sections: { runtime: { verdict: 'FAIL' } } }) } },
    'error',
    'error',
  ],
  [
    'missing reports outrank short evidence',
    { files: { runMeta: ABSENT }, counts: { runtimeStatus: 0 } },
    'error',
    'error',
  ],
  // 2: nothing of this run says FAIL, and the runner did not end with 0
  ['runner exit 1 with PASS', { assessment: { end: { kind: 'exited', code: 1 } } }, 'error', 'error'],
  [
    'runner exit 2',
    {
      assessment: { end: { kind: 'exited', code: 2 } },
      files: { runtimeAssess: ABSENT, closedLoop: ABSENT, runMeta: ABSENT },
    },
    'error',
    'error',
  ],
  ['runner killed', { assessment: { end: { kind: 'signalled', signal: 9 } } }, 'error', 'error'],
  ['runner at its deadline', { assessment: { end: { kind: 'deadline', seconds: 2700 } } }, 'error', 'error'],
  [
    'runner killed, evidence short',
    { assessment: { end: { kind: 'signalled', signal: 9 } }, counts: { gateCheck: 0 } },
    'error',
    'error',
  ],
  // 3: FAIL while the needed evidence is short
  [
    'FAIL with few status lines',
    { ...ABORTED_ON_FAIL, counts: { runtimeStatus: 9 } },
    'inconclusive',
    'inconclusive',
  ],
  [
    'FAIL without a gate window',
    { ...ABORTED_ON_FAIL, counts: { gateCheck: 0 } },
    'inconclusive',
    'inconclusive',
  ],
  // 4: any other FAIL
  ['FAIL, runner stopped before latest_*', ABORTED_ON_FAIL, 'fail', 'fail'],
  [
    'FAIL although the runner exits 0',
    { files: { runtimeAssess: FAILING, closedLoop: closedLoop({ overall_status: 'FAIL' }) } },
    'fail',
    'fail',
  ],
  [
    'FAIL in the summary only',
    { files: { closedLoop: closedLoop({ overall_status: 'FAIL' }) } },
    'fail',
    'fail',
  ],
  [
    'FAIL and the runner killed',
    { ...ABORTED_ON_FAIL, assessment: { end: { kind: 'signalled', signal: 15 } } },
    'fail',
    'fail',
  ],
  [
    'FAIL with an invalid summary',
    { files: { runtimeAssess: FAILING, closedLoop: { kind: 'found', text: '', from: 'run-directory' } } },
    'fail',
    'fail',
  ],
  [
    'FAIL and a meta of another run',
    { files: { runtimeAssess: FAILING, runMeta: runMeta({ run_id: 'older' }) } },
    'fail',
    'fail',
  ],
  [
    'FAIL beats PASS_WITH_ACTIONS',
    { files: { runtimeAssess: FAILING, closedLoop: closedLoop(WARNED) } },
    'fail',
    'fail',
  ],
  // 5: the evidence was not reached in time
  ['PASS with few status lines', { counts: { runtimeStatus: 9 } }, 'inconclusive', 'inconclusive'],
  ['PASS without a gate window', { counts: { gateCheck: 0 } }, 'inconclusive', 'inconclusive'],
  [
    'PASS with nothing logged at all',
    { counts: { runtimeStatus: 0, gateCheck: 0 } },
    'inconclusive',
    'inconclusive',
  ],
  [
    'PASS with a minimum of 0 and no line',
    { wanted: { minRuntimeStatus: 0 }, counts: { runtimeStatus: 0 } },
    'inconclusive',
    'inconclusive',
  ],
  [
    'PASS with a minimum that is no number',
    { wanted: { minRuntimeStatus: Number.NaN } },
    'inconclusive',
    'inconclusive',
  ],
  [
    'PASS with a count that is no number',
    { counts: { runtimeStatus: Number.NaN } },
    'inconclusive',
    'inconclusive',
  ],
  [
    'PASS_WITH_ACTIONS with short evidence',
    { files: { closedLoop: closedLoop(WARNED) }, counts: { gateCheck: 0 } },
    'inconclusive',
    'inconclusive',
  ],
  // 6: PASS_WITH_ACTIONS
  ['the summary PASS_WITH_ACTIONS', { files: { closedLoop: closedLoop(WARNED) } }, 'fail', 'pass'],
  [
    'the runtime PASS_WITH_ACTIONS',
    { files: { runtimeAssess: runtimeAssess({ verdict: 'PASS_WITH_ACTIONS' }) } },
    'fail',
    'pass',
  ],
  [
    'a stray verdict key does not hide it',
    { files: { closedLoop: closedLoop({ ...WARNED, verdict: 'PASS' }) } },
    'fail',
    'pass',
  ],
  // 7: both PASS, exit 0
  ['both PASS', {}, 'pass', 'pass'],
  [
    'both PASS, from latest_*, no section',
    {
      files: {
        closedLoop: { kind: 'found', text: '{"overall_status":"PASS"}', from: 'latest' },
        runMeta: runMeta({ overall_status: 'PASS' }),
      },
    },
    'pass',
    'pass',
  ],
  [
    'both PASS, repeated consistently',
    { files: { runMeta: runMeta({ overall_status: 'PASS', runtime_verdict: 'PASS' }) } },
    'pass',
    'pass',
  ],
  ['exactly the evidence needed', { counts: { runtimeStatus: 10, gateCheck: 1 } }, 'pass', 'pass'],
]

describe('judge', () => {
  it.each(TABLE)('%s', (_name, parts, strict, lenient) => {
    const judged = (strictness: 'strict' | 'lenient') =>
      judge(contextWith({ ...parts, wanted: { ...parts.wanted, strictness } }))
    expect([judged('strict').kind, judged('lenient').kind]).toEqual([strict, lenient])
    for (const decision of [judged('strict'), judged('lenient')]) {
      expect(decision.checks.every(({ ok }) => ok)).toBe(decision.kind === 'pass')
      expect(decision.reasons.length > 0).toBe(decision.kind !== 'pass')
    }
  })

  it.each([
    [`sha256:${'a'.repeat(64)}`],
    ['not an ID'],
    ['FAIL'],
    [7],
    [null],
    [['PASS']],
    [{ verdict: 'FAIL', run_id: 'older' }],
  ])('is not moved by which image the meta says made the run: %j', (research_image_id) => {
    for (const [, parts] of TABLE)
      for (const strictness of ['strict', 'lenient'] as const) {
        const context = contextWith({ ...parts, wanted: { ...parts.wanted, strictness } })
        const { assessment } = context
        const meta = assessment.files.runMeta
        if (meta.kind !== 'found') continue
        const text = JSON.stringify({ ...JSON.parse(meta.text), research_image_id })
        const files = { ...assessment.files, runMeta: { ...meta, text } }
        expect(judge({ ...context, assessment: { ...assessment, files } })).toEqual(judge(context))
      }
  })

  const s5: Parts = {
    wanted: { stage: 'S5', action: 'full' },
    files: {
      runtimeAssess: runtimeAssess({ stage: 'S5' }),
      closedLoop: closedLoop({ sections: {} }),
      runMeta: runMeta({ stage: 'S5', action: 'full' }),
    },
  }

  it('wants a SELF_EVOLUTION line for S5', () => {
    expect(judge(contextWith({ ...s5, counts: { selfEvolution: 1 } })).kind).toBe('pass')
    expect(judge(contextWith(s5))).toMatchObject({
      kind: 'inconclusive',
      reasons: [{ kind: 'evidence-short', name: 'SELF_EVOLUTION', wanted: 1, got: 0 }],
    })
  })

  it('shows every comparison of a pass', () => {
    const row = (field: string, wanted: string, got: string) => ({ field, wanted, got, ok: true })
    expect(judge(contextWith())).toEqual({
      kind: 'pass',
      checks: [
        row('runtime_assess.verdict', 'PASS', 'PASS'),
        row('closed_loop_report.overall_status', 'PASS', 'PASS'),
        row('stage', 'S3', 'S3'),
        row('action', 'assess', 'assess'),
        row('run id', RUN_ID, RUN_ID),
        row('RUNTIME_STATUS lines of this container instance', 'at least 10', '12'),
        row('GATE_CHECK lines of this container instance', 'at least 1', '1'),
        row('runner', 'exit 0', 'exit 0'),
      ],
      rules: [],
      baseline: { kind: 'none' },
      reasons: [],
      warnings: [],
      flaws: [],
      verdict: 'PASS',
      overallStatus: 'PASS',
      sections: [{ name: 'runtime', state: 'pass' }],
      runId: RUN_ID,
    })
  })

  it('tells why a failed run failed, and never reads the older PASS', () => {
    const decision = judge(contextWith(ABORTED_ON_FAIL))
    expect(decision).toMatchObject({ verdict: 'FAIL', overallStatus: '', runId: RUN_ID })
    expect(decision.reasons).toEqual([
      { kind: 'verdict-fail', field: 'verdict' },
      { kind: 'report', text: 'CRITICAL 出现 1 次' },
    ])
    expect(decision.checks.filter(({ ok }) => !ok)).toEqual([
      { field: 'runtime_assess.verdict', wanted: 'PASS', got: 'FAIL', ok: false },
      { field: 'closed_loop_report.overall_status', wanted: 'PASS', got: 'of another run', ok: false },
      { field: 'action', wanted: 'assess', got: 'missing', ok: false },
      { field: 'run id', wanted: RUN_ID, got: 'run meta of another run', ok: false },
      { field: 'runner', wanted: 'exit 0', got: 'exit 1', ok: false },
    ])
  })

  it('names everything that made measuring impossible, the runner first', () => {
    const decision = judge(
      contextWith({
        assessment: { end: { kind: 'deadline', seconds: 60 }, identity: { kind: 'none' } },
        files: { runtimeAssess: runtimeAssess(), closedLoop: ABSENT, runMeta: UNREADABLE },
      }),
    )
    expect(decision).toMatchObject({ kind: 'error', verdict: '', overallStatus: '', runId: '' })
    expect(decision.reasons).toEqual([
      { kind: 'runner-deadline', seconds: 60 },
      { kind: 'run-unproven' },
      { kind: 'report-missing', file: 'latest_closed_loop_report.json' },
      { kind: 'report-unreadable', file: 'latest_run_meta.json', detail: 'permission denied' },
    ])
    // Said once, as the reason; what is wrong with each file is kept.
    expect(decision.flaws[0]).toMatchObject({
      kind: 'report-unproven',
      file: 'latest_runtime_assess.json',
    })
    expect(decision.checks).toContainEqual({
      field: 'runner',
      wanted: 'exit 0',
      got: 'stopped after 60 s',
      ok: false,
    })
  })

  it('names a file that cannot be tied to a run that is known', () => {
    const closedLoop = { kind: 'unproven', because: 'meta', detail: 'no meta file' } as const
    expect(judge(contextWith({ files: { closedLoop } }))).toMatchObject({
      kind: 'error',
      reasons: [{ kind: 'report-unproven', file: 'latest_closed_loop_report.json', detail: 'no meta file' }],
      checks: expect.arrayContaining([expect.objectContaining({ got: 'of an unknown run' })]),
    })
  })

  it('names each mismatch with what was expected and what was there', () => {
    const decision = judge(
      contextWith({ files: { runMeta: runMeta({ run_id: 'older', action: 'full', overall_status: 'X' }) } }),
    )
    const file = 'latest_run_meta.json'
    expect(decision.reasons).toEqual([
      { kind: 'report-mismatch', file, field: 'run_id', wanted: RUN_ID, got: 'older' },
      { kind: 'report-mismatch', file, field: 'action', wanted: 'assess', got: 'full' },
    ])
    const ambiguous = judge(
      contextWith({ assessment: { identity: { kind: 'ambiguous', runIds: ['a', 'b'] } } }),
    )
    expect(ambiguous.reasons[0]).toEqual({ kind: 'run-ambiguous', runIds: ['a', 'b'] })
    expect(ambiguous.checks).toContainEqual({
      field: 'run id',
      wanted: 'one new run',
      got: 'a, b',
      ok: false,
    })
  })

  it('warns about the actions that a lenient pass leaves to do', () => {
    const decision = judge(
      contextWith({ files: { closedLoop: closedLoop(WARNED) }, wanted: { strictness: 'lenient' } }),
    )
    expect(decision.warnings).toEqual([{ kind: 'actions-required' }, { kind: 'report', text: '对账不一致' }])
    expect(decision.checks[1]?.wanted).toBe('PASS or PASS_WITH_ACTIONS')
  })

  it('bounds the sentences of the reports, and says each once', () => {
    const sentences = Array.from({ length: 30 }, (_, index) => `${index} ${'回'.repeat(1000)}`)
    const files = {
      runtimeAssess: runtimeAssess({ verdict: 'FAIL', fail_reasons: sentences }),
      closedLoop: closedLoop({ overall_status: 'FAIL', fail_reasons: sentences }),
    }
    const { reasons } = judge(contextWith({ files }))
    expect(reasons).toHaveLength(2 + 20 + 1)
    expect(reasons.at(-1)).toEqual({ kind: 'report-more', count: 10 })
    expect(reasons[2]).toEqual({ kind: 'report', text: `0 ${'回'.repeat(298)}…` })
  })
})

describe('judge with rules', () => {
  const report = runtimeAssess({
    metrics: { critical_count: 2, ws_degraded_count: 9, text: 'x', none: null },
  })
  const MET = 'runtime_assess.metrics.critical_count <= 2'
  const UNMET = 'runtime_assess.metrics.critical_count == 0'
  const WARNED = `warn: ${UNMET}`
  const ABSENT_PATH = 'runtime_assess.metrics.absent == 0'
  const AGAINST_BASELINE = 'runtime_assess.metrics.ws_degraded_count <= 1.5 * baseline'
  const BEFORE = baselineWith({ metrics: { ws_degraded_count: 6 } })
  const WORSE = baselineWith({ metrics: { ws_degraded_count: 5 } })

  const ruled = (rules: readonly string[], parts: Parts = {}) =>
    judge(contextWith({ ...parts, files: { runtimeAssess: report, ...parts.files }, rules }))

  it.each<[rules: readonly string[], parts: Parts, kind: GateDecision['kind']]>([
    [[], {}, 'pass'],
    [[MET], {}, 'pass'],
    [[MET, UNMET], {}, 'fail'],
    [[WARNED], {}, 'pass'],
    [[ABSENT_PATH], {}, 'error'],
    [[`warn: ${ABSENT_PATH}`], {}, 'error'],
    [[`${ABSENT_PATH} missing: fail`], {}, 'fail'],
    [[`${ABSENT_PATH} missing: warn`], {}, 'pass'],
    [[`${ABSENT_PATH} missing: ignore`], {}, 'pass'],
    [['runtime_assess.metrics.text != 0'], {}, 'error'],
    [['runtime_assess.metrics.none != 0'], {}, 'error'],
    [['runtime_assess.metrics != 0'], {}, 'error'],
    [['runtime_assess.warn_reasons != 0'], {}, 'error'],
    [['runtime_assess.metrics.critical_count != 1 / 0'], {}, 'error'],
    // Measured bad is said before what could not be measured.
    [[ABSENT_PATH, UNMET, MET], {}, 'fail'],
    [[ABSENT_PATH, WARNED, MET], {}, 'error'],
    [[AGAINST_BASELINE], {}, 'pass'],
    [[AGAINST_BASELINE], { baseline: BEFORE }, 'pass'],
    [[AGAINST_BASELINE], { baseline: WORSE }, 'fail'],
    [[`warn: ${AGAINST_BASELINE}`], { baseline: WORSE }, 'pass'],
    [[`${AGAINST_BASELINE} missing: fail`], { baseline: baselineWith({}) }, 'pass'],
  ])('%j', (rules, parts, kind) => {
    for (const strictness of ['strict', 'lenient'] as const) {
      const decision = ruled(rules, { ...parts, wanted: { strictness } })
      expect(decision.kind).toBe(kind)
      // The table itself passes.
      expect(decision.checks.every(({ ok }) => ok)).toBe(true)
      expect(decision.rules).toHaveLength(rules.length)
      expect(decision.reasons.length > 0).toBe(kind !== 'pass')
    }
  })

  it.each<[name: string, parts: Parts, kind: GateDecision['kind']]>([
    ['a FAIL', { files: { runtimeAssess: FAILING } }, 'fail'],
    ['an error', { files: { closedLoop: ABSENT } }, 'error'],
    ['short evidence', { counts: { gateCheck: 0 } }, 'inconclusive'],
    [
      'PASS_WITH_ACTIONS',
      { files: { closedLoop: closedLoop({ overall_status: 'PASS_WITH_ACTIONS' }) } },
      'fail',
    ],
  ])('do not change %s, but are shown', (_name, parts, kind) => {
    for (const rules of [[], [MET], [UNMET], [ABSENT_PATH]]) {
      const decision = ruled(rules, parts)
      expect({ kind: decision.kind, reasons: decision.reasons }).toEqual({
        kind,
        reasons: ruled([], parts).reasons,
      })
      expect(decision.rules).toHaveLength(rules.length)
      expect(decision.checks.every(({ ok }) => ok)).toBe(false)
    }
  })

  it('look into nothing that is not of this run', () => {
    const [result] = ruled([MET], { files: { runtimeAssess: STALE } }).rules
    expect(result).toMatchObject({
      measure: { kind: 'not-measured', flaw: { kind: 'report-unusable', shown: 'of another run' } },
    })
  })

  it('say what is not met, then what could not be measured; warnings go with a pass', () => {
    const rules = [ABSENT_PATH, WARNED, AGAINST_BASELINE, `${ABSENT_PATH} missing: fail`]
    expect(ruled(rules, { baseline: WORSE }).reasons).toEqual([
      { kind: 'rule-unmet', rule: ruleOf(AGAINST_BASELINE), got: 9, limit: 7.5 },
      { kind: 'rule-unmeasured', rule: ruleOf(`${ABSENT_PATH} missing: fail`), flaw: { kind: 'absent' } },
      { kind: 'rule-unmeasured', rule: ruleOf(ABSENT_PATH), flaw: { kind: 'absent' } },
    ])
    const lenient = ruled(
      [WARNED, AGAINST_BASELINE, `${ABSENT_PATH} missing: warn`, `${ABSENT_PATH} missing: ignore`],
      {
        files: {
          closedLoop: closedLoop({ overall_status: 'PASS_WITH_ACTIONS', warn_reasons: ['对账不一致'] }),
        },
        wanted: { strictness: 'lenient' },
      },
    )
    expect(lenient).toMatchObject({ kind: 'pass', reasons: [] })
    expect(lenient.warnings).toEqual([
      { kind: 'rule-unmet', rule: ruleOf(WARNED), got: 2, limit: 0 },
      { kind: 'rule-unmeasured', rule: ruleOf(`${ABSENT_PATH} missing: warn`), flaw: { kind: 'absent' } },
      { kind: 'actions-required' },
      { kind: 'report', text: '对账不一致' },
    ])
  })
})
