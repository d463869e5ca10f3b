import { describe, expect, it } from '@jest/globals'
import { keepaliveWithin } from '../../../src/ssh/connection.ts'

describe('keepaliveWithin', () => {
  it.each([
    [15, 5],
    [90, 30],
    [120, 40],
    [3600, 40],
  ])('finds a silent server for a lease of %d s within %d s', (lease, found) => {
    const { keepaliveIntervalMilliseconds, keepaliveCountMax } = keepaliveWithin(lease)
    expect((keepaliveIntervalMilliseconds * (keepaliveCountMax + 1)) / 1000).toBe(found)
  })
})
