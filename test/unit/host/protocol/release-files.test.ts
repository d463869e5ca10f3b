import { describe, expect, it } from '@jest/globals'
import type { Fact } from '../../../../src/host/protocol/facts.ts'
import { filesComparison, releaseEffects, stateSize } from '../../../../src/host/protocol/release-files.ts'

describe('filesComparison', () => {
  it('reads what the host lacks, and what changes', () => {
    const facts: readonly Fact[] = [
      ['lacks', '2'],
      ['lacks', '7'],
      ['changed', 'tools/ü b.sh'],
      ['entry', 'tools', 'changed', '12'],
      ['entry', 'ops/x.conf', 'new', '0'],
      ['entry', 'docker-compose.prod.yml', 'same', '0'],
    ]
    expect(filesComparison(facts)).toEqual({
      lacks: [2, 7],
      changed: ['tools/ü b.sh'],
      entries: [
        { target: 'tools', state: 'changed', replacedKibibytes: 12 },
        { target: 'ops/x.conf', state: 'new', replacedKibibytes: 0 },
        { target: 'docker-compose.prod.yml', state: 'same', replacedKibibytes: 0 },
      ],
    })
  })

  it('is empty where there are no files', () => {
    expect(filesComparison([])).toEqual({ lacks: [], changed: [], entries: [] })
  })

  it('takes no unknown word', () => {
    expect(() => filesComparison([['entry', 'tools', 'odd', '1']])).toThrow('odd')
  })
})

describe('releaseEffects', () => {
  it('reads what the release makes of the project', () => {
    const facts: readonly Fact[] = [
      ['old_config', 'read'],
      ['redefined', 'network', 'default', 'changed'],
      ['reconfigured', 'web', 'added'],
      ['mount', 'ai-trade', 'ai-trade', '/opt/ai-trade/data'],
    ]
    expect(releaseEffects(facts)).toEqual({
      oldConfig: 'read',
      definitions: [{ kind: 'network', name: 'default', change: 'changed' }],
      services: [{ service: 'web', change: 'added' }],
      mounts: [{ service: 'ai-trade', container: 'ai-trade', source: '/opt/ai-trade/data' }],
    })
  })

  it('has none without files', () => {
    expect(releaseEffects([])).toBeUndefined()
  })
})

describe('stateSize', () => {
  it('reads size and room', () => {
    expect(stateSize([['state_size', '1024', '4096']])).toEqual({ kibibytes: 1024, freeKibibytes: 4096 })
    expect(stateSize([])).toBeUndefined()
  })
})
