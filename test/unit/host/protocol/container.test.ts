import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseContainer } from '../../../../src/host/protocol/container.ts'
import { anyContainer, container, stateFact } from '../../health/builders.ts'

describe('parseContainer', () => {
  it('reads the columns of the host program', () => {
    const line =
      'ai-trade\tai-trade\t1\tFalse\tsha256:11\tregistry/ai-trade:2\trunning\thealthy\talways:0\tabc\tid1\t2026-02-14T15:00:00.1Z\t2\t137\ttrue\tone-shot\t-'
    expect(parseContainer(line.split('\t'))).toEqual({
      name: 'ai-trade',
      service: 'ai-trade',
      oneOff: 'service',
      imageId: 'sha256:11',
      reference: 'registry/ai-trade:2',
      state: 'running',
      health: 'healthy',
      id: 'id1',
      startedAt: '2026-02-14T15:00:00.1Z',
      restarts: 2,
      exitCode: 137,
      outOfMemory: true,
      kind: 'one-shot',
    })
  })

  it('gives back whatever the host says of a container', () => {
    fc.assert(
      fc.property(anyContainer(['ai-trade', 'watchdog']), (one) => {
        expect(parseContainer(stateFact(one).slice(1))).toEqual(one)
      }),
    )
  })

  it('takes a container without the one-off label for a service', () => {
    const columns = stateFact(container()).slice(1)
    columns[3] = ''
    expect(parseContainer(columns).oneOff).toBe('service')
  })

  it('reads a line that is too short as a container of no service', () => {
    expect(parseContainer([])).toMatchObject({ name: '', service: '', state: '', id: '', restarts: 0 })
  })
})
