import { isHidden } from '../../gate/reports/not-json.ts'
import { type ParsedReport, parseClosedLoopReport, parseRuntimeAssess } from '../../gate/reports/reports.ts'
import type { ReportFile } from '../../model/assessment.ts'
import type { Baseline, RuledReport } from '../../model/rule.ts'
import { deliveredFiles } from '../protocol/delivered-file.ts'
import { fieldsOf, type Reply } from '../protocol/facts.ts'
import { filesOf } from './assessment-result.ts'

/** Of rules that compare with no baseline. */
export const NOT_ASKED: Baseline = { kind: 'not-asked' }

/**
 * What the answer of the `baseline` verb (phases/baseline.sh) says: the files as they were delivered to the deployment that
 * was confirmed, so that the same ones are taken for its run's as then. Whatever is wrong with it is no baseline.
 */
export function baselineOf({ code, facts, text }: Pick<Reply, 'code' | 'facts' | 'text'>): Baseline {
  if (code !== 0) return { kind: 'unreadable', detail: text.join(' ') }
  const [kept] = fieldsOf(facts, 'baseline')
  if (!kept) return { kind: 'none' }
  const [transaction = '', runId = ''] = kept
  const files = filesOf({ kind: 'proven', runId }, deliveredFiles(facts))
  return {
    kind: 'kept',
    transaction,
    runId,
    reports: {
      runtime_assess: readable(files.runtimeAssess, parseRuntimeAssess),
      closed_loop_report: readable(files.closedLoop, parseClosedLoopReport),
    },
  }
}

function readable<Report>(file: ReportFile, parse: (text: string) => ParsedReport<Report>): RuledReport {
  if (file.kind === 'absent') return { kind: 'unusable', shown: 'missing' }
  if (file.kind !== 'found') return { kind: 'unusable', shown: `${file.kind} (${file.detail})` }
  const parsed = parse(file.text)
  if (parsed.kind === 'invalid' && isHidden(file.text)) return { kind: 'hidden' }
  return parsed.kind === 'valid'
    ? { kind: 'readable', report: parsed.report }
    : { kind: 'unusable', shown: `invalid (${parsed.detail})` }
}
