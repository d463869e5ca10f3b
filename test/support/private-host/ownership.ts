import { existsSync, readFileSync } from 'node:fs'
import type { HostDescription } from './private-host.ts'

const owned = new Map<string, HostDescription>()
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const disposalSeconds = 30

/**
 * Puts a host under this process: it ends with it. On SIGINT, SIGTERM and SIGHUP the process first waits until
 * its hosts are gone, then dies of the signal; at any other exit it waits too. (When it is killed, the
 * supervisors notice by themselves.)
 */
export function own(host: HostDescription): void {
  if (owned.size === 0) {
    for (const signal of endSignals) process.on(signal, stopAndDie)
    process.on('exit', waitForDisposal)
  }
  owned.set(host.directory, host)
}

/** The host has ended: nothing is left to do for it. */
export function disown(host: HostDescription): void {
  if (!owned.delete(host.directory) || owned.size > 0) return
  for (const signal of endSignals) process.off(signal, stopAndDie)
  process.off('exit', waitForDisposal)
}

/** Ends every host that this process started, and removes every trace of them. */
export async function stopAllPrivateHosts(): Promise<void> {
  await Promise.all(
    [...owned.values()].map(async (host) => {
      await endSupervisor(host)
      disown(host)
    }),
  )
}

/** Tells the supervisor of a host to end it, and waits until the host's directory, the last trace, is gone. */
export async function endSupervisor(host: HostDescription): Promise<void> {
  signalSupervisor(host)
  const deadline = performance.now() + disposalSeconds * 1000
  while (existsSync(host.directory) && performance.now() < deadline) {
    await new Promise((settle) => setTimeout(settle, 20))
  }
}

async function stopAndDie(signal: NodeJS.Signals): Promise<void> {
  await stopAllPrivateHosts()
  process.kill(process.pid, signal)
}

function waitForDisposal(): void {
  for (const host of owned.values()) signalSupervisor(host)
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  const deadline = performance.now() + disposalSeconds * 1000
  for (const host of owned.values()) {
    while (existsSync(host.directory) && performance.now() < deadline) Atomics.wait(sleeper, 0, 0, 20)
  }
}

function signalSupervisor(host: HostDescription): void {
  if (!isSupervisor(host)) return
  try {
    process.kill(host.supervisorProcess, 'SIGTERM')
  } catch {
    // It ended in between, which is all that was wanted.
  }
}

function isSupervisor(host: HostDescription): boolean {
  try {
    const commandLine = readFileSync(`/proc/${host.supervisorProcess}/cmdline`, 'utf8').split('\0')
    return commandLine.includes('supervise') && commandLine.includes(host.name)
  } catch {
    return false
  }
}
