import type { ExtraReport } from '../../model/assessment.ts'
import { type RuledReport, reportNameOf } from '../../model/rule.ts'
import { isHidden, whyNotJson } from './not-json.ts'
import { repeatedKey } from './repeated-key.ts'

/** The JSON files among the extra reports of this run, by the names that rules have for them. One of another run is none. */
export function ruledExtras(
  extras: readonly ExtraReport[],
  runId: string,
): Readonly<Record<string, RuledReport>> {
  return Object.fromEntries(
    extras.flatMap(({ name, file }) => {
      const ruled = reportNameOf(name)
      if (ruled === undefined) return []
      const shown =
        file.kind === 'found' ? '' : file.kind === 'absent' ? 'missing' : `not accepted (${file.detail})`
      return [
        [ruled, file.kind === 'found' ? ofRun(readJson(file.text), runId) : { kind: 'unusable', shown }],
      ] as const
    }),
  )
}

function readJson(text: string): RuledReport {
  try {
    const report: unknown = JSON.parse(text)
    return repeatedKey(text) === undefined
      ? { kind: 'readable', report }
      : { kind: 'unusable', shown: 'invalid (one object has a key twice)' }
  } catch {
    return isHidden(text) ? { kind: 'hidden' } : { kind: 'unusable', shown: `invalid (${whyNotJson(text)})` }
  }
}

/** Not one that names another run: a runner may copy files of an earlier one. */
function ofRun(read: RuledReport, runId: string): RuledReport {
  if (read.kind !== 'readable' || typeof read.report !== 'object' || read.report === null) return read
  const named = 'run_id' in read.report ? read.report.run_id : undefined
  return typeof named === 'string' && named !== runId && !isHidden(named)
    ? { kind: 'unusable', shown: 'of another run' }
    : read
}
