import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { attachPrivateHost, type PrivateHost } from './private-host.ts'

const BOOT_SECONDS = 60

/**
 * Pulls the plug of a host and puts it in again: every process dies at once, whatever is on disk stays, `/run` is
 * empty, the boot another one; dockerd, sshd and registry start. Gives the host as it is now: the old object means
 * one that is gone. `off`: resolves once everything is dead. Throws when the host does not come up again.
 */
export function cutPower(host: PrivateHost): {
  readonly off: Promise<void>
  readonly on: Promise<PrivateHost>
} {
  const description = host.describe()
  const { directory, initProcess, supervisorProcess } = description
  process.kill(supervisorProcess, 'SIGUSR1')
  const off = until(() => !existsSync(`/proc/${initProcess}`), 'the host does not die')
  const on = off.then(async () => {
    const init = () => Number(readIfThere(join(directory, 'init')).split(' ')[0])
    // The old `ready` lies there until the supervisor has seen the death.
    await until(() => init() > 0 && init() !== initProcess, 'no process 1 was started')
    await until(() => existsSync(join(directory, 'etc/ready')), 'the host does not come up again')
    return attachPrivateHost({ ...description, initProcess: init() })
  })
  on.catch(() => undefined)
  return { off, on }
}

async function until(reached: () => boolean, otherwise: string): Promise<void> {
  const deadline = performance.now() + BOOT_SECONDS * 1000
  while (!reached()) {
    if (performance.now() > deadline) throw new Error(otherwise)
    await delay(5)
  }
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
