import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  ALL_REPORTS,
  expectReportsOfRun,
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  runsOnHost,
  upgradeGood,
} from '../support/scenario/scenario.ts'

describe('a release that logs', () => {
  it('nothing is rolled back as inconclusive, after the runner was called once so that reports exist', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using failed = await upgradeGood(host, await release('silent'), {
      inputs: { 'evidence-timeout': '5s' },
    })

    await expectRolledBack(failed, { reason: 'gate.inconclusive', gate: 'inconclusive', fault: 'unknown' })
    const { run, project } = failed
    expect(await runsOnHost(host, project)).toEqual([run.outputs['run-id']])
    await expectReportsOfRun(host, project, run, { files: ['latest_runtime_assess.json'] })
    expect(run.errors[0]?.message).toContain(
      'The new container logged 0 RUNTIME_STATUS lines; the gate needs 10',
    )
    // The runner's own words, in the language it speaks.
    expect(run.log).toContain('RUNTIME_STATUS 条数不足: 0 < 10')
  })

  it('late is waited for, then passes', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const slow = await release('slow', { tag: 'slow-8', delaySeconds: 8 })

    await using upgraded = await upgradeGood(host, slow)

    await expectUpgraded(upgraded, 'pass')
    const { run, project } = upgraded
    expect(run.log).toContain('0 of 10 RUNTIME_STATUS')
    // Waited, and not tried until it passed.
    expect(await runsOnHost(host, project)).toEqual([run.outputs['run-id']])
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })
})
