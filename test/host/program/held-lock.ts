import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Both locks of a transaction as lib/lock.sh would write them, where there is no Docker to ask for its name. */
export function holdLock(stateDir: string, id: string): void {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split('.')
  const projectLock = join(stateDir, 'project-lock')
  const holder = {
    // In its place, and as long as the program writes it, because it is written over.
    renewed: `${boot} ${uptime.padEnd(9)} ${uptime.padEnd(9)}`,
    token: id,
    kind: 'deployment',
    lease: '3600',
    project_lock: projectLock,
  }
  const text = Object.entries(holder)
    .map(([key, value]) => `${key}\t${value}\n`)
    .join('')
  for (const directory of [join(stateDir, 'lock'), projectLock]) {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, '1'), text)
  }
}
