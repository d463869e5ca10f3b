import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  assessmentOf,
  isHalfWritten,
  runnerEndOf,
  seenRuns,
} from '../../../../src/host/client/assessment-result.ts'
import { JobRecord } from '../../../../src/host/link/job-run.ts'
import type { DeliveredFile } from '../../../../src/host/protocol/delivered-file.ts'
import type { Fact } from '../../../../src/host/protocol/facts.ts'
import type { ReportKind, RunIdentity } from '../../../../src/model/assessment.ts'

const MINE = '20260214T151200Z'
const OTHER = '20260214T151201Z'
const PROVEN: RunIdentity = { kind: 'proven', runId: MINE }
const DONE = { kind: 'exited', code: 0 } as const

describe('seenRuns', () => {
  it('reads what the host saw', () => {
    const facts: readonly Fact[] = [
      ['called', 'option', MINE],
      ['finished', MINE],
      ['new_run', MINE, 'named'],
      ['new_run', OTHER, 'unnamed'],
      ['new_run', 'a called b', 'named'],
    ]
    expect(seenRuns(facts)).toEqual({
      newRuns: [
        { name: MINE, ties: new Set(['called', 'finished', 'named']) },
        { name: OTHER, ties: new Set() },
        { name: 'a called b', ties: new Set(['named']) },
      ],
      givenBy: 'option',
      finishedElsewhere: '',
      output: 'some',
    })
    expect(seenRuns([['called', 'environment', MINE], ['silent'], ['finished', OTHER]])).toEqual({
      ...{ newRuns: [], givenBy: 'environment', finishedElsewhere: OTHER, output: 'silent' },
    })
  })
})

describe('runnerEndOf', () => {
  const ended = (code: number, ...facts: Fact[]) => {
    const record = new JobRecord({})
    for (const fact of facts) record.fact(fact)
    return runnerEndOf({ kind: 'ended', code, record }, 2700)
  }

  it.each([0, 1, 2, 127, 128, 193, 255])('exit %i', (code) => {
    expect(ended(0, ['runner_exit', String(code)])).toEqual({ kind: 'exited', code })
  })

  it.each([
    [129, 1],
    [137, 9],
    [143, 15],
    [192, 64],
  ])('exit %i as a signal', (code, signal) => {
    expect(ended(0, ['runner_exit', String(code)])).toEqual({ kind: 'signalled', signal })
  })

  it('takes the end of a job that died before its runner for the end of the runner', () => {
    expect(ended(137)).toEqual({ kind: 'signalled', signal: 9 })
    expect(ended(65)).toEqual({ kind: 'exited', code: 65 })
  })

  it('tells the deadline', () => {
    expect(runnerEndOf({ kind: 'deadline', record: new JobRecord({}) }, 2700)).toEqual({
      kind: 'deadline',
      seconds: 2700,
    })
  })
})

function file(
  kind: ReportKind,
  part: Partial<DeliveredFile> & { readonly text?: string } = {},
): DeliveredFile {
  const { text = `{"is":"${kind} of ${part.from ?? 'run-directory'}"}`, ...rest } = part
  const bytes = Buffer.from(text)
  return {
    kind,
    from: 'run-directory',
    age: 'new',
    reading: 'whole',
    bytes,
    sizeBytes: bytes.length,
    ...rest,
  }
}
const meta = (runId: string) => JSON.stringify({ run_id: runId, action: 'assess', stage: 'S3' })
const latestMeta = (part: Partial<DeliveredFile> & { readonly text?: string } = {}) =>
  file('runMeta', { from: 'latest', text: meta(MINE), ...part })

/** Nobody knows whose it is: the meta file beside it does not say. */
const UNPROVEN_FILE = { kind: 'unproven', because: 'meta' } as const

describe('assessmentOf', () => {
  const of = (delivered: readonly DeliveredFile[], identity: RunIdentity = PROVEN) =>
    assessmentOf(DONE, identity, delivered).files

  it("prefers the run's own directory to latest_*", () => {
    const files = of([
      file('closedLoop', { from: 'latest' }),
      file('closedLoop', { text: 'own' }),
      file('runtimeAssess', { text: 'own too' }),
      latestMeta(),
    ])
    expect(files).toEqual({
      closedLoop: { kind: 'found', text: 'own', from: 'run-directory' },
      runtimeAssess: { kind: 'found', text: 'own too', from: 'run-directory' },
      runMeta: { kind: 'found', text: meta(MINE), from: 'latest' },
    })
  })

  it('takes latest_* that the run wrote where its directory has nothing', () => {
    const files = of([
      file('closedLoop', { age: 'absent' }),
      file('closedLoop', { from: 'latest', text: 'shared' }),
      latestMeta(),
    ])
    expect(files.closedLoop).toEqual({ kind: 'found', text: 'shared', from: 'latest' })
    expect(files.runtimeAssess).toEqual({ kind: 'absent' })
  })

  it('says that nothing is there', () => {
    expect(of([])).toEqual({
      closedLoop: { kind: 'absent' },
      runtimeAssess: { kind: 'absent' },
      runMeta: { kind: 'absent' },
    })
    expect(of([file('closedLoop', { from: 'latest', age: 'absent' })]).closedLoop).toEqual({ kind: 'absent' })
  })

  it('takes an older latest_* for what it is, though its meta names this run', () => {
    const files = of([file('closedLoop', { from: 'latest', age: 'old' }), latestMeta()])
    expect(files.closedLoop).toMatchObject({ kind: 'not-written' })
  })

  it('takes latest_* of another run for stale, by its meta, and says which run', () => {
    const files = of([
      file('closedLoop', { from: 'latest' }),
      file('runtimeAssess', { from: 'latest' }),
      latestMeta({ text: meta(OTHER) }),
    ])
    const stale = {
      kind: 'stale',
      detail: `latest_run_meta.json names run ${OTHER}, this run is ${MINE}`,
    }
    expect(files).toEqual({ closedLoop: stale, runtimeAssess: stale, runMeta: stale })
  })

  it.each([
    ['old', latestMeta({ age: 'old' })],
    ['absent', latestMeta({ age: 'absent' })],
  ])('trusts no new latest_* next to a meta that is %s', (_what, one) => {
    expect(of([file('closedLoop', { from: 'latest' }), one]).closedLoop).toMatchObject(UNPROVEN_FILE)
  })

  it('trusts no latest_* without any meta', () => {
    expect(of([file('closedLoop', { from: 'latest' })]).closedLoop).toMatchObject(UNPROVEN_FILE)
  })

  it.each<RunIdentity>([{ kind: 'none' }, { kind: 'ambiguous', runIds: [MINE, OTHER] }])(
    'trusts no latest_* where no run is proven: %j',
    (identity) => {
      const files = of([file('closedLoop', { from: 'latest' }), latestMeta()], identity)
      const unproven = { kind: 'unproven', because: 'run' }
      expect(files.closedLoop).toMatchObject(unproven)
      expect(files.runMeta).toMatchObject(unproven)
      const old = of([file('closedLoop', { from: 'latest', age: 'old' })], identity)
      expect(old.closedLoop).toMatchObject({ kind: 'not-written' })
    },
  )

  it.each([
    ['cut off', '{"run_id":"2026'],
    ['empty', ''],
    ['of another shape', '{"id":1}'],
  ])('trusts no latest_* next to a meta that is %s, and still shows that meta', (_what, text) => {
    const files = of([file('closedLoop', { from: 'latest' }), latestMeta({ text })])
    expect(files.runMeta).toMatchObject({ kind: 'found', text })
    expect(files.closedLoop).toMatchObject(UNPROVEN_FILE)
  })

  it('keeps the text exactly, a byte order mark and all', () => {
    const text = '\ufeff{"fail_reasons":["RUNTIME_STATUS 条数不足: 0 < 10"]}\r\n'
    expect(of([file('closedLoop', { text })]).closedLoop).toMatchObject({ text })
  })

  it('calls invalid UTF-8 and what is too large unreadable', () => {
    const files = of([
      file('closedLoop', { bytes: Buffer.from([0x7b, 0xe6, 0x9d, 0x7d]) }),
      file('runtimeAssess', { age: 'too-large', sizeBytes: 9_000_000, bytes: Buffer.alloc(0) }),
    ])
    expect(files.closedLoop).toEqual({ kind: 'unreadable', detail: 'it is not valid UTF-8' })
    expect(files.runtimeAssess).toEqual({
      kind: 'unreadable',
      detail: 'it has 9000000 bytes, more than 8 MiB, or than is left of 16 MiB for all reports together',
    })
  })

  it('judges no file that changed while it was read, and nothing beside such a meta', () => {
    const torn = { kind: 'unreadable', detail: 'it changed while it was read' }
    expect(of([file('closedLoop', { reading: 'torn' })]).closedLoop).toEqual(torn)
    const files = of([file('closedLoop', { from: 'latest' }), latestMeta({ reading: 'torn' })])
    expect(files).toMatchObject({ closedLoop: UNPROVEN_FILE, runMeta: torn })
  })

  it("finds a file only in the proven run's directory, or in a latest_* whose new meta names this run", () => {
    const kind = fc.constantFrom<ReportKind>('closedLoop', 'runtimeAssess', 'runMeta')
    const age = fc.constantFrom<DeliveredFile['age']>(
      'new',
      'old',
      'absent',
      'too-large',
      'elsewhere',
      'outside',
      'unreadable',
    )
    const text = fc.constantFrom(meta(MINE), meta(OTHER), '{}', '{"run_id":', '')
    const oneFile = fc
      .record({ kind, age, text, from: fc.constantFrom('run-directory' as const, 'latest' as const) })
      .map(({ kind: of, ...part }) => file(of, part))
    const identity = fc.constantFrom<RunIdentity>(
      PROVEN,
      { kind: 'none' },
      { kind: 'ambiguous', runIds: [MINE, OTHER] },
    )
    const delivered = fc.uniqueArray(oneFile, { selector: ({ kind: of, from }) => `${of} ${from}` })
    fc.assert(
      fc.property(delivered, identity, (all, who) => {
        const shared = all.find((one) => one.kind === 'runMeta' && one.from === 'latest')
        const metaIsOurs =
          who.kind === 'proven' && shared?.age === 'new' && shared.bytes.toString() === meta(MINE)
        for (const [of, found] of Object.entries(assessmentOf(DONE, who, all).files)) {
          if (found.kind !== 'found') continue
          // The meta itself may be shown when it cannot be read: it is then judged by nobody.
          const brokenMeta = of === 'runMeta' && found.text !== meta(MINE) && found.text !== meta(OTHER)
          expect(found.from === 'run-directory' || metaIsOurs || brokenMeta).toBe(true)
          const source = all.find((one) => one.kind === of && one.from === found.from)
          expect(source).toMatchObject({
            age: found.from === 'latest' ? 'new' : expect.stringMatching(/new|old/u),
          })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('isHalfWritten', () => {
  it.each<readonly [string, DeliveredFile]>([
    ['a file that changed while it was read', latestMeta({ reading: 'torn' })],
    ['a file that was cut off', latestMeta({ text: meta(MINE).slice(0, 20) })],
    ['an empty file', latestMeta({ text: '' })],
    ['a file cut off inside a letter', latestMeta({ bytes: Buffer.from([0x7b, 0xe6, 0x9d]) })],
  ])('%s is read again', (_what, one) => {
    expect(isHalfWritten(one)).toBe(true)
  })

  it.each<readonly [string, DeliveredFile]>([
    ['a report', latestMeta()],
    ['a file that is not there', latestMeta({ age: 'absent', text: '' })],
    ['a file of an earlier run', latestMeta({ age: 'old', text: '' })],
    ['a file that is too large', latestMeta({ age: 'too-large', text: '' })],
  ])('%s is not', (_what, one) => {
    expect(isHalfWritten(one)).toBe(false)
  })
})
