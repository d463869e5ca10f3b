import { describe, expect, it } from '@jest/globals'
import { judge } from '../../../src/gate/judge.ts'
import type { ReportFile, RunIdentity, RunnerEnd } from '../../../src/model/assessment.ts'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import { ABSENT, closedLoop, contextWith, found, RUN_ID, runMeta, runtimeAssess } from './builders.ts'

/**
 * The whole table of the gate: every combination of what can be so, in both modes, strict and not. What has to come of it is
 * said again below, by the names of the facts alone.
 */
const ENDS = {
  well: { kind: 'exited', code: 0 },
  'with 1': { kind: 'exited', code: 1 },
  'by a signal': { kind: 'signalled', signal: 9 },
  'at its deadline': { kind: 'deadline', seconds: 60 },
} as const satisfies Record<string, RunnerEnd>

const RUNS = {
  named: { kind: 'proven', runId: RUN_ID },
  'the only one': { kind: 'proven', runId: RUN_ID, by: 'being-the-only-one' },
  none: { kind: 'none' },
  several: { kind: 'ambiguous', runIds: [RUN_ID, 'other'] },
} as const satisfies Record<string, RunIdentity>

const RUNTIME = {
  PASS: runtimeAssess({ run_id: RUN_ID }),
  PASS_WITH_ACTIONS: runtimeAssess({ verdict: 'PASS_WITH_ACTIONS' }),
  FAIL: runtimeAssess({ verdict: 'FAIL' }),
  'unknown word': runtimeAssess({ verdict: 'NOT_EVALUATED' }),
  'other stage': runtimeAssess({ stage: 'S5' }),
  'other run': runtimeAssess({ run_id: 'older' }),
  'FAIL of another run': runtimeAssess({ verdict: 'FAIL', run_id: 'older' }),
  missing: ABSENT,
  'no JSON': { kind: 'found', text: '{"verdict":"PASS', from: 'run-directory' },
} as const satisfies Record<string, ReportFile>

const SUMMARY = {
  PASS: closedLoop({ run_id: RUN_ID, sections: { runtime: { status: 'COMPLETE' }, miner: 'NOT_READY' } }),
  PASS_WITH_ACTIONS: closedLoop({ overall_status: 'PASS_WITH_ACTIONS' }),
  FAIL: closedLoop({ overall_status: 'FAIL' }),
  'unknown word': closedLoop({ overall_status: 'NOT_READY' }),
  'other stage': closedLoop({ sections: { runtime: { stage: 'S5' } } }),
  'other run': closedLoop({ run_id: 'older' }),
  'other verdict': closedLoop({ sections: { runtime: { verdict: 'UNVERIFIABLE' } } }),
  missing: ABSENT,
  'no JSON': { kind: 'found', text: '', from: 'run-directory' },
} as const satisfies Record<string, ReportFile>

const META = {
  right: runMeta(),
  missing: ABSENT,
  'other run': runMeta({ run_id: 'older' }),
  'other stage': runMeta({ stage: 'S5' }),
  'other action': runMeta({ action: 'full' }),
  'other verdict': runMeta({ runtime_verdict: 'NOT_READY' }),
  'other status': runMeta({ overall_status: 'NOT_READY' }),
  'no meta': found({ run_id: 7 }),
} as const satisfies Record<string, ReportFile>

interface Facts {
  readonly gateOn: 'both' | 'verdict'
  readonly strictness: 'strict' | 'lenient'
  readonly end: keyof typeof ENDS
  readonly run: keyof typeof RUNS
  readonly runtime: keyof typeof RUNTIME
  readonly summary: keyof typeof SUMMARY
  readonly meta: keyof typeof META
  readonly evidence: 'enough' | 'short'
}

const one = <Word extends string>(word: string, ...words: readonly Word[]) =>
  words.some((other) => other === word)

function meant(facts: Facts): GateDecision['kind'] {
  const { gateOn, strictness, end, run, runtime, summary, meta, evidence } = facts
  const isOfRun = one(run, 'named', 'the only one')
  const fails = isOfRun && (runtime === 'FAIL' || (gateOn === 'both' && summary === 'FAIL'))
  if (fails) return evidence === 'short' ? 'inconclusive' : 'fail'
  const isVerdict = isOfRun && one(runtime, 'PASS', 'PASS_WITH_ACTIONS')
  if (gateOn === 'both') {
    const isWhole = isVerdict && one(summary, 'PASS', 'PASS_WITH_ACTIONS') && meta === 'right'
    if (!isWhole || end !== 'well') return 'error'
  } else {
    // Of a runner that failed, only a directory that is known to be its own; it need not have come to its meta file.
    const isProven = isVerdict && (end === 'well' || run === 'named')
    const isContradicted =
      one(summary, 'other stage', 'other run', 'other verdict') ||
      one(meta, 'other run', 'other stage', 'other action', 'other verdict', 'no meta') ||
      (meta === 'missing' && end === 'well')
    if (!isProven || isContradicted) return 'error'
  }
  if (evidence === 'short') return 'inconclusive'
  const conclusions: readonly string[] = gateOn === 'both' ? [runtime, summary] : [runtime]
  return conclusions.includes('PASS_WITH_ACTIONS') && strictness === 'strict' ? 'fail' : 'pass'
}

function* everything(): Generator<Facts> {
  const keys = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[]
  for (const gateOn of ['both', 'verdict'] as const)
    for (const strictness of ['strict', 'lenient'] as const)
      for (const end of keys(ENDS))
        for (const run of keys(RUNS))
          for (const runtime of keys(RUNTIME))
            for (const summary of keys(SUMMARY))
              for (const meta of keys(META))
                for (const evidence of ['enough', 'short'] as const)
                  yield { gateOn, strictness, end, run, runtime, summary, meta, evidence }
}

describe('the table of the gate', () => {
  it('is kept in every combination of its facts', () => {
    const seen = { pass: 0, fail: 0, inconclusive: 0, error: 0 }
    const wrong: unknown[] = []
    for (const facts of everything()) {
      const { gateOn, strictness, end, run, runtime, summary, meta, evidence } = facts
      const decision = judge(
        contextWith({
          assessment: { end: ENDS[end], identity: RUNS[run] },
          files: { runtimeAssess: RUNTIME[runtime], closedLoop: SUMMARY[summary], runMeta: META[meta] },
          wanted: { gateOn, strictness },
          counts: { gateCheck: evidence === 'enough' ? 1 : 0 },
        }),
      )
      seen[decision.kind] += 1
      const isTold =
        decision.checks.every(({ ok }) => ok) === (decision.kind === 'pass') &&
        decision.reasons.length > 0 === (decision.kind !== 'pass')
      if (decision.kind !== meant(facts) || !isTold) wrong.push({ facts, got: decision.kind, isTold })
    }
    expect({ wrong: wrong.slice(0, 5), count: wrong.length }).toEqual({ wrong: [], count: 0 })
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  }, 120_000)

  it('shows the overall status and the end of the runner where the verdict alone decides', () => {
    const decision = judge(
      contextWith({
        assessment: { end: ENDS['with 1'] },
        files: { closedLoop: SUMMARY['unknown word'], runMeta: ABSENT },
        wanted: { gateOn: 'verdict' },
      }),
    )
    expect(decision).toMatchObject({ kind: 'pass', verdict: 'PASS', overallStatus: 'NOT_READY' })
    expect(decision.warnings).toEqual([
      { kind: 'runner-exit', code: 1 },
      { kind: 'status-recorded', got: 'NOT_READY' },
    ])
    expect(decision.checks).toEqual(
      expect.arrayContaining([
        {
          field: 'closed_loop_report.overall_status',
          wanted: 'for the record',
          got: 'NOT_READY',
          ok: true,
        },
        { field: 'runner', wanted: 'for the record', got: 'exit 1', ok: true },
      ]),
    )
  })

  it('keeps the sections of a report, whatever their states are', () => {
    const sections = {
      runtime: { status: 'COMPLETE', more: 1 },
      miner: 'NOT_READY',
      model: { status: 7 },
      x: null,
    }
    expect(judge(contextWith({ files: { closedLoop: closedLoop({ sections }) } }))).toMatchObject({
      kind: 'pass',
      sections: [
        { name: 'runtime', state: 'COMPLETE' },
        { name: 'miner', state: 'NOT_READY' },
        { name: 'model', state: '7' },
        { name: 'x', state: '' },
      ],
    })
  })

  it('wants a meta file that ties a verdict to the run which lies in latest_* alone, also of a runner that failed', () => {
    const text = JSON.stringify({ stage: 'S3', verdict: 'PASS' })
    const files = { runtimeAssess: { kind: 'found', text, from: 'latest' } } as const
    const wanted = { gateOn: 'verdict' } as const
    const assessment = { end: ENDS['with 1'] }
    const kindOf = (runMeta: ReportFile) =>
      judge(contextWith({ assessment, wanted, files: { ...files, runMeta } })).kind
    expect([kindOf(ABSENT), kindOf(runMeta()), kindOf(runMeta({ runtime_verdict: 'PASS' }))]).toEqual([
      ...['error', 'error', 'pass'],
    ])
  })
})
