import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { deployRelease, expectNoSecret, laidOut, prepareScenarios } from '../support/scenario/scenario.ts'

const host = workerHost()
let server: Server
let connections = 0

/** In the place of the host's sshd: whoever connects is counted. */
beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))

describe('mistakes in the inputs', () => {
  it('are all named at once, and nothing is connected to', async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    const there = { host: '127.0.0.1', port: String((server.address() as AddressInfo).port) }

    await using run = await deployRelease(host, {
      image: good,
      inputs: { ...there, 'health-timeout': 'soon', 'private-key': 'not a key at all' },
      variables: { CLOSED_LOOP_STAGE: 'S 4', CLOSED_LOOP_ENFORCE: 'maybe' },
    })

    expect(run.exitCode).toBe(1)
    expect(run.errors).toHaveLength(1)
    const message = run.errors[0]?.message ?? ''
    for (const name of ['health-timeout', 'CLOSED_LOOP_STAGE', 'CLOSED_LOOP_ENFORCE']) {
      expect(message).toContain(name)
      expect(run.summary).toContain(name.replaceAll('_', '&#95;'))
    }
    expect(message).toContain('Reason: config.invalid.')
    expect(run.outputs).toMatchObject({
      outcome: 'unchanged',
      reason: 'config.invalid',
      gate: 'not_run',
      fault: 'configuration',
      'rolled-back': 'false',
      'transaction-id': '',
    })
    expect(run.summary.startsWith('## ⛔ ')).toBe(true)
    expect({ forged: run.forgedOrUnknownCommands, runner: run.runnerErrors }).toEqual({
      forged: [],
      runner: [],
    })
    expect(connections).toBe(0)
    await expectNoSecret(run, project.canaries, host)

    // The count is worth something: without the mistakes this very place is connected to.
    await using connected = await deployRelease(host, { image: good, inputs: there })
    expect(connected.outputs).toMatchObject({ outcome: 'unchanged', reason: 'ssh.unreachable' })
    expect(connections).toBeGreaterThan(0)
  })
})
