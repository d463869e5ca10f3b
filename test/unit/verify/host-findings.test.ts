import { describe, expect, it } from '@jest/globals'
import type { Fact } from '../../../src/host/protocol/facts.ts'
import { checksWith } from './builders.ts'

const findings = (facts: readonly Fact[], topics = {}) =>
  checksWith({ findings: facts, ...topics }).flatMap(({ evidence }) =>
    evidence.kind === 'finding' ? [evidence.finding] : [],
  )

describe('what preflight would refuse, in a verification', () => {
  const OLD: readonly Fact[] = [
    ['docker', '28.0.1'],
    ['compose', '2.19.0'],
  ]

  it('is an engine that is too old, whose words are no evidence', () => {
    expect(findings(OLD)).toEqual([{ finding: 'compose-too-old', version: '2.19.0', minimum: '2.20' }])
    const unseen = checksWith({ findings: OLD }).filter(({ evidence }) => evidence.kind === 'not-looked-at')
    expect(unseen.map(({ name }) => name)).toContain('project-dir')
  })

  it('is a project of these files that runs under another name', () => {
    const others: readonly Fact[] = [
      ['project', 'shop'],
      ['other', 'id', 'old-ai-trade-1', 'Up 2 hours', 'old', 'ai-trade', 'False', '"/opt/ai-trade"', '""'],
      ['ours', '/opt/ai-trade'],
    ]
    const finding = {
      ...{ finding: 'runs-as-other-project', project: 'old', service: 'ai-trade' },
      ...{ container: 'old-ai-trade-1', wouldBe: 'shop' },
    }
    expect(findings(others, { containers: [] })).toEqual([finding])
    expect(findings(others)).toEqual([])
  })
})
