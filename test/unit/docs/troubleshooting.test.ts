import { describe, expect, it } from '@jest/globals'
import { TROUBLESHOOTING_TABLES } from '../../../.github/tools/troubleshooting.ts'
import { EXCEPTIONS } from '../../../src/output/messages/exceptions.ts'
import { GATE_REASONS } from '../../../src/output/messages/gate-reasons.ts'
import { OUTCOMES } from '../../../src/output/messages/outcomes.ts'
import { FAULTS } from '../../../src/output/messages/problem.ts'
import { WARNINGS } from '../../../src/output/messages/warnings.ts'
import { findingsWith, problemsWith } from '../output/problems.ts'
import { readDocument, sectionOf, tableNames, tables } from './markdown-document.ts'

const document = readDocument('docs/troubleshooting.md')
const codes = problemsWith('').map(({ code }) => code as string)
const areas = new Set(codes.map((code) => code.split('.')[0]))
const isCode = (text: string) => /^[a-z]+\.(?!sh$|txt$)[a-z_]+$/.test(text) && areas.has(text.split('.')[0])

/** What the tables of a section say something about, as often as they do. */
const explained = (heading: string) => [...tableNames(sectionOf(document, heading))].sort()
const sorted = (names: readonly string[]) => [...names].sort()

describe('docs/troubleshooting.md', () => {
  it('explains every reason once', () => {
    expect(sorted(tableNames(document.text).filter(isCode))).toEqual(sorted(codes))
  })

  it.each(Object.entries(TROUBLESHOOTING_TABLES))(
    'has the table of %s as the messages have it',
    (name, render) => {
      expect(document.text).toContain(`<!-- ${name}:start -->\n${render()}\n<!-- ${name}:end -->\n`)
    },
  )

  it('says whose fault each reason is', () => {
    const cells = tables(document.text).flatMap((rows) =>
      rows
        .filter((row) => isCode(/^\| `([^`]+)`/.exec(row)?.[1] ?? ''))
        .map((row) => row.split(' | ').at(-1) ?? ''),
    )
    expect(cells).toHaveLength(codes.length)
    for (const cell of cells) expect(cell).toMatch(/`(?:release|environment|configuration|unknown)`/)
  })

  it('names no reason that does not exist', () => {
    expect(document.codes.filter((code) => isCode(code) && !codes.includes(code))).toEqual([])
  })

  it.each<[heading: string, names: readonly string[]]>([
    ['How it ended', Object.keys(OUTCOMES)],
    ['Fault', Object.keys(FAULTS)],
    ['Findings', findingsWith('').map(({ finding }) => finding)],
    ['Reasons of the gate', Object.keys(GATE_REASONS)],
    ['Exceptions', Object.keys(EXCEPTIONS)],
    ['Warnings', Object.keys(WARNINGS)],
  ])('%s: explains each of them once, and nothing else', (heading, names) => {
    expect(explained(heading)).toEqual(sorted(names))
  })

  it('has tables whose rows have as many cells as their heads', () => {
    const uneven = tables(document.text).flatMap(([head = '', ...rows]) =>
      rows.filter((row) => row.split('|').length !== head.split('|').length),
    )
    expect(uneven).toEqual([])
  })
})
