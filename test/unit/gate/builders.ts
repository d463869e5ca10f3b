import { parseRule } from '../../../src/config/parse-rule.ts'
import type { GateContext } from '../../../src/gate/judge.ts'
import type { Assessment, ReportFile } from '../../../src/model/assessment.ts'
import type { Baseline, Rule } from '../../../src/model/rule.ts'

export const RUN_ID = '20260214T151200Z'

type Json = Readonly<Record<string, unknown>>

export function found(report: Json): ReportFile {
  return { kind: 'found', text: JSON.stringify(report), from: 'run-directory' }
}

export function runtimeAssess(part: Json = {}): ReportFile {
  return found({ stage: 'S3', verdict: 'PASS', metrics: {}, fail_reasons: [], warn_reasons: [], ...part })
}

export function closedLoop(part: Json = {}): ReportFile {
  return found({
    pipeline_name: 'ai-trade-closed-loop',
    overall_status: 'PASS',
    sections: { runtime: { status: 'pass', stage: 'S3' } },
    fail_reasons: [],
    warn_reasons: [],
    ...part,
  })
}

export function runMeta(part: Json = {}): ReportFile {
  return found({ run_id: RUN_ID, action: 'assess', stage: 'S3', ...part })
}

export const ABSENT: ReportFile = { kind: 'absent' }
export const STALE: ReportFile = { kind: 'stale', detail: 'it names run 20260101T000000Z' }
export const UNREADABLE: ReportFile = { kind: 'unreadable', detail: 'permission denied' }

export interface Parts {
  readonly assessment?: Partial<Omit<Assessment, 'files'>>
  readonly files?: Partial<Assessment['files']>
  readonly wanted?: Partial<GateContext['wanted']>
  readonly counts?: Partial<GateContext['evidence']['counts']>
  /** As they stand in the input, one a line. */
  readonly rules?: readonly string[]
  readonly baseline?: Baseline
}

/** A passing S3 assessment, but for the parts given. */
export function contextWith(parts: Parts = {}): GateContext {
  return {
    assessment: {
      end: { kind: 'exited', code: 0 },
      identity: { kind: 'proven', runId: RUN_ID },
      ...parts.assessment,
      files: {
        runtimeAssess: runtimeAssess(),
        closedLoop: closedLoop(),
        runMeta: runMeta(),
        ...parts.files,
      },
    },
    wanted: { stage: 'S3', action: 'assess', strictness: 'strict', minRuntimeStatus: 10, ...parts.wanted },
    evidence: { counts: { runtimeStatus: 12, gateCheck: 1, selfEvolution: 0, ...parts.counts } },
    rules: (parts.rules ?? []).map(ruleOf),
    baseline: parts.baseline ?? { kind: 'none' },
  }
}

/** A rule that must be right. */
export function ruleOf(text: string): Rule {
  const parsed = parseRule(text)
  if (parsed.kind === 'mistake') throw new Error(`${text}: ${parsed.expected} at ${parsed.at}`)
  return parsed.rule
}

/** The reports of the deployment before, as far as rules look into them. */
export function baselineWith(runtimeAssess: unknown, closedLoop: unknown = {}): Baseline {
  return {
    kind: 'kept',
    transaction: 'before',
    runId: '20260101T000000Z',
    reports: {
      runtime_assess: { kind: 'readable', report: runtimeAssess },
      closed_loop_report: { kind: 'readable', report: closedLoop },
    },
  }
}
