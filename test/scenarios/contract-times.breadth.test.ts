import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import {
  ALL_REPORTS,
  expectReportsOfRun,
  expectUpgraded,
  hostState,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

/** 30 s between health checks, 10 s of stop grace, and a scheduler that runs the loop as soon as it starts. */
describe("a stack with the contract's times", () => {
  it('gets a good release, and the scheduler does not disturb its assessment', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await release('good', { tag: 'good-2' })
    const project = await standing(host, await release('good'), { times: 'contract' })
    await schedulerAssessed(host)

    await using upgraded = await upgrade(host, project, good, { inputs: { 'health-timeout': '180s' } })

    await schedulerAssessed(host)
    await expectUpgraded({ ...upgraded, after: await hostState(host) }, 'pass')
    expect(upgraded.run.outputs).toMatchObject({ verdict: 'PASS', 'overall-status': 'PASS' })
    await expectReportsOfRun(host, project, upgraded.run, { files: ALL_REPORTS })
    // Its lock holds against a container, too.
    expect(await host.sh('docker logs ai-trade-scheduler 2>&1')).toContain(
      'the project is in use by deployment',
    )
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
