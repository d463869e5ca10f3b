import * as z from 'zod'
import { matching } from './text.ts'

const DURATION = /^(?=\d)(?:(?<hours>\d{1,6})h)?(?:(?<minutes>\d{1,6})m)?(?:(?<seconds>\d{1,6})s)?$/

const SECONDS_PER_MINUTE = 60
const SECONDS_PER_HOUR = 3600

/** `90s`, `15m`, `1h30m` in seconds; undefined for anything else. Parts come in the order h, m, s. */
export function secondsOf(duration: string): number | undefined {
  const parts = DURATION.exec(duration)?.groups
  if (parts === undefined) return undefined
  return (
    Number(parts.hours ?? 0) * SECONDS_PER_HOUR +
    Number(parts.minutes ?? 0) * SECONDS_PER_MINUTE +
    Number(parts.seconds ?? 0)
  )
}

/** A deadline between `least` and `most` (durations as written), in seconds. */
export function deadline(least: string, most: string) {
  return duration(least, most).transform((text) => Number(secondsOf(text)))
}

/**
 * How far back `docker logs --since` looks, kept as written. Docker takes Go's durations, which have
 * no days or weeks; of those it takes, only whole hours, minutes and seconds are let through.
 */
export function since() {
  return duration('1s', '720h')
}

function duration(least: string, most: string) {
  const expected = `a duration like 90s, 15m or 1h30m (h, m, s only), from ${least} to ${most}`
  return matching(expected, DURATION).pipe(
    z.string().refine((text) => isBetween(text, least, most), { error: expected }),
  )
}

function isBetween(text: string, least: string, most: string): boolean {
  const seconds = Number(secondsOf(text))
  return seconds >= Number(secondsOf(least)) && seconds <= Number(secondsOf(most))
}
