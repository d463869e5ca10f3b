import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { ClientChannel } from 'ssh2'
import { ExecChannel } from '../../../src/ssh/channel.ts'

/** Of ssh2's channel, what closing one uses. */
class ListeningChannel extends EventEmitter {
  readonly done: string[] = []
  readonly stderr = Object.assign(new EventEmitter(), { read: () => null, resume: () => undefined })
  read = () => null
  resume = () => undefined
  signal = (name: string) => this.done.push(name)
  close = () => this.done.push('close')
}

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

describe('a command that is given up', () => {
  it('may end by itself, is told to then, and is killed at last', async () => {
    const channel = new ListeningChannel()
    const command = new ExecChannel(channel as unknown as ClientChannel, new PassThrough(), () => undefined)
    command.close()
    expect(await command.ended).toEqual({ kind: 'lost', detail: 'the channel was closed' })
    expect(channel.done).toEqual([])
    await jest.advanceTimersByTimeAsync(1000)
    expect(channel.done).toEqual(['TERM'])
    await jest.advanceTimersByTimeAsync(2000)
    expect(channel.done).toEqual(['TERM', 'KILL', 'close'])
  })

  it('is left alone once it has ended', async () => {
    const channel = new ListeningChannel()
    new ExecChannel(channel as unknown as ClientChannel, new PassThrough(), () => undefined).close()
    channel.emit('close')
    await jest.advanceTimersByTimeAsync(10_000)
    expect(channel.done).toEqual([])
  })
})
