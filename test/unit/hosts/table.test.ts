import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { TESTED_KINDS } from '../../hosts/kinds.ts'
import { type RecordLine, SCENARIOS } from '../../hosts/record.ts'
import { asMarkdown, badEnds, tableOf } from '../../hosts/table.ts'

const kind = { release: 'forky', store: 'containerd' } as const
const host: RecordLine = { what: 'host', ...kind, docker: '28.5.2', compose: '2.40.3', openssh: '10.6p1' }
const ended = (scenario: (typeof SCENARIOS)[number], end: string): RecordLine => ({
  ...{ what: 'scenario', ...kind, scenario, end, seconds: 9 },
})

describe('the table of the tested hosts', () => {
  it('has a row for every kind, and says what did not run, was not reached, or failed', () => {
    const table = tableOf([host, ended('good release', 'promoted'), ended('gate fails', 'FAILED')])
    expect(table.map(([release, , , , store]) => [release, store]).slice(1)).toEqual(
      TESTED_KINDS.map(({ release, store }) => [release, store]),
    )
    expect(table.at(-1)).toEqual([
      ...['forky', '28.5.2', '2.40.3', '10.6p1', 'containerd', 'promoted', 'FAILED'],
      ...Array.from({ length: SCENARIOS.length - 2 }, () => 'not run'),
    ])
    expect(badEnds(table)).toBe(TESTED_KINDS.length * SCENARIOS.length - 1)
  })

  it('counts nothing as bad where everything ended well', () => {
    const lines = TESTED_KINDS.flatMap((one) =>
      SCENARIOS.map((scenario) => ({ ...ended(scenario, 'promoted'), ...one })),
    )
    expect(badEnds(tableOf(lines))).toBe(0)
  })

  it('stands in the document, with the columns and the hosts of today', () => {
    const text = readFileSync('docs/tested-hosts.md', 'utf8')
    const [head = ''] = asMarkdown(tableOf([])).split('\n')
    expect(text).toMatch(/<!-- hosts:start -->\nRun on \d{4}-\d\d-\d\d; \d+ failed or did not run\.\n/)
    expect(text).toContain(head)
    for (const { release, store } of TESTED_KINDS)
      expect(text).toMatch(new RegExp(`^\\| ${release} \\|.*\\| ${store} \\|`, 'm'))
    for (const scenario of SCENARIOS) expect(text).toContain(`| ${scenario} |`)
  })
})
