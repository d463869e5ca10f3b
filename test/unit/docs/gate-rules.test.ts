import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import * as z from 'zod'
import { LONGEST_RULE } from '../../../src/config/parse-rule.ts'
import { COMPARISONS, type Effect, MOST_RULES, usesBaseline } from '../../../src/model/rule.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { readDocument, sectionOf, tableNames } from './markdown-document.ts'

const document = readDocument('docs/gate-rules.md')

const EFFECTS: Readonly<Record<Effect, true>> = {
  met: true,
  fail: true,
  error: true,
  warning: true,
  ignored: true,
}

describe('docs/gate-rules.md', () => {
  it('has an example that the action accepts', () => {
    const { with: inputs } = z
      .object({ with: z.record(z.string(), z.string()) })
      .parse(parse(document.fences('yaml')[0] ?? ''))
    const { rules } = configOf(environmentWith(inputs)).closedLoop
    expect(rules).toHaveLength(6)
    expect(rules.some(usesBaseline)).toBe(true)
  })

  it('explains every decision once', () => {
    expect([...tableNames(sectionOf(document, 'What a rule comes to'))].sort()).toEqual(
      Object.keys(EFFECTS).sort(),
    )
  })

  it('has the limits and the operators that there are', () => {
    const syntax = sectionOf(document, 'Syntax')
    expect(syntax).toContain(`at most ${MOST_RULES}, each of at most ${LONGEST_RULE} characters`)
    for (const comparison of COMPARISONS) expect(syntax).toContain(`\`${comparison}\``)
  })
})
