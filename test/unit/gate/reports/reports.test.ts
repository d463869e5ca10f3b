import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  parseClosedLoopReport,
  parseRunMeta,
  parseRuntimeAssess,
} from '../../../../src/gate/reports/reports.ts'

const invalid = (detail: string) => ({ kind: 'invalid', detail })

describe('parseRuntimeAssess', () => {
  it('keeps every key of a passing report', () => {
    const report = {
      stage: 'S3',
      verdict: 'PASS',
      metrics: { runtime_status_count: 12, new_metric: null },
      account_pnl: { samples: 0, first_equity_usd: null },
      fail_reasons: [],
      warn_reasons: ['对账不一致'],
      something_new: { deep: [1] },
    }
    expect(parseRuntimeAssess(JSON.stringify(report))).toEqual({ kind: 'valid', report })
  })

  it.each([
    ['absent', {}, []],
    ['null', { fail_reasons: null }, []],
    ['one sentence instead of a list', { fail_reasons: 'too few' }, ['too few']],
    ['objects', { fail_reasons: ['a', { code: 7 }, 3] }, ['a', '{"code":7}', '3']],
  ])('reads reasons that are %s', (_what, part, fail_reasons) => {
    expect(parseRuntimeAssess(JSON.stringify({ stage: 'S3', verdict: 'FAIL', ...part }))).toMatchObject({
      kind: 'valid',
      report: { fail_reasons, warn_reasons: [] },
    })
  })

  it.each(['pass', 'PASS ', 'PASSED', 'UNKNOWN', '', null, true, ['PASS']])(
    'refuses the verdict %j as unknown',
    (verdict) => {
      const parsed = parseRuntimeAssess(JSON.stringify({ stage: 'S3', verdict }))
      expect(parsed).toMatchObject({ kind: 'invalid' })
      expect(parsed.kind === 'invalid' && parsed.detail).toContain(
        'verdict: expected PASS or PASS_WITH_ACTIONS or FAIL, got',
      )
    },
  )

  it.each([
    ['an empty file', ' \n', 'expected a JSON object, got an empty file'],
    [
      'a cut-off file',
      '{"stage":"S3"',
      'expected JSON, got 13 characters ending in "{\\"stage\\":\\"S3\\"": it breaks off in line 1, character 14',
    ],
    [
      'text',
      'no such file',
      'expected JSON, got 12 characters ending in "no such file": no value of JSON in line 1, character 1',
    ],
    ['a list', '[]', 'the report: expected an object, got a list'],
    ['null', 'null', 'the report: expected an object, got null'],
    ['wrong types', '{"stage":{},"verdict":"PASS"}', 'stage: expected a string, got an object'],
    [
      'several mistakes',
      '{"stage":3}',
      'stage: expected a string, got 3; verdict: expected PASS or PASS_WITH_ACTIONS or FAIL, got nothing',
    ],
  ])('says what is wrong with %s', (_what, text, detail) => {
    expect(parseRuntimeAssess(text)).toEqual(invalid(detail))
  })

  it('shortens a long wrong value', () => {
    const parsed = parseRuntimeAssess(JSON.stringify({ stage: 'S3', verdict: 'x'.repeat(500) }))
    expect(parsed.kind === 'invalid' && parsed.detail.length).toBeLessThan(150)
  })

  it('refuses a NaN, which is not JSON', () => {
    expect(parseRuntimeAssess('{"stage":"S3","verdict":"PASS","metrics":{"r":NaN}}').kind).toBe('invalid')
  })

  it('survives JSON nested too deeply to walk', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(parseRuntimeAssess(`{"stage":"S3","verdict":"PASS","fail_reasons":[${deep}]}`).kind).toBe(
      'invalid',
    )
  })

  it('refuses every proper beginning of a report', () => {
    const text = JSON.stringify({ stage: 'S3', verdict: 'PASS', fail_reasons: ['阶段'], warn_reasons: [] })
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(parseRuntimeAssess(text.slice(0, length)).kind).toBe('invalid')
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['valid', 'invalid']).toContain(parseRuntimeAssess(text).kind)
      }),
    )
  })
})

describe('parseClosedLoopReport', () => {
  it.each([
    {},
    { sections: null },
    { sections: {} },
    { sections: { runtime: null, miner: { status: 'fail' } } },
    { sections: { runtime: { status: 'pass', stage: 'S3', verdict: 'PASS', metrics: {} } } },
  ])('accepts sections as they come: %j', (part) => {
    expect(parseClosedLoopReport(JSON.stringify({ overall_status: 'PASS', ...part }))).toMatchObject({
      kind: 'valid',
      report: { overall_status: 'PASS', ...part },
    })
  })

  it('says where a section has the wrong shape', () => {
    expect(
      parseClosedLoopReport('{"overall_status":"PASS","sections":{"runtime":{"stage":["S3"]}}}'),
    ).toEqual(invalid('sections.runtime.stage: expected a string, got a list'))
  })
})

describe('parseRunMeta', () => {
  const meta = { run_id: '20260214T151200Z', action: 'assess', stage: 'S3' }

  it('accepts a meta with its further keys', () => {
    const report = { ...meta, generated_at_utc: '2026-02-14T15:12:06Z', run_dir: '/data/x' }
    expect(parseRunMeta(JSON.stringify(report))).toEqual({ kind: 'valid', report })
  })

  it.each([
    ['run_id', '', 'run_id: expected a non-empty text, got ""'],
    ['run_id', undefined, 'run_id: expected a string, got nothing'],
    ['action', 1, 'action: expected a string, got 1'],
    ['stage', null, 'stage: expected a string, got null'],
  ])('refuses %s %j', (key, value, detail) => {
    expect(parseRunMeta(JSON.stringify({ ...meta, [key]: value }))).toEqual(invalid(detail))
  })
})
