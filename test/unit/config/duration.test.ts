import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { secondsOf } from '../../../src/config/duration.ts'

describe('secondsOf', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['1h30m', 5400],
    ['1h1s', 3601],
    ['0s', 0],
    ['', undefined],
    ['90', undefined],
    ['1m1h', undefined],
    ['1s\n', undefined],
    [' 1s', undefined],
    ['1d', undefined],
    ['1.5h', undefined],
    ['٣s', undefined],
  ])('reads %j as %j', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds)
  })

  it('is the sum of its parts, whichever are written', () => {
    const part = fc.option(fc.nat(999_999), { nil: undefined })
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        const written = [
          [hours, 'h'],
          [minutes, 'm'],
          [seconds, 's'],
        ].flatMap(([count, unit]) => (count === undefined ? [] : [`${count}${unit}`]))
        const total = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)
        expect(secondsOf(written.join(''))).toBe(written.length === 0 ? undefined : total)
      }),
    )
  })
})
