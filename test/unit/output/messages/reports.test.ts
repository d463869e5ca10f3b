import { describe, expect, it } from '@jest/globals'
import { judge } from '../../../../src/gate/judge.ts'
import { describeReports } from '../../../../src/output/messages/reports.ts'
import {
  ABSENT,
  closedLoop,
  contextWith,
  type Parts,
  runMeta,
  runtimeAssess,
  STALE,
  UNREADABLE,
} from '../../gate/builders.ts'

/** The lines of the reports, for an assessment that the gate judged. */
function linesOf(parts: Parts): readonly string[] {
  const context = contextWith(parts)
  const text = describeReports(context.assessment.files, { kind: 'enforced', decision: judge(context) })
  return text.slice(0, text.indexOf('\n\n')).split('\n')
}

const TORN = { kind: 'found', text: '{"over', from: 'latest' } as const

describe('describeReports', () => {
  it('says of each why it was accepted', () => {
    const fromLatest = {
      ...TORN,
      text: JSON.stringify({ run_id: '20260214T151200Z', action: 'assess', stage: 'S3' }),
    }
    expect(linesOf({ files: { runMeta: fromLatest } })).toEqual([
      'latest_runtime_assess.json: accepted, from the directory of this run.',
      'latest_closed_loop_report.json: accepted, from the directory of this run.',
      'latest_run_meta.json: accepted, from the latest_* files, which this run wrote.',
    ])
  })

  it('says of each that was not there for this run why it was not accepted', () => {
    expect(linesOf({ files: { runtimeAssess: ABSENT, closedLoop: STALE, runMeta: UNREADABLE } })).toEqual([
      'latest_runtime_assess.json: not accepted: the runner did not write it.',
      'latest_closed_loop_report.json: not accepted: the file on the host is of another run: it names run 20260101T000000Z.',
      'latest_run_meta.json: not accepted: it could not be read: permission denied.',
    ])
  })

  it('says of one of which nobody knows whose it is that it cannot be tied to this run', () => {
    const closedLoop = { kind: 'unproven', because: 'run', detail: 'no run directory is known' } as const
    expect(linesOf({ files: { closedLoop } })[1]).toBe(
      'latest_closed_loop_report.json: not accepted: the file on the host is not proven to be of this run: no run directory is known.',
    )
  })

  it('calls nothing accepted that the gate did not judge, also where something else decided', () => {
    const files = {
      runtimeAssess: runtimeAssess({ verdict: 'FAIL' }),
      closedLoop: TORN,
      runMeta: runMeta({ action: 'full' }),
    }
    const [first, second, third] = linesOf({ files })
    expect(first).toBe('latest_runtime_assess.json: accepted, from the directory of this run.')
    expect(second).toMatch(
      /^latest_closed_loop_report.json: found from the latest_\* files, .* and not accepted: .*not a valid report/,
    )
    expect(third).toMatch(
      /: found from the directory of this run, and not accepted: .*action is "full", expected "assess"/,
    )
  })

  it('names a report that contradicts the others', () => {
    const [, second] = linesOf({
      files: { closedLoop: closedLoop({ sections: { runtime: { stage: 'S3', verdict: 'FAIL' } } }) },
    })
    expect(second).toMatch(/not accepted: .*sections.runtime.verdict is "FAIL", expected "PASS"/)
  })

  it('says of a post step that it collects none', () => {
    expect(describeReports(undefined, { kind: 'elsewhere' })).toContain('collects no reports')
  })
})
