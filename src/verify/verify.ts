import type { VerifyConfig } from '../config/config.ts'
import { HostSession } from '../host/client/session.ts'
import { firstContact } from '../host/link/first-contact.ts'
import { HostLink } from '../host/link/host-link.ts'
import type { VerifyFacts } from '../host/protocol/verify-facts.ts'
import type { Verification } from '../model/outcome.ts'
import type { Ports } from '../model/ports.ts'
import { type Problem, problemOf } from '../model/problem.ts'
import { CONNECT_SECONDS } from '../model/timeouts.ts'
import { bestEffort } from '../output/best-effort.ts'
import { judgeHost } from './judge.ts'

/** What a verification needs of the world. */
export type VerifyPorts = Pick<Ports, 'connect' | 'hostProgram' | 'clock' | 'progress' | 'cancelled'>

/** Looks at what runs on the host, and judges it by the spec's acceptance. Changes nothing there. Never throws. */
export async function verify(config: VerifyConfig, given: VerifyPorts): Promise<Verification> {
  const ports = { ...given, progress: bestEffort(given.progress, given.cancelled) }
  const begun = ports.clock.now()
  const found = await look(config, ports)
  const durationSeconds = (ports.clock.now() - begun) / 1000
  return { found, host: config.ssh.host, projectDir: config.host.projectDir, durationSeconds }
}

/** Of a step that was not even started: nothing was connected to. */
export function notVerified(because: Problem): Verification {
  return { found: { kind: 'not-checked', because }, host: '', projectDir: '', durationSeconds: 0 }
}

async function look(config: VerifyConfig, ports: VerifyPorts): Promise<Verification['found']> {
  try {
    const facts = await factsOf(config, ports)
    const expected = { deployed: config.services.deploy, projectDir: config.host.projectDir }
    const checks = judgeHost(facts, expected)
    ports.progress.tell({ kind: 'checked', checks })
    return { kind: 'checked', checks }
  } catch (error) {
    const because = ports.cancelled.aborted
      ? ({ code: 'step.cancelled', phase: 'verify' } as const)
      : problemOf(error)
    return { kind: 'not-checked', because }
  }
}

async function factsOf(config: VerifyConfig, ports: VerifyPorts): Promise<VerifyFacts> {
  ports.progress.phase('connect')
  const { leaseSeconds } = config.deadlines
  const { opened: link } = await firstContact(ports, CONNECT_SECONDS, (connection, seconds) =>
    HostLink.over(connection, ports, leaseSeconds, seconds),
  )
  try {
    ports.progress.tell({ kind: 'connected', ...config.ssh })
    const host = await HostSession.open(link, ports.hostProgram)
    ports.progress.phase('verify')
    return await host.verify(config)
  } finally {
    await link.close().catch(() => undefined)
  }
}
