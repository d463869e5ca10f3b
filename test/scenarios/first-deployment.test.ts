import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  ALL_REPORTS,
  expectReportsOfRun,
  expectRolledBack,
  expectUpgraded,
  laidOut,
  prepareScenarios,
  upgrade,
} from '../support/scenario/scenario.ts'

describe('the first deployment of a project', () => {
  it('starts a good release, and adds its image to the env file', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    await host.sh(`sed -i '/^AI_TRADE_IMAGE=/d' '${project.envFile}'`)

    await using first = await upgrade(host, project, good)

    await expectUpgraded(first, 'pass')
    const { run, before, after } = first
    expect(Object.keys(before.containers)).toEqual([])
    expect(after.envFile.bytes.toString().endsWith(`\nAI_TRADE_IMAGE=${good.reference}\n`)).toBe(true)
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })

  it('takes a bad release away again: nothing runs, as before', async () => {
    const host = workerHost()
    const { release, research, scheduler } = await prepareScenarios(host)
    const project = await laidOut(host, await release('good'))

    await using first = await upgrade(host, project, await release('critical'))

    await expectRolledBack(
      first,
      { reason: 'gate.failed', gate: 'fail', fault: 'release' },
      { pulled: [research.reference, scheduler.reference] },
    )
    const { run, after } = first
    expect(after.containers).toEqual({})
    expect(after.networks).toEqual([])
    expect(run.errors[0]?.title).toBe('The release was rolled back; nothing runs, as before')
    expect(run.errors[0]?.message).toContain('Nothing of the project runs, as before this deployment')
  })
})
