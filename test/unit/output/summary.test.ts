import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { measureRule } from '../../../src/gate/rules/measure-rule.ts'
import type { DeploymentReport, Ending } from '../../../src/model/outcome.ts'
import { MOST_RULES, type RuledReports, type RuleResult } from '../../../src/model/rule.ts'
import { renderSummary } from '../../../src/output/summary.ts'
import { casesOf } from '../../support/jest/tiers.ts'
import { baselineWith, ruleOf } from '../gate/builders.ts'
import { decision, RUN, reportWith } from './builders.ts'
import { hostileText } from './hostile.ts'
import { problemsWith } from './problems.ts'

const foreignReports = (shown: string): RuledReports => ({
  runtime_assess: { kind: 'unusable', shown },
  closed_loop_report: { kind: 'unusable', shown },
})

/** One that found no report of this run, nor of the run before. */
function hostileRule(shown: string): RuleResult {
  const flaw = { kind: 'report-unusable', shown } as const
  return {
    rule: ruleOf('runtime_assess.metrics.x <= baseline'),
    measure: { kind: 'no-baseline', reading: { kind: 'none', flaw } },
    baseline: { kind: 'none', flaw },
    effect: 'ignored',
  }
}

/** A report with `text` wherever foreign text can be, and as many things as `count`. */
function foreignReport(text: string, ending: Ending, count = 2): DeploymentReport {
  const many = <T>(item: T) => Array.from({ length: count }, () => item)
  const image = { reference: text, imageId: text }
  const container = { ...image, state: text }
  return reportWith({
    ending,
    gate: {
      kind: 'enforced',
      decision: decision({
        kind: 'fail',
        checks: many({ field: text, wanted: text, got: text, ok: false }),
        rules: many(hostileRule(text)).slice(0, MOST_RULES),
        sections: many({ name: text, state: text }),
        overallStatus: text,
        baseline: { kind: 'kept', transaction: text, runId: text, reports: foreignReports(text) },
        reasons: many({ kind: 'report', text }),
        warnings: many({ kind: 'report-mismatch', file: text, field: text, wanted: text, got: text }),
      }),
    },
    failureLog: { kind: 'logged', container: text, lines: many(text) },
    image,
    previousImage: image,
    host: text,
    projectDir: text,
    transactionId: text,
    services: many({ service: text, container: text, before: container, after: container }),
    release: { kind: 'compared', changed: many(text), same: count, sent: { files: count, bytes: 1 } },
    warnings: many({ kind: 'report-absent', file: text, detail: text }),
    reports: {
      path: text,
      files: many(text),
      artifact: {
        kind: 'uploaded',
        id: '1',
        url: 'https://github.com/a/b/actions/runs/1/artifacts/1',
        name: text,
      },
    },
  })
}

function foreignRun(text: string): typeof RUN {
  return { ...RUN, job: text, sha: text, actor: text }
}

function endingsWith(text: string): readonly Ending[] {
  const [because] = problemsWith(text).slice(-1)
  return [
    ...problemsWith(text).map((problem): Ending => ({ kind: 'unchanged', because: problem })),
    ...(because === undefined
      ? []
      : ([
          { kind: 'promoted' },
          {
            kind: 'rolled_back',
            because,
            exceptions: [{ kind: 'was-stopped-before', service: text, state: text }],
            toNothing: false,
          },
          {
            kind: 'rollback_failed',
            because,
            rollback: because,
            left: { kind: 'stopped', stopped: [text], notStopped: [text] },
          },
          { kind: 'unknown', because, lastKnown: 'apply' },
        ] satisfies Ending[])),
  ]
}

/** Line by line, the characters that make tables, headings, links, images, code and tags. */
function skeleton(summary: string): readonly string[] {
  return summary.split('\n').map((line) =>
    line
      .replaceAll('<wbr>', '')
      .replace(/&#\d+;/gu, '')
      .replace(/[^|#*_`<>[\]!\\~$&{}]/gu, ''),
  )
}

describe('renderSummary', () => {
  it.each<readonly [DeploymentReport['release'], string]>([
    [
      { kind: 'compared', changed: ['ops', 'compose.yml'], same: 1, sent: { files: 3, bytes: 2048 } },
      '**Files.** Changed by the release: <code>ops</code>, <code>compose.yml</code>; 1 other path unchanged. Sent: 3 files, 2.0 KiB.',
    ],
    [
      { kind: 'compared', changed: ['ops'], same: 0, sent: { files: 0, bytes: 0 } },
      '**Files.** Changed by the release: <code>ops</code>. Sent: 0 files, 0 bytes.',
    ],
    [
      { kind: 'compared', changed: [], same: 2, sent: { files: 0, bytes: 0 } },
      '**Files.** The host had all files of the release already.',
    ],
  ])('has the files of the release (%#)', (release, words) => {
    expect(renderSummary(reportWith({ release }), RUN)).toContain(words)
    expect(renderSummary(reportWith(), RUN)).not.toContain('**Files.**')
  })

  it('lets foreign text change nothing of its structure', () => {
    fc.assert(
      fc.property(hostileText, fc.nat(endingsWith('x').length - 1), (text, index) => {
        // Text that is nothing once cleaned is shown as a dash instead.
        const foreign = `x${text}`
        const render = (value: string) =>
          renderSummary(
            foreignReport(value, endingsWith(value)[index] ?? { kind: 'promoted' }),
            foreignRun(value),
          )
        expect(skeleton(render(foreign))).toEqual(skeleton(render('x')))
      }),
      { numRuns: 500 },
    )
  })

  it.each(['@', ...casesOf('ci', ['回', '|', 'x'])])(
    'stays below 1 MiB whatever is in it (%s)',
    (character) => {
      const text = character.repeat(6000)
      for (const ending of endingsWith(text)) {
        const summary = renderSummary(foreignReport(text, ending, 100), foreignRun(text))
        expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024)
      }
    },
  )

  it('says the outcome first, then the rest', () => {
    const summary = renderSummary(reportWith(), RUN)
    expect(summary.split('\n')[0]).toBe('## ✅ The release is in service')
    const order = [
      'What runs now.',
      '**Image.**',
      '### Services',
      '### Gate',
      '### Phases',
      '**Reports.**',
      '<sub>',
    ]
    const places = order.map((part) => summary.indexOf(part))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(summary).not.toContain('### Warnings')
    expect(summary).not.toContain('What to do.')
    expect(summary).toContain(
      '[closed-loop-deploy-2](https://github.com/acme/trade/actions/runs/77/artifacts/9)',
    )
    expect(summary).toContain('[this run](https://github.com/acme/trade/actions/runs/77/attempts/2)')
  })

  it('shows the comparisons of a failed gate with its reasons', () => {
    const summary = renderSummary(
      reportWith({
        gate: {
          kind: 'enforced',
          decision: decision({
            kind: 'fail',
            checks: [{ field: 'runtime_assess.verdict', wanted: 'PASS', got: 'FAIL', ok: false }],
            reasons: [{ kind: 'verdict-fail', field: 'verdict' }],
          }),
        },
      }),
      RUN,
    )
    expect(summary).toContain('### Gate: fail\n\nThe gate failed: the release was measured and is bad.')
    expect(summary).toContain('| runtime&#95;assess.verdict | <code>PASS</code> | <code>FAIL</code> | ❌ |')
    expect(summary).toContain('**Reasons**\n\n- runtime&#95;assess&#58; verdict is FAIL.')
  })

  it('shows every rule beside the comparisons', () => {
    const reports: RuledReports = {
      runtime_assess: { kind: 'readable', report: { n: 9, a_b: 0 } },
      closed_loop_report: { kind: 'readable', report: {} },
    }
    const baseline = baselineWith({ n: 6 })
    const rules = [
      'runtime_assess.a_b == 0',
      'runtime_assess.n <= 1.5 * baseline - 1',
      'warn: runtime_assess.n < 9',
      'closed_loop_report.gone == 0',
      'closed_loop_report.gone < baseline',
      ...Array.from({ length: 45 }, () => 'runtime_assess.n == 9'),
    ].map((text) => measureRule(ruleOf(text), reports, baseline))
    const gate = { kind: 'enforced', decision: decision({ kind: 'fail', rules, baseline }) } as const
    const lines = renderSummary(reportWith({ gate }), RUN).split('\n')
    const at = lines.indexOf('**Rules**')
    expect(lines.slice(at + 2, at + 9)).toEqual([
      '| rule | wanted | got | baseline | decision |',
      '| --- | --- | --- | --- | --- |',
      '| runtime&#95;assess.a&#95;b | <code>== 0</code> | <code>0</code> | — | ✅ met |'.replace(
        '== 0',
        '&#61;= 0',
      ),
      '| runtime&#95;assess.n | <code>&#60;= 1.5 &#42; baseline - 1 &#40;8&#41;</code> | <code>9</code> | <code>6</code> | ❌ fail |',
      '| runtime&#95;assess.n | <code>&#60; 9</code> | <code>9</code> | — | ⚠️ warning |',
      '| closed&#95;loop&#95;report.gone | <code>&#61;= 0</code> | <code>missing</code> | — | ❌ error |',
      '| closed&#95;loop&#95;report.gone | <code>&#60; baseline</code> | <code>missing</code> | <code>missing</code> | ➖ ignored |',
    ])
    expect(lines.filter((line) => line.endsWith('✅ met |'))).toHaveLength(46)
    expect(lines).toContain(
      'The baseline is run 20260101T000000Z of deployment before, the last one confirmed.',
    )
  })

  it('shows the last log lines of the container that failed the release', () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line <${at + 1}>`)
    const summary = renderSummary(
      reportWith({ failureLog: { kind: 'logged', container: 'ai-trade-1', lines } }),
      RUN,
    )
    expect(summary).toContain(
      '### Last log lines\n\nOf <code>ai-trade-1</code>:<br><code>line &#60;3&#62;</code><br>',
    )
    expect(summary).toContain('<code>line &#60;12&#62;</code>\n\n### Phases')
    expect(renderSummary(reportWith(), RUN)).not.toContain('### Last log lines')
  })

  it.each([
    ['/srv/reports/run-1', 'Its measurements are on the host in <code>/srv/reports/run-1</code>: '],
    ['', 'Of the runner, whose whole output is on the host in '],
  ])('says where there is more of a runner that could not measure (%s)', (runDirectory, begins) => {
    const failureLog = {
      kind: 'runner',
      job: 'assess',
      runDirectory,
      lines: ['', 'a tool is missing'],
    } as const
    const summary = renderSummary(reportWith({ failureLog }), RUN)
    expect(summary).toContain(`### Last log lines\n\n${begins}`)
    expect(summary).toContain(
      'in <code>/opt/ai-trade/.closed-loop/transactions/t-0123456789ab/jobs/assess/out</code>:<br><code>a tool is missing</code>\n\n### Phases',
    )
  })

  it('says that a gate is not enforced', () => {
    const summary = renderSummary(
      reportWith({ gate: { kind: 'not_enforced', decision: decision({ kind: 'inconclusive' }) } }),
      RUN,
    )
    expect(summary).toContain('Not enforced: the release would have been rolled back.')
  })

  it('is short when nothing was reached', () => {
    const summary = renderSummary(
      reportWith({
        ending: { kind: 'unchanged', because: { code: 'preflight.timeout', seconds: 60 } },
        gate: { kind: 'not_run' },
        image: { reference: '', imageId: '' },
        services: [],
        timings: [],
        reports: { path: '', files: [], artifact: { kind: 'none' } },
      }),
      'unknown',
    )
    expect(summary).not.toContain('**Image.**')
    expect(summary).not.toContain('<sub>')
    expect(summary).toContain('**Gate.** Not reached.')
    expect(summary).toContain('**Reports.** None of this run.')
    expect(summary).not.toContain('###')
  })

  it('says that the release was not deployed', () => {
    const ending = { kind: 'unchanged', because: { code: 'preflight.timeout', seconds: 60 } } as const
    expect(renderSummary(reportWith({ ending }), RUN)).toContain(
      '**Image.** <code>registry.example.com/ai-trade&#58;2</code> <code>aaaaaaaaaaaa</code>, not deployed',
    )
  })

  it('names the second artifact, or where the diagnostics are on the runner', () => {
    const artifact = {
      kind: 'uploaded',
      id: '8',
      url: 'https://github.com/x/8',
      name: 'audit-2-diagnostics',
    } as const
    const uploaded = reportWith({ diagnostics: { kind: 'kept', path: '/tmp/d', artifact } })
    expect(renderSummary(uploaded, RUN)).toMatch(
      /\*\*Diagnostics\.\*\* .*audit-2-diagnostics.*https:\/\/github\.com\/x\/8/,
    )
    const kept = reportWith({ diagnostics: { kind: 'kept', path: '/tmp/d', artifact: { kind: 'none' } } })
    expect(renderSummary(kept, RUN)).toContain('on the runner in <code>/tmp/d</code>')
    expect(renderSummary(reportWith(), RUN)).not.toContain('Diagnostics')
  })

  it('says where the reports are when nothing was uploaded', () => {
    const reports = { path: '/tmp/r', files: ['latest_run_meta.json'], artifact: { kind: 'none' } } as const
    expect(renderSummary(reportWith({ reports }), RUN)).toContain('on the runner in <code>/tmp/r</code>')
  })

  it('says once, beside the reports, what the runner did not write', () => {
    const reports = {
      path: '/tmp/r',
      files: ['latest_run_meta.json'],
      notWritten: ['latest_closed_loop_report.json'],
      artifact: { kind: 'none' },
    } as const
    const summary = renderSummary(reportWith({ reports }), RUN)
    expect(summary).toContain(
      'The runner did not write <code>latest&#95;closed&#95;loop&#95;report.json</code>',
    )
    expect(summary.split('did not write')).toHaveLength(2)
  })

  it('says how much it left out', () => {
    const summary = renderSummary(foreignReport('x', { kind: 'promoted' }, 1000), RUN)
    expect(summary).toContain('… and 960 more services.')
    expect(summary).toContain('… and 980 more warnings.')
  })
})
