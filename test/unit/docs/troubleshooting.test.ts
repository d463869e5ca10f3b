import { describe, expect, it } from '@jest/globals'
import { findingsWith, problemsWith } from '../output/problems.ts'
import { readDocument, sectionOf, tableNames, tables } from './markdown-document.ts'
import { endings, exceptions, gateReasons, warnings } from './messages.ts'

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

  it('names no reason that does not exist', () => {
    expect(document.codes.filter((code) => isCode(code) && !codes.includes(code))).toEqual([])
  })

  it.each<[heading: string, names: readonly string[]]>([
    ['How it ended', endings],
    ['Findings', findingsWith('').map(({ finding }) => finding)],
    ['Reasons of the gate', gateReasons],
    ['Exceptions', exceptions],
    ['Warnings', warnings],
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
