import { isHidden } from '../reports/not-json.ts'
import type { Path, ReportName } from './rule.ts'

/** A report that a rule can look into, or what was there instead in a few words. */
export type RuledReport =
  | { readonly kind: 'readable'; readonly report: unknown }
  | { readonly kind: 'unusable'; readonly shown: string }
  /** It cannot be read because a value of the env file in it is hidden. */
  | { readonly kind: 'hidden' }

export type RuledReports = Readonly<Record<ReportName, RuledReport>>

/** A finite number of a report, or what stands there instead. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'none'; readonly flaw: Flaw }

export type Flaw =
  | { readonly kind: 'report-unusable'; readonly shown: string }
  | { readonly kind: 'absent' }
  /** The number, or so much that nobody can tell where it is, is a value of the env file. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'not-a-number'; readonly type: 'null' | 'text' | 'boolean' | 'list' | 'object' }
  /** A number in the report that is too large to be one here, as 1e999. */
  | { readonly kind: 'not-finite' }

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
