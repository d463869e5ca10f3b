import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ByteQueue } from '../../../src/ssh/byte-queue.ts'

async function readAll(queue: ByteQueue): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of queue) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const anyChunks = fc.array(fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)))

describe('ByteQueue', () => {
  it('hands over every byte in order, to a reader before, between and after the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(anyChunks, fc.array(fc.boolean()), async (chunks, waits) => {
        const queue = new ByteQueue(1000, () => {})
        const read = readAll(queue)
        for (const [index, chunk] of chunks.entries()) {
          queue.push(chunk)
          if (waits[index]) await Promise.resolve()
        }
        queue.end()
        expect(await read).toEqual(Buffer.concat(chunks))
      }),
    )
  })

  it('never holds more than its limit and one chunk when the producer obeys', async () => {
    let paused = false
    const queue = new ByteQueue(100, () => {
      paused = false
    })
    let held = 0
    let most = 0
    let produced = 0
    const reader = queue[Symbol.asyncIterator]()
    while (produced < 50) {
      while (!paused && produced < 50) {
        paused = queue.push(Buffer.alloc(30)) === 'pause'
        produced += 1
        held += 30
        most = Math.max(most, held)
      }
      const { value } = await reader.next()
      held -= value?.length ?? 0
    }
    expect(most).toBeLessThan(130)
  })

  it('loses nothing when a reader leaves its loop early', async () => {
    const queue = new ByteQueue(100, () => {})
    queue.push(Buffer.from('first'))
    queue.push(Buffer.from('second'))
    queue.end()
    for await (const chunk of queue) {
      expect(String(chunk)).toBe('first')
      break
    }
    expect(String(await readAll(queue))).toBe('second')
  })

  it('takes nothing after its end', async () => {
    const queue = new ByteQueue(100, () => {})
    queue.end()
    queue.push(Buffer.from('late'))
    expect(await readAll(queue)).toHaveLength(0)
  })
})
