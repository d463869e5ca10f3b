import { describe, expect, it } from '@jest/globals'
import { CHECK_NAMES, RESTART_WINDOW_SECONDS } from '../../../src/model/check.ts'
import { ROUND_SECONDS, recentSeconds } from '../../../src/verify/services.ts'
import { checksWith } from '../verify/builders.ts'
import { readDocument, sectionOf, tables } from './markdown-document.ts'

const document = readDocument('docs/verify.md')
const rows = tables(sectionOf(document, 'Checks')).flatMap(([, , ...lines]) =>
  lines.map((line) => line.split('|').map((cell) => cell.trim())),
)

describe('docs/verify.md', () => {
  it('explains every check once, in the order in which it is told', () => {
    expect(rows.map(([, name]) => name)).toEqual(CHECK_NAMES.map((name) => `\`${name}\``))
  })

  it('says of each whether it is required', () => {
    const needs = new Map(
      checksWith({ findings: [['finding', 'tool-missing', 'awk']] }).map((check) => [check.name, check.need]),
    )
    expect(rows.map(([, , need]) => need)).toEqual(CHECK_NAMES.map((name) => needs.get(name)))
  })

  it('has the times that are meant', () => {
    expect(document.text).toContain(`in the last ${RESTART_WINDOW_SECONDS / 60} minutes`)
    expect(document.text).toContain(`older than ${recentSeconds(ROUND_SECONDS) / 60} minutes`)
    expect(document.text).toContain(`longer than ${ROUND_SECONDS} s`)
  })
})
