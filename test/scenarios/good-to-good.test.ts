import { describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  ALL_REPORTS,
  expectReportsOfRun,
  expectUpgraded,
  type HostState,
  prepareScenarios,
  standing,
  upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'

describe('a good release', () => {
  it('takes over from a good one: promoted, and only it changes', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using upgraded = await upgradeGood(host, await release('good', { tag: 'good-2' }))

    await expectUpgraded(upgraded, 'pass')
    const { run, before, after, project } = upgraded
    expect(run.outputs).toMatchObject({ verdict: 'PASS', 'overall-status': 'PASS' })
    expect(run.warnings).toEqual([])
    // Diagnostics are made of what failed.
    expect(run.diagnostics).toEqual([])
    expect(after.containers['ai-trade']?.id).not.toBe(before.containers['ai-trade']?.id)
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })

  itOf('ci')('restarts nothing when it runs already', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await standing(host, good)

    await using again = await upgrade(host, project, good)

    const { run, before, after } = again
    expect(boots(after)).toEqual(boots(before))
    // Stopped for the assessment, started again: the same container.
    expect(after.containers['ai-trade-scheduler']?.id).toBe(before.containers['ai-trade-scheduler']?.id)
    await expectUpgraded(again, 'pass')
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })
})

function boots({ containers }: HostState) {
  return ['ai-trade', 'ai-trade-watchdog'].map((name) => {
    const { id, startedAt, restartCount } = containers[name] ?? {}
    return { name, id, startedAt, restartCount }
  })
}
