import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import {
  ALL_REPORTS,
  deployRelease,
  expectPromoted,
  expectReportsOfRun,
  expectTruthful,
  hostState,
  prepareScenarios,
  standing,
} from '../support/scenario/scenario.ts'

/** 30 s between health checks, 10 s of stop grace, and a scheduler that runs the loop as soon as it starts. */
describe("a stack with the contract's times", () => {
  it('gets a good release, and the scheduler does not disturb its assessment', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await release('good', { tag: 'good-2' })
    const project = await standing(host, await release('good'), { times: 'contract' })
    await schedulerAssessed(host)
    const before = await hostState(host)

    await using run = await deployRelease(host, { image: good, inputs: { 'health-timeout': '180s' } })

    await schedulerAssessed(host)
    const after = await hostState(host)
    expectPromoted(before, after, good)
    expectTruthful(
      run,
      { outcome: 'promoted', reason: '', gate: 'pass', fault: '' },
      { before, after, release: good },
    )
    expect(run.outputs).toMatchObject({ verdict: 'PASS', 'overall-status': 'PASS' })
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  }, 300_000)
})

/** Waits until the present boot of the scheduler has ended its first round. */
async function schedulerAssessed(host: PrivateHost): Promise<void> {
  await host.sh(
    `
started=$(docker inspect --format '{{.State.StartedAt}}' ai-trade-scheduler)
until docker logs --since "$started" ai-trade-scheduler 2>&1 | grep -q 'closed loop full ended'; do sleep 0.2; done`,
    { timeoutSeconds: 120 },
  )
}
