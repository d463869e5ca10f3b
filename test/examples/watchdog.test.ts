import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { textOfDockerLog } from '../../examples/ai-trade/src/watchdog/docker-log.ts'
import { restartMemory } from '../../examples/ai-trade/src/watchdog/restarts.ts'
import type { Look, Sighting } from '../../examples/ai-trade/src/watchdog/sighting.ts'
import { type Verdict, verdictOn, watchdogLine } from '../../examples/ai-trade/src/watchdog/verdict.ts'
import { alarm, type Delivery, postTo } from '../../examples/ai-trade/src/watchdog/webhook.ts'

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

/** A container that runs: long since, unless told, and with these lines. */
function running(log = '', startedAt = '2026-02-14T00:00:00Z', restartCount = 0): Sighting {
  return { kind: 'running', id: 'abc', startedAt: new Date(startedAt), restartCount, log }
}

const ALIVE = running('2026-02-14T15:08:00.5Z x RUNTIME_STATUS: ticks=1\n2026-02-14T15:09:59Z other\n')
const STOPPED = (since: string): Sighting => ({
  kind: 'not-running',
  state: 'exited',
  since: new Date(since),
})

describe('the watchdog', () => {
  it.each<readonly [string, Partial<Look>, string]>([
    ['a status 120 s old', {}, '[Watchdog] All systems operational. Last RUNTIME_STATUS 120s ago.'],
    [
      'a status 121 s old',
      { trading: running('2026-02-14T15:07:59Z x RUNTIME_STATUS: ticks=1\n') },
      '[ALERT] last RUNTIME_STATUS is 121s old (at most 120s)',
    ],
    ['no status', { trading: running() }, '[ALERT] no RUNTIME_STATUS in the last log lines'],
    [
      'a service that has just been started, with lines of the boot before',
      { trading: running('2026-02-14T15:00:00Z x RUNTIME_STATUS: ticks=1\n', '2026-02-14T15:09:15Z') },
      '[Watchdog] ai-trade started 45s ago, no RUNTIME_STATUS yet.',
    ],
    [
      'a stopped service',
      { trading: STOPPED('2026-02-14T15:09:59Z') },
      '[ALERT] container ai-trade is exited',
    ],
    ['no service', { trading: { kind: 'missing' } }, '[ALERT] container ai-trade does not exist'],
    [
      'no way to Docker',
      { trading: { kind: 'unreachable', detail: 'EACCES' } },
      '[ALERT] cannot ask Docker about ai-trade: EACCES',
    ],
    [
      'a scheduler that a deployment has stopped',
      { scheduler: STOPPED('2026-02-14T15:09:00Z') },
      '[Watchdog] All systems operational. Last RUNTIME_STATUS 120s ago. The scheduler is stopped, for 60s.',
    ],
    [
      'a scheduler that nobody started again',
      { scheduler: STOPPED('2026-02-14T13:39:00Z') },
      '[ALERT] container ai-trade-scheduler is exited',
    ],
    [
      'a scheduler in a crash loop',
      { scheduler: { kind: 'not-running', state: 'restarting', since: NOW } },
      '[ALERT] container ai-trade-scheduler is restarting',
    ],
    [
      'restarts, and no scheduler',
      { scheduler: { kind: 'missing' }, restarting: { 'ai-trade': 3 } },
      '[ALERT] container ai-trade-scheduler does not exist; container ai-trade was restarted 3 times within 15 minutes',
    ],
  ])('says of %s', (_what, look, line) => {
    const seen = { trading: ALIVE, scheduler: running(), restarting: {}, ...look }
    expect(watchdogLine(verdictOn(seen, NOW))).toBe(line)
  })
})

describe('restarts', () => {
  const at = (minute: number) => new Date(NOW.getTime() + minute * 60_000)
  const counts = (...looks: readonly (readonly [minute: number, restartCount: number, id?: string])[]) => {
    const remember = restartMemory()
    return looks.map(([minute, restartCount, id = 'abc']) =>
      remember({ kind: 'running', id, startedAt: NOW, restartCount, log: '' }, at(minute)),
    )
  }

  it('are frequent from the third within 15 minutes on', () => {
    expect(counts([0, 4], [1, 5], [2, 6], [3, 7], [4, 9])).toEqual([...Array(3), 3, 5])
  })

  it('are forgotten after 15 minutes', () => {
    expect(counts([0, 0], [1, 3], [15, 3], [17, 3], [18, 4])).toEqual([undefined, 3, 3, undefined, undefined])
  })

  it('of another container, or after a start by hand, are counted from the beginning', () => {
    expect(counts([0, 0], [1, 2], [2, 2, 'def'], [3, 3, 'def'])).toEqual([...Array(3), 3])
    expect(counts([0, 7], [1, 0], [2, 2])).toEqual([...Array(3)])
  })
})

describe('the alarm', () => {
  const FINE: Verdict = { kind: 'operational', statusAgeSeconds: 1, remark: '' }
  const STARTING: Verdict = { kind: 'starting', seconds: 1 }
  const bad = (key: string, text = key): Verdict => ({ kind: 'alert', alerts: [{ key, text }] })

  /** Tells these verdicts one after the other; `answers` are how the posts end, then all well. */
  async function told(verdicts: readonly Verdict[], answers: readonly Delivery[] = []) {
    const [posts, pauses, lines]: [string[], number[], string[]] = [[], [], []]
    const left = [...answers]
    const tell = alarm({
      post: async (text) => {
        posts.push(text)
        return left.shift() ?? { kind: 'delivered' }
      },
      pause: async (seconds) => {
        pauses.push(seconds)
      },
      log: (line) => {
        lines.push(line)
      },
    })
    for (const verdict of verdicts) await tell(verdict, watchdogLine(verdict))
    return { posts, pauses, lines }
  }

  it('is given when something begins, changes, and is over', async () => {
    const { posts } = await told([
      ...[FINE, bad('status', '121s old'), bad('status', '181s old'), STARTING, bad('gone'), FINE, FINE],
    ])
    expect(posts).toEqual([
      ...['[ALERT] 121s old', '[ALERT] gone'],
      '[Watchdog] All systems operational. Last RUNTIME_STATUS 1s ago.',
    ])
  })

  it('is tried three times, and again in the next round', async () => {
    const failed = { kind: 'failed', detail: 'status 503' } as const
    const { posts, pauses, lines } = await told(
      [bad('a'), bad('a'), bad('a')],
      [failed, failed, failed, failed],
    )
    expect(posts).toHaveLength(5)
    expect(pauses).toEqual([1, 5, 1])
    expect(lines).toEqual([expect.stringContaining('status 503')])
  })
})

describe('a webhook', () => {
  it('gets the line as JSON', async () => {
    const bodies: string[] = []
    await using server = await hook(200, bodies)
    expect(await postTo(server.url, '[ALERT] 一二')).toEqual({ kind: 'delivered' })
    expect(bodies).toEqual(['{"text":"[ALERT] 一二"}'])
  })

  it('that refuses, or that is not there, is named without its address', async () => {
    let url = ''
    {
      await using server = await hook(503, [])
      url = server.url
      expect(await postTo(url, 'x')).toEqual({ kind: 'failed', detail: 'status 503' })
    }
    expect(await postTo(url, 'x')).toEqual({ kind: 'failed', detail: 'ECONNREFUSED' })
    expect(await postTo('not an address', 'x')).toEqual({ kind: 'failed', detail: 'ERR_INVALID_URL' })
  })

  async function hook(status: number, bodies: string[]) {
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => {
        bodies.push(body)
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}/secret-token`,
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }
})
