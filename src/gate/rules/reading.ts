import type { Flaw, Path, Reading, RuledReports } from '../../model/rule.ts'
import { isHidden } from '../reports/not-json.ts'

/** The number at `path`. Only what the JSON itself has counts: no list has keys, and no object its prototype's. */
export function readNumber(reports: RuledReports, { report, keys }: Path): Reading {
  const source = reports[report]
  if (source.kind === 'hidden') return none({ kind: 'hidden' })
  if (source.kind === 'unusable') return none({ kind: 'report-unusable', shown: source.shown })
  let value = source.report
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return none({ kind: 'absent' })
    value = value[key]
  }
  return readingOf(value)
}

function readingOf(value: unknown): Reading {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? { kind: 'number', value } : none({ kind: 'not-finite' })
    case 'string':
      if (isHidden(value)) return none({ kind: 'hidden' })
      return none({ kind: 'not-a-number', type: 'text' })
    case 'boolean':
      return none({ kind: 'not-a-number', type: 'boolean' })
    default: {
      if (value === null) return none({ kind: 'not-a-number', type: 'null' })
      return none({ kind: 'not-a-number', type: Array.isArray(value) ? 'list' : 'object' })
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function none(flaw: Flaw): Reading {
  return { kind: 'none', flaw }
}
