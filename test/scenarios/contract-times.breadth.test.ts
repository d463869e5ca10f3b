import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { logged } from '../support/scenario/example.ts'
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
    await logged(host, 'ai-trade-scheduler', 'closed loop full ended')

    await using upgraded = await upgrade(host, project, good, { inputs: { 'health-timeout': '180s' } })

    await logged(host, 'ai-trade-scheduler', 'closed loop full ended')
    await expectUpgraded({ ...upgraded, after: await hostState(host) }, 'pass')
    expect(upgraded.run.outputs).toMatchObject({ verdict: 'PASS', 'overall-status': 'PASS' })
    await expectReportsOfRun(host, project, upgraded.run, { files: ALL_REPORTS })
    // Its lock holds against a container, too.
    expect(await host.sh('docker logs ai-trade-scheduler 2>&1')).toContain(
      'the project is in use by deployment',
    )
  }, 300_000)
})
