import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostDescription } from '../private-host/private-host.ts'

const countVariable = 'CLOSED_LOOP_TEST_HOSTS'
const fileVariable = 'CLOSED_LOOP_TEST_HOSTS_FILE'
const defaultCount = 3

/** How many hosts this test run starts: `CLOSED_LOOP_TEST_HOSTS`, by default 3; 0 for none. */
export function wantedHosts(): number {
  const wanted = process.env[countVariable] ?? ''
  if (wanted === '') return defaultCount
  if (!/^\d$/.test(wanted)) throw new Error(`${countVariable} is '${wanted}', expected a number from 0 to 9`)
  return Number(wanted)
}

/**
 * Makes the hosts known to the processes that jest starts from now on: as a file beside the first host's own,
 * so that it goes when the host goes.
 */
export function announceHosts(descriptions: readonly HostDescription[]): void {
  const [first] = descriptions
  if (first === undefined) return
  const file = join(first.directory, 'hosts-of-this-run.json')
  writeFileSync(file, JSON.stringify(descriptions), { mode: 0o600 })
  process.env[fileVariable] = file
}

/** The hosts of this test run. */
export function announcedHosts(): readonly HostDescription[] {
  const file = process.env[fileVariable]
  return file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8'))
}
