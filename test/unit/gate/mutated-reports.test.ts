import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type GateContext, judge } from '../../../src/gate/judge.ts'
import type { ReportFile } from '../../../src/model/assessment.ts'
import { times } from '../../support/jest/tiers.ts'
import { type Mutated, mutatedContexts } from './mutated-reports.ts'

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
function mayConfirm(mutated: Mutated): boolean {
  return mutated.context.wanted.gateOn === 'both' ? mayConfirmBoth(mutated) : mayConfirmVerdict(mutated)
}

/** The same where the verdict alone decides: nothing that is said of anything may be of something else. */
function mayConfirmVerdict(mutated: Mutated): boolean {
  const { assessment, wanted } = mutated.context
  const { end, identity, files } = assessment
  const { runtime, meta } = saidBy(assessment)
  const good: readonly unknown[] = wanted.strictness === 'strict' ? ['PASS'] : ['PASS', 'PASS_WITH_ACTIONS']
  const endedWell = end.kind === 'exited' && end.code === 0
  const own = files.runtimeAssess.kind === 'found' && files.runtimeAssess.from === 'run-directory'
  const isMeta = files.runMeta.kind === 'found'
  return (
    identity.kind === 'proven' &&
    (endedWell || identity.by === undefined) &&
    runtime.stage === wanted.stage &&
    good.includes(runtime.verdict) &&
    [identity.runId, undefined, null].includes(runtime.run_id as string) &&
    (isMeta
      ? meta.run_id === identity.runId && meta.action === wanted.action && meta.stage === wanted.stage
      : !endedWell && own) &&
    isSummaryFine(mutated) &&
    isEnough(mutated)
  )
}

/** A summary that is none by its shape says nothing, and only its status would have counted. */
function isSummaryFine({ context }: Mutated): boolean {
  const { assessment, wanted } = context
  const { runtime, closedLoop, section } = saidBy(assessment)
  const { identity, files } = assessment
  if (!isSummary(files.closedLoop, closedLoop, section)) return true
  const isOr = (value: unknown, ...right: readonly unknown[]) => [...right, undefined, null].includes(value)
  return (
    isOr(section.stage, wanted.stage) &&
    isOr(section.verdict, runtime.verdict) &&
    isOr(closedLoop.run_id, identity.kind === 'proven' ? identity.runId : '')
  )
}

function isSummary(
  file: ReportFile,
  closedLoop: Record<string, unknown>,
  section: Record<string, unknown>,
): boolean {
  const isObject = (value: unknown) =>
    value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value))
  const isText = (value: unknown) => value === undefined || value === null || typeof value === 'string'
  return (
    /^[\w.-]{1,64}$/u.test(typeof closedLoop.overall_status === 'string' ? closedLoop.overall_status : '') &&
    [closedLoop, closedLoop.sections, membersOf(closedLoop.sections).runtime].every(isObject) &&
    [section.stage, section.verdict].every(isText) &&
    saysOnce(file)
  )
}

/** Whether no object has a key twice: as many keys are written as are read. */
function saysOnce(file: ReportFile): boolean {
  if (file.kind !== 'found') return false
  let read = 0
  JSON.parse(file.text, function (this: unknown, key, value) {
    if (key !== '' && !Array.isArray(this)) read += 1
    return value
  })
  return (file.text.match(/"(?:[^"\\]|\\.)*"\s*:/gsu) ?? []).length === read
}

function mayConfirmBoth(mutated: Mutated): boolean {
  const { assessment, wanted } = mutated.context
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
    [runtime.run_id, closedLoop.run_id].every((id) => [meta.run_id, undefined, null].includes(id)) &&
    isEnough(mutated)
  )
}

/** What the meta file may say of a conclusion: what it is; or nothing, of a file that nobody else writes. */
function mayBeMissing(file: ReportFile, conclusion: unknown): readonly unknown[] {
  return file.kind === 'found' && file.from === 'latest' ? [conclusion] : [conclusion, undefined, null]
}

function isEnough({ context, counts, minRuntimeStatus }: Mutated): boolean {
  return (
    counts.runtimeStatus >= Math.max(1, minRuntimeStatus) &&
    counts.gateCheck >= 1 &&
    (context.wanted.stage === 'S3' || counts.selfEvolution >= 1)
  )
}

/** What may be called measured bad: a FAIL of this run, or actions where none are accepted. */
function mayBlame(mutated: Mutated): boolean {
  const { assessment, wanted } = mutated.context
  const { runtime, closedLoop } = saidBy(assessment)
  const conclusions: readonly unknown[] =
    wanted.gateOn === 'both' ? [runtime.verdict, closedLoop.overall_status] : [runtime.verdict]
  const isBad =
    conclusions.includes('FAIL') ||
    (wanted.strictness === 'strict' && conclusions.includes('PASS_WITH_ACTIONS'))
  return assessment.identity.kind === 'proven' && isBad && isEnough(mutated)
}

describe('judge, over reports that were damaged, forged or mixed up,', () => {
  it(`confirms only what a plain reading of the table confirms, and blames only what it may: ${RUNS} times`, () => {
    const seen = { pass: 0, fail: 0, inconclusive: 0, error: 0 }
    let refused = 0
    fc.assert(
      fc.property(mutatedContexts, (mutated) => {
        const { kind } = judge(mutated.context)
        seen[kind] += 1
        const may = mayConfirm(mutated)
        if (may && kind !== 'pass') refused += 1
        // Not by `expect`, which is slower than all the rest.
        return (kind !== 'pass' || may) && (kind !== 'fail' || mayBlame(mutated))
      }),
      { numRuns: RUNS },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100)
    // What the gate refuses beyond the table are reports of another shape; a gate that refuses all would prove nothing.
    expect(refused).toBeLessThan(seen.pass / 5)
  }, 120_000)
})
