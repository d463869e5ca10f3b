import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { oneLine } from '../../../src/output/clean-text.ts'
import { code, escapeMarkdown } from '../../../src/output/markdown.ts'
import { renderSummary } from '../../../src/output/summary.ts'
import { lineWidth, paint } from '../../support/demo/styled-text.ts'
import { renderSummaryText } from '../../support/demo/summary-text.ts'
import { decision, RUN, reportWith } from '../../unit/output/builders.ts'
import { hostileText } from '../../unit/output/hostile.ts'

const lines = (markdown: string, width = 100) =>
  renderSummaryText(markdown, width).map((line) => paint(line, 'off').trimEnd())

describe('renderSummaryText', () => {
  it('shows a report of the action without any mark of Markdown, HTML or entities', () => {
    const report = reportWith({
      ending: {
        kind: 'rolled_back',
        because: { code: 'gate.failed', reasons: [{ kind: 'report', text: '检测到 CRITICAL 日志: 1 条' }] },
        exceptions: [{ kind: 'drift', service: 'watchdog' }],
        toNothing: false,
      },
      gate: {
        kind: 'enforced',
        decision: decision({
          kind: 'fail',
          reasons: [{ kind: 'report', text: '检测到 CRITICAL 日志: 1 条' }],
        }),
      },
      warnings: [{ kind: 'actions-required' }],
    })
    const text = lines(renderSummary(report, RUN)).join('\n')
    expect(text).toMatch(/^↩️ The release was rolled back\n/)
    expect(text).toContain('• 检测到 CRITICAL 日志: 1 条')
    expect(text).not.toMatch(/\*\*|&#|<\/?(?:code|br|sub|wbr)>|^#|^\|/m)
  })

  it('aligns the columns of a table where cells hold wide characters', () => {
    const table = [
      '| field | got | ok |',
      '| --- | --- | --- |',
      `| ${code('日志')} | a | ✅ |`,
      '| log | bb | ❌ |',
    ]
    expect(lines(table.join('\n'))).toEqual([
      'field  got  ok',
      '─────  ───  ──',
      '日志   a    ✅',
      'log    bb   ❌',
    ])
  })

  it('wraps the cells of a table that is too wide', () => {
    const markdown = ['| a | b |', '| --- | --- |', '| one two three | four five six |'].join('\n')
    expect(lines(markdown, 18)).toEqual([
      'a         b',
      '────────  ────────',
      'one two   four',
      'three     five six',
    ])
  })

  it('starts a line at every br, indented within a list', () => {
    expect(lines('- a<br>b\n- **c** d')).toEqual(['• a', '  b', '• c d'])
  })

  it('shows the text of a link', () => {
    expect(lines('artifact [closed&#45;loop](https://github.com/a/b)')).toEqual(['artifact closed-loop'])
  })

  it('gives foreign text back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = (markdown: string) =>
          renderSummaryText(`x${markdown}`, 10_000).map((line) => paint(line, 'off'))
        expect(shown(escapeMarkdown(text))).toEqual([`x${oneLine(text, 600)}`])
      }),
    )
  })

  it('keeps within the width it was given', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 60, max: 140 }), (text, width) => {
        const warnings = [{ kind: 'report-absent', file: text, detail: text } as const]
        const report = reportWith({ warnings, host: text, projectDir: text })
        const widest = Math.max(...renderSummaryText(renderSummary(report, RUN), width).map(lineWidth))
        expect(widest).toBeLessThanOrEqual(width)
      }),
    )
  })
})
