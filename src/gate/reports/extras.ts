import type { ExtraReport } from '../../model/assessment.ts'
import { type RuledReport, reportNameOf } from '../../model/rule.ts'
import { isHidden, whyNotJson } from './not-json.ts'
import { repeatedKey } from './repeated-key.ts'

/** The JSON files among the extra reports, by the names that rules have for them. */
export function ruledExtras(extras: readonly ExtraReport[]): Readonly<Record<string, RuledReport>> {
  return Object.fromEntries(
    extras.flatMap(({ name, file }) => {
      const ruled = reportNameOf(name)
      if (ruled === undefined) return []
      const shown =
        file.kind === 'found' ? '' : file.kind === 'absent' ? 'missing' : `not accepted (${file.detail})`
      return [[ruled, file.kind === 'found' ? readJson(file.text) : { kind: 'unusable', shown }]] as const
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
