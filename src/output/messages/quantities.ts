import { printable } from '../clean-text.ts'

/** A duration as people read it: `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return joined([minutes, 'min'], [seconds % 60, 's'])
  return joined([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size as people read it: `512 bytes`, `1.5 GiB`, `12 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte')
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power] ?? ''}`
}

/** The first 12 digits of an image ID, as docker shows it; `none` for an empty one. */
export function shortImageId(imageId: string): string {
  return imageId === ''
    ? 'none'
    : printable(imageId)
        .replace(/^sha256:/u, '')
        .slice(0, 12)
        .replaceAll('\n', ' ')
}

/** `1 line`, `2 lines`. */
export function counted(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`
}

/** What is said below a list that does not hold everything; empty where it does. */
export function leftOut(count: number, what: string): string {
  return count > 0 ? `… and ${counted(count, `more ${what}`)}.` : ''
}

function joined(...parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}
