import { readdirSync, readFileSync } from 'node:fs'

/** The step's process that this test process started: the newest of those that run main. Throws where there is none. */
export function stepProcess(): number {
  const mine = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isStep(pid))
  const newest = mine.toSorted((one, other) => one - other).at(-1)
  if (newest === undefined) throw new Error('no step of this test runs')
  return newest
}

function isStep(pid: number): boolean {
  try {
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (
      Number(parent) === process.pid &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/dist/main.cjs')
    )
  } catch {
    // It ended while it was looked at.
    return false
  }
}
