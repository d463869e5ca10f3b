import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { measureRule } from '../../../src/gate/rules/measure-rule.ts'
import type { GateReason } from '../../../src/model/gate-decision.ts'
import type { DeploymentReport, Ending, RollbackException } from '../../../src/model/outcome.ts'
import { MOST_RULES } from '../../../src/model/rule.ts'
import { renderSummary } from '../../../src/output/summary.ts'
import { times } from '../../support/jest/tiers.ts'
import { ruleOf } from '../gate/builders.ts'
import { decision, RUN, reportWith } from './builders.ts'
import { hostileText } from './hostile.ts'
import { problemsWith } from './problems.ts'

/** The runner drops a summary that is longer as a whole (actions/runner, FileCommandManager.cs). */
const MEBIBYTE = 1024 * 1024

/** Hostile text, as it comes, or over and over up to a length that no host would send. */
const foreign = fc
  .tuple(
    fc.oneof(hostileText, fc.constantFrom('@', '|', '_', '回', '😀', '\n', '  a\n', '<', 'x')),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.constant(10_000) },
      { weight: 1, arbitrary: fc.constant(200_000) },
    ),
  )
  .map(([text, length]) => (text === '' ? '' : text.repeat(Math.ceil(length / text.length))))

const many = fc.constantFrom(0, 1, 20, 31, 500, 3000)

interface Counts {
  readonly services: number
  readonly warnings: number
  readonly checks: number
  readonly rules: number
  readonly reasons: number
  readonly gateWarnings: number
  readonly files: number
  readonly exceptions: number
  readonly outputTail: number
  readonly timings: number
}

const counts: fc.Arbitrary<Counts> = fc.record({
  services: many,
  warnings: many,
  checks: many,
  // The configuration lets no more through.
  rules: fc.constantFrom(0, 1, MOST_RULES),
  reasons: many,
  gateWarnings: many,
  files: many,
  exceptions: many,
  outputTail: many,
  timings: many,
})

/** The longest rules there can be, of characters that become more in Markdown. */
const LONGEST = ruleOf(`closed_loop_report.${'_'.repeat(170)} <= ${'-('.repeat(30)}baseline${')'.repeat(30)}`)

function reportOf(
  text: string,
  {
    services,
    warnings,
    checks,
    rules,
    reasons,
    gateWarnings,
    files,
    exceptions,
    outputTail,
    timings,
  }: Counts,
  endingOf: (text: string, exceptions: number) => Ending,
): DeploymentReport {
  const times = <T>(count: number, item: T) => Array.from({ length: count }, () => item)
  const image = { reference: text, imageId: text }
  const place = { ...image, state: text }
  const unusable = { kind: 'unusable', shown: text } as const
  const reports = { runtime_assess: unusable, closed_loop_report: unusable }
  const baseline = { kind: 'kept', transaction: text, runId: text, reports } as const
  const mismatch: GateReason = { kind: 'report-mismatch', file: text, field: text, wanted: text, got: text }
  const artifact = { kind: 'uploaded', id: text, url: text, name: text } as const
  return reportWith({
    ending: endingOf(text, exceptions),
    gate: {
      kind: 'enforced',
      decision: decision({
        kind: 'fail',
        checks: times(checks, { field: text, wanted: text, got: text, ok: false }),
        rules: times(rules, measureRule(LONGEST, reports, baseline)),
        baseline,
        reasons: times(reasons, mismatch),
        warnings: times(gateWarnings, mismatch),
      }),
    },
    image,
    previousImage: image,
    host: text,
    projectDir: text,
    transactionId: text,
    services: times(services, { service: text, container: text, before: place, after: place }),
    timings: times(timings, { phase: 'connect', milliseconds: 1 }),
    warnings: times(warnings, { kind: 'report-absent', file: text, detail: text }),
    reports: { path: text, files: times(files, text), artifact },
    diagnostics: { kind: 'kept', path: text, artifact },
    // So they are kept (src/deploy/output-tail.ts).
    outputTail: times(Math.min(outputTail, 200), text.slice(0, 500)),
  })
}

const [SOME] = problemsWith('x').slice(-1)

const exceptionsOf = (text: string, count: number): readonly RollbackException[] =>
  Array.from({ length: count }, () => ({ kind: 'was-stopped-before', service: text, state: text }))

const endings: fc.Arbitrary<(text: string, exceptions: number) => Ending> = fc.oneof(
  fc.nat(problemsWith('x').length - 1).map((at) => (text: string, exceptions: number): Ending => {
    const because = problemsWith(text)[at] ?? problemsWith(text)[0]
    if (!because) throw new Error('there is no problem')
    return at % 2 === 0
      ? { kind: 'unchanged', because }
      : { kind: 'rolled_back', because, exceptions: exceptionsOf(text, exceptions), toNothing: false }
  }),
  fc.constant((text: string, count: number): Ending => {
    const [because] = problemsWith(text)
    if (!because) throw new Error('there is no problem')
    const names = Array.from({ length: count }, () => text)
    return {
      kind: 'rollback_failed',
      because,
      rollback: because,
      left: { kind: 'stopped', stopped: names, notStopped: names },
    }
  }),
  fc.constant((): Ending => ({ kind: 'promoted' })),
)

describe('the summary of any report', () => {
  it('is below 1 MiB, begins with the outcome, and says what now runs', () => {
    fc.assert(
      fc.property(foreign, counts, endings, (text, howMany, endingOf) => {
        const summary = renderSummary(reportOf(text, howMany, endingOf), {
          ...RUN,
          job: text,
          sha: text,
          actor: text,
          repository: text,
          serverUrl: text,
        })
        expect(Buffer.byteLength(summary)).toBeLessThan(MEBIBYTE)
        expect(summary).toMatch(/^## /u)
        expect(summary).toContain('**What runs now.**')
      }),
      { numRuns: times({ short: 10, all: 50 }) },
    )
  })

  it('is below 1 MiB where everything in it is as long as it can be, and says which parts are left out', () => {
    const most = {
      services: 3000,
      warnings: 3000,
      checks: 3000,
      rules: MOST_RULES,
      reasons: 3000,
      gateWarnings: 3000,
      files: 3000,
      exceptions: 3000,
      outputTail: 3000,
      timings: 3000,
    }
    for (const character of ['@', '😀', '_']) {
      const text = character.repeat(20_000)
      const rolledBack = (): Ending => ({
        kind: 'rolled_back',
        because: SOME ?? { code: 'preflight.timeout', seconds: 1 },
        exceptions: exceptionsOf(text, 3000),
        toNothing: false,
      })
      const summary = renderSummary(reportOf(text, most, rolledBack), RUN)
      expect(Buffer.byteLength(summary)).toBeLessThan(MEBIBYTE)
      const parts = ['### Services', '### Gate', '**Reasons**', '**Gate warnings**', '### Warnings', '<sub>']
      const missing = parts.filter((part) => !summary.includes(part))
      // Of such a text each character takes ten bytes.
      expect(missing).toEqual(character === '@' ? ['### Warnings'] : [])
      expect(summary.includes('… 1 part left out of this summary')).toBe(missing.length > 0)
    }
  })

  it('counts what it leaves out of every list', () => {
    fc.assert(
      fc.property(counts, (howMany) => {
        const rolledBack = (text: string, exceptions: number): Ending => ({
          kind: 'rolled_back',
          because: { code: 'preflight.timeout', seconds: 1 },
          exceptions: exceptionsOf(text, exceptions),
          toNothing: false,
        })
        const summary = renderSummary(reportOf('mark', howMany, rolledBack), RUN)
        const shown = (pattern: RegExp) => summary.match(pattern)?.length ?? 0
        const more = (what: string) => {
          const [, count = '0'] = new RegExp(`… and (\\d+) more ${what}s?\\.`, 'u').exec(summary) ?? []
          return Number(count)
        }
        const told = {
          services: shown(/^\| <code>mark<\/code> \| <code>mark<\/code> \| <code>/gmu) + more('service'),
          checks:
            shown(/^\| mark \| <code>mark<\/code> \| <code>mark<\/code> \| ❌ \|$/gmu) + more('comparison'),
          rules: shown(/\| ➖ ignored \|$/gmu),
          reasons: shown(/^- mark&#58; mark is/gmu) + more('reason') + more('gate warning'),
          warnings: shown(/^- mark of this run was not kept/gmu) + more('warning'),
          exceptions: shown(/• mark was/gu) + more('exception'),
        }
        expect(told).toMatchObject({
          services: howMany.services,
          checks: howMany.checks,
          rules: howMany.rules,
          reasons: howMany.reasons + howMany.gateWarnings,
          warnings: howMany.warnings,
          exceptions: howMany.exceptions,
        })
        expect(shown(/more (?:file|phase)s?\./gu)).toBe(
          (howMany.files > 20 ? 1 : 0) + (howMany.timings > 50 ? 1 : 0),
        )
      }),
      { numRuns: 60 },
    )
  })
})
