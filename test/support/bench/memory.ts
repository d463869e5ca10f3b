import { readFileSync } from 'node:fs'

const EVERY_MILLISECONDS = 20

/** What the kernel says about the memory of the action while it runs, in MB. */
export interface MemoryWatch extends Disposable {
  /** Resident now. */
  resident(): number
  /** The most that was resident until now; kept when the action has ended. */
  peak(): number
}

/** Watches the action that this process runs, from as soon as it runs. */
export function watchMemory(): MemoryWatch {
  let peak = Number.NaN
  const look = () => {
    const now = statusOf('VmHWM')
    if (!Number.isNaN(now)) peak = now
  }
  const timer = setInterval(look, EVERY_MILLISECONDS)
  return {
    resident: () => statusOf('VmRSS'),
    peak: () => peak,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function statusOf(field: 'VmHWM' | 'VmRSS'): number {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    const pid = children
      .trim()
      .split(' ')
      .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('dist/main.cjs'))
    const line = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1] ?? Number.NaN) / 1024
  } catch {
    // A child that ended while it was looked at.
    return Number.NaN
  }
}
