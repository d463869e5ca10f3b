import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type GateContext, judge } from '../../../src/gate/judge.ts'
import type { ReportFile } from '../../../src/model/assessment.ts'
import { times } from '../../support/jest/tiers.ts'
import { mutatedContexts } from './mutated-reports.ts'

const RUNS = times({ short: 2_000, all: 100_000 })

/** What a report says, read as plainly as can be: of two members of one name the last, and nothing of what is no JSON. */
function said(file: ReportFile): Record<string, unknown> {
  try {
    return membersOf(file.kind === 'found' ? JSON.parse(file.text) : undefined)
  } catch {
    return {}
  }
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function saidBy({ files }: GateContext['assessment']) {
  const closedLoop = said(files.closedLoop)
  return {
    runtime: said(files.runtimeAssess),
    closedLoop,
    section: membersOf(membersOf(closedLoop.sections).runtime),
    meta: said(files.runMeta),
  }
}

/** The gate table: the last two rows and what has to be so before they are reached; nothing of the gate's code. */
function mayConfirm({ assessment, wanted, evidence }: GateContext): boolean {
  const { runtime, closedLoop, section, meta } = saidBy(assessment)
  const good: readonly unknown[] = wanted.strictness === 'strict' ? ['PASS'] : ['PASS', 'PASS_WITH_ACTIONS']
  const stage: readonly unknown[] = [wanted.stage]
  return (
    assessment.end.kind === 'exited' &&
    assessment.end.code === 0 &&
    assessment.identity.kind === 'proven' &&
    meta.run_id === assessment.identity.runId &&
    meta.action === wanted.action &&
    stage.includes(meta.stage) &&
    stage.includes(runtime.stage) &&
    [...stage, undefined, null].includes(section.stage) &&
    good.includes(runtime.verdict) &&
    good.includes(closedLoop.overall_status) &&
    [runtime.verdict, undefined, null].includes(section.verdict) &&
    mayBeMissing(assessment.files.runtimeAssess, runtime.verdict).includes(meta.runtime_verdict) &&
    mayBeMissing(assessment.files.closedLoop, closedLoop.overall_status).includes(meta.overall_status) &&
    isEnough(wanted, evidence.counts)
  )
}

/** What the meta file may say of a conclusion: what it is; or nothing, of a file that nobody else writes. */
function mayBeMissing(file: ReportFile, conclusion: unknown): readonly unknown[] {
  return file.kind === 'found' && file.from === 'latest' ? [conclusion] : [conclusion, undefined, null]
}

function isEnough(wanted: GateContext['wanted'], counts: GateContext['evidence']['counts']): boolean {
  return (
    counts.runtimeStatus >= Math.max(1, wanted.minRuntimeStatus) &&
    counts.gateCheck >= 1 &&
    (wanted.stage === 'S3' || counts.selfEvolution >= 1)
  )
}

/** What may be called measured bad: a FAIL of this run, or actions where none are accepted. */
function mayBlame({ assessment, wanted, evidence }: GateContext): boolean {
  const { runtime, closedLoop } = saidBy(assessment)
  const conclusions: readonly unknown[] = [runtime.verdict, closedLoop.overall_status]
  const isBad =
    conclusions.includes('FAIL') ||
    (wanted.strictness === 'strict' && conclusions.includes('PASS_WITH_ACTIONS'))
  return assessment.identity.kind === 'proven' && isBad && isEnough(wanted, evidence.counts)
}

describe('judge, over reports that were damaged, forged or mixed up,', () => {
  it(`confirms only what a plain reading of the table confirms, and blames only what it may: ${RUNS} times`, () => {
    const seen = { pass: 0, fail: 0, inconclusive: 0, error: 0 }
    let refused = 0
    fc.assert(
      fc.property(mutatedContexts, (context) => {
        const { kind } = judge(context)
        seen[kind] += 1
        const may = mayConfirm(context)
        if (may && kind !== 'pass') refused += 1
        // Not by `expect`, which is slower than all the rest.
        return (kind !== 'pass' || may) && (kind !== 'fail' || mayBlame(context))
      }),
      { numRuns: RUNS },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100)
    // What the gate refuses beyond the table are reports of another shape; a gate that refuses all would prove nothing.
    expect(refused).toBeLessThan(seen.pass / 5)
  }, 120_000)
})
