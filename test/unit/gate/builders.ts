import { parseRule } from '../../../src/config/parse-rule.ts'
import { wantedEvidence } from '../../../src/gate/evidence/needed.ts'
import type { GateContext } from '../../../src/gate/judge.ts'
import type { Assessment, ReportFile, WantedEvidence } from '../../../src/model/assessment.ts'
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

export interface Asked {
  readonly minRuntimeStatus: number
  readonly evidence: readonly WantedEvidence[]
}

/** How many lines of each kind the log has. */
export interface Counts {
  readonly runtimeStatus: number
  readonly gateCheck: number
  readonly selfEvolution: number
}

export const COMMIT = '5f0c2a9e1b7d4c3f8a6e5d4c3b2a190817263544'

export interface Parts {
  readonly assessment?: Partial<Omit<Assessment, 'files'>>
  readonly files?: Partial<Assessment['files']>
  readonly wanted?: Partial<GateContext['wanted'] & Asked>
  readonly counts?: Partial<Counts>
  /** As they stand in the input, one a line. */
  readonly rules?: readonly string[]
  readonly baseline?: Baseline
}

/** A passing S3 assessment, but for the parts given. */
export function contextWith(parts: Parts = {}): GateContext {
  const { minRuntimeStatus = 10, evidence, ...given } = parts.wanted ?? {}
  const wanted = {
    stage: 'S3',
    action: 'assess',
    strictness: 'strict',
    gateOn: 'both',
    commit: COMMIT,
    ...given,
  } as const
  const asked = wantedEvidence({
    stage: wanted.stage,
    minRuntimeStatus,
    ...(evidence === undefined ? {} : { evidence }),
  })
  const counts = { runtimeStatus: 12, gateCheck: 1, selfEvolution: 0, ...parts.counts }
  const countOf: Readonly<Record<string, number>> = {
    RUNTIME_STATUS: counts.runtimeStatus,
    GATE_CHECK: counts.gateCheck,
    SELF_EVOLUTION: counts.selfEvolution,
  }
  return {
    assessment: {
      end: { kind: 'exited', code: 0 },
      identity: { kind: 'proven', runId: RUN_ID },
      extras: [],
      ...parts.assessment,
      files: {
        runtimeAssess: runtimeAssess(),
        closedLoop: closedLoop(),
        runMeta: runMeta(),
        ...parts.files,
      },
    },
    wanted,
    evidence: { wanted: asked, counts: asked.map(({ text }) => countOf[text] ?? 0) },
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
