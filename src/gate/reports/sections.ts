import type { GateSection } from '../../model/gate-decision.ts'
import type { BoundReport } from './binding.ts'
import type { RecordedReport } from './reports.ts'

const MOST_SECTIONS = 20
const MOST_CHARACTERS = 60

/** The sections of the report and their states, for people: whatever words a runner has for them. */
export function sectionsOf(closedLoop: BoundReport<RecordedReport>): readonly GateSection[] {
  if (closedLoop.kind !== 'bound') return []
  return Object.entries(closedLoop.report.sections ?? {})
    .slice(0, MOST_SECTIONS)
    .map(([name, section]) => ({ name: shorten(name), state: shorten(stateOf(section)) }))
}

function stateOf(section: unknown): string {
  if (typeof section === 'string') return section
  if (typeof section !== 'object' || section === null || !('status' in section)) return ''
  return typeof section.status === 'string' ? section.status : (JSON.stringify(section.status) ?? '')
}

function shorten(text: string): string {
  return text.slice(0, MOST_CHARACTERS)
}
