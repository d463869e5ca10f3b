import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import {
  expectRolledBack,
  prepareScenarios,
  runsOnHost,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
let project: Project

// Each of them is rolled back to what ran before: one standing stack is enough for all.
beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
}, 300_000)

describe('a release that does not stay up', () => {
  it('is rolled back when it crashes at start, and its last words are shown without its secrets', async () => {
    const { release } = await prepareScenarios(host)

    await using failed = await upgrade(host, project, await release('crash-at-start'))

    await expectRolledBack(failed, { reason: 'health.crashed', gate: 'not_run', fault: 'release' })
    expect(outputTail(failed)).toContain('unhandled TypeError in exchange client')
    expect(failed.run.errors[0]?.message).toContain('exit code 1')
    await expectNotAssessed(failed)
  })

  it('is rolled back when it crashes after it was healthy, while the gate waits', async () => {
    const { release } = await prepareScenarios(host)
    const crashLater = await release('crash-later', { tag: 'crash-later-6', delaySeconds: 6 })

    await using failed = await upgrade(host, project, crashLater, {
      // More than it lives to log: the crash comes before the assessment.
      variables: { CLOSED_LOOP_MIN_RUNTIME_STATUS: '10000' },
    })

    await expectRolledBack(failed, { reason: 'health.lost', gate: 'fail', fault: 'release' })
    expect(outputTail(failed)).toContain('unhandled RangeError in signal pipeline')
    await expectNotAssessed(failed)
  })

  it('is rolled back when its healthcheck fails', async () => {
    const { release } = await prepareScenarios(host)

    await using failed = await upgrade(host, project, await release('unhealthy'))

    await expectRolledBack(failed, { reason: 'health.unhealthy', gate: 'not_run', fault: 'release' })
    expect(outputTail(failed)).toContain('RUNTIME_STATUS')
    await expectNotAssessed(failed)
  })

  it('is rolled back at health-timeout when its healthcheck never passes', async () => {
    const { release } = await prepareScenarios(host)

    await using failed = await upgrade(host, project, await release('never-healthy'), {
      inputs: { 'health-timeout': '6s' },
    })

    await expectRolledBack(failed, { reason: 'health.not_ready_in_time', gate: 'not_run', fault: 'release' })
    expect(failed.run.errors[0]?.message).toContain('was not ready within 6 s')
    await expectNotAssessed(failed)
  })
})

/** The log group with the failed container's last lines. */
function outputTail({ run }: Upgrade): string {
  const group = run.groups.find(({ name }) => name.includes('ai-trade'))
  return group?.lines.join('\n') ?? ''
}

/** The runner was never called, and nothing is said of reports. */
async function expectNotAssessed({ host, project, run }: Upgrade): Promise<void> {
  expect(await runsOnHost(host, project)).toEqual([])
  expect(run.artifacts).toEqual([])
  const { verdict, 'overall-status': overallStatus, 'run-id': runId, 'reports-path': path } = run.outputs
  expect({ verdict, overallStatus, runId, path }).toEqual({
    verdict: '',
    overallStatus: '',
    runId: '',
    path: '',
  })
}
