import { describe, expect, it } from '@jest/globals'
import { textOfDockerLog } from '../../../examples/ai-trade/src/watchdog/docker-log.ts'
import { type Sighting, watchdogLine } from '../../../examples/ai-trade/src/watchdog/verdict.ts'

const NOW = new Date('2026-02-14T15:10:00Z')

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

describe('a Docker log', () => {
  it('is freed of its frames, whichever stream they are of', () => {
    expect(textOfDockerLog(Buffer.concat([frame(1, '一二\n'), frame(2, 'three\n')]))).toBe('一二\nthree\n')
  })

  it('of a container with a terminal has none', () => {
    expect(textOfDockerLog(Buffer.from('plain text\n'))).toBe('plain text\n')
  })
})

describe('the watchdog', () => {
  it.each<readonly [Sighting, string]>([
    [
      {
        kind: 'running',
        log: '2026-02-14T15:08:00.5Z x RUNTIME_STATUS: ticks=1\n2026-02-14T15:09:59Z other\n',
      },
      '[Watchdog] All systems operational. Last RUNTIME_STATUS 120s ago.',
    ],
    [
      { kind: 'running', log: '2026-02-14T15:07:59Z x RUNTIME_STATUS: ticks=1\n' },
      '[ALERT] last RUNTIME_STATUS is 121s old (at most 120s)',
    ],
    [{ kind: 'running', log: '' }, '[ALERT] no RUNTIME_STATUS in the last log lines'],
    [{ kind: 'not-running', state: 'exited' }, '[ALERT] container ai-trade is exited'],
    [{ kind: 'missing' }, '[ALERT] container ai-trade does not exist'],
    [{ kind: 'unreachable', detail: 'EACCES' }, '[ALERT] cannot ask Docker: EACCES'],
  ])('says of %j: %s', (sighting, line) => {
    expect(watchdogLine(sighting, NOW)).toBe(line)
  })
})
