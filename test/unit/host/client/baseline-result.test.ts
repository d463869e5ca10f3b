import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { baselineOf } from '../../../../src/host/client/baseline-result.ts'
import { parseReply } from '../../../../src/host/protocol/facts.ts'

const RUN = '20260101T000000Z'

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const file = (kind: string, from: string, content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return [`fact\treport\t${kind}\t${from}\tnew\t${text.length}`, `fact\tbase64\t${base64(text)}`]
}
const KEPT = `fact\tbaseline\tabc\t${RUN}`
const META = { run_id: RUN, action: 'assess', stage: 'S3' }
const runtimeAssess = (x: unknown) => ({ stage: 'S3', verdict: 'PASS', metrics: { x } })
const closedLoop = (x: unknown) => ({ overall_status: 'PASS', account_outcome: { x } })

const read = (...lines: readonly string[]) => baselineOf(parseReply(0, lines))

describe('baselineOf', () => {
  it('is what the host kept of the run directory', () => {
    const baseline = read(
      KEPT,
      ...file('closedLoop', 'run', closedLoop(1)),
      ...file('runtimeAssess', 'run', runtimeAssess(2)),
      ...file('runtimeAssess', 'latest', runtimeAssess(3)),
      ...file('runMeta', 'latest', META),
    )
    expect(baseline).toMatchObject({
      kind: 'kept',
      transaction: 'abc',
      runId: RUN,
      reports: {
        closed_loop_report: { kind: 'readable', report: { account_outcome: { x: 1 } } },
        runtime_assess: { kind: 'readable', report: { metrics: { x: 2 } } },
      },
    })
  })

  it('is what was in latest_*, where the meta file beside it named the run', () => {
    const latest = [
      ...file('closedLoop', 'latest', closedLoop(1)),
      ...file('runtimeAssess', 'latest', runtimeAssess(2)),
    ]
    const reports = { runtime_assess: { kind: 'readable' }, closed_loop_report: { kind: 'readable' } }
    expect(read(KEPT, ...latest, ...file('runMeta', 'latest', META))).toMatchObject({ reports })
    const foreign = { ...META, run_id: 'other' }
    const stale = {
      kind: 'unusable',
      shown: expect.stringContaining('stale (latest_run_meta.json names run other'),
    }
    expect(read(KEPT, ...latest, ...file('runMeta', 'latest', foreign))).toMatchObject({
      reports: { runtime_assess: stale, closed_loop_report: stale },
    })
  })

  it('is none where no deployment left reports', () => {
    expect(read()).toEqual({ kind: 'none' })
  })

  it('is unreadable where the host could not give it', () => {
    expect(baselineOf(parseReply(1, ['text\tno space left', 'text\ton device']))).toEqual({
      kind: 'unreadable',
      detail: 'no space left on device',
    })
  })

  it.each([
    ['cut off', '{"stage":"S3","verdict":"PA', 'invalid (expected JSON'],
    ['empty', '', 'invalid (expected a JSON object, got an empty file)'],
    ['of an unknown verdict', { stage: 'S3', verdict: 'GOOD' }, 'invalid (verdict'],
  ])('has no report that is %s', (_what, content, shown) => {
    expect(
      read(KEPT, ...file('closedLoop', 'run', closedLoop(1)), ...file('runtimeAssess', 'run', content)),
    ).toMatchObject({
      reports: {
        runtime_assess: { kind: 'unusable', shown: expect.stringContaining(shown) },
        closed_loop_report: { kind: 'readable' },
      },
    })
  })

  it('has no report that was not kept, or is no text', () => {
    const bytes = [
      'fact\treport\truntimeAssess\trun\tnew\t2',
      `fact\tbase64\t${base64(Buffer.from([0x7b, 0xfe]))}`,
    ]
    expect(read(KEPT, ...bytes)).toMatchObject({
      reports: {
        runtime_assess: { kind: 'unusable', shown: 'unreadable (it is not valid UTF-8)' },
        closed_loop_report: { kind: 'unusable', shown: 'missing' },
      },
    })
  })

  it('is never an error, whatever the host says', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(KEPT, 'fact\tbaseline', 'fact\tbase64\t!', ...file('closedLoop', 'run', closedLoop(1))),
    )
    fc.assert(
      fc.property(fc.nat(255), fc.array(line), (code, lines) => {
        expect(['none', 'kept', 'unreadable']).toContain(baselineOf(parseReply(code, lines)).kind)
      }),
    )
  })
})
