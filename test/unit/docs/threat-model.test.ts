import { existsSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { readDocument, sectionOf } from './markdown-document.ts'

const document = readDocument('docs/threat-model.md')
const invariants = document.text.match(/^### \d+\. .*$/gm) ?? []
const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)

describe('docs/threat-model.md', () => {
  it('numbers the invariants without a gap', () => {
    expect(invariants.map((heading) => Number.parseInt(heading.slice('### '.length), 10))).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
  })

  it.each(invariants.map((heading) => heading.slice('### '.length)))(
    '%s: is attacked by a test',
    (heading) => {
      expect(testsIn(sectionOf(document, heading))).not.toEqual([])
    },
  )

  it('names no test that does not exist', () => {
    expect(testsIn(document.text).filter((path) => !existsSync(path))).toEqual([])
  })
})
