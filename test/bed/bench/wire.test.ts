import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { median } from '../../support/bench/median.ts'
import { openWire } from '../../support/bench/wire.ts'

describe('the wire', () => {
  it('hands on what is said, and counts how often the host answered', async () => {
    const server = createServer((socket) => {
      socket.on('data', (question) => socket.write(`answer to ${question}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const wire = await openWire({
      address: '127.0.0.1',
      sshPort: address.port,
      knownHosts: '10.0.0.1 ssh-ed25519 AAAA\n10.0.0.1 ssh-rsa BBBB\n',
    })
    const client = connect(wire.port, wire.address)
    for (const question of ['one', 'two', 'three']) {
      client.write(question)
      const [answer] = await once(client, 'data')
      expect(String(answer)).toBe(`answer to ${question}`)
    }
    expect({ connections: wire.connections(), turnarounds: wire.turnarounds() }).toEqual({
      connections: 1,
      turnarounds: 3,
    })
    expect(wire.knownHosts).toBe(
      `[127.0.0.1]:${wire.port} ssh-ed25519 AAAA\n[127.0.0.1]:${wire.port} ssh-rsa BBBB\n`,
    )
    await wire[Symbol.asyncDispose]()
    client.destroy()
    server.close()
  })
})

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[], Number.NaN],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })
})
